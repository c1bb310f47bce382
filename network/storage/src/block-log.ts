import { fromUtf8, readUint32, uint32ToBytes, utf8 } from '@cresset/core-codec'
import { HEIGHT_BYTES, heightPart, heightRange, layout, readHeight, storedKey } from './layout.ts'
import type { KeyValueStore, Write } from './store.ts'
import { StoreError } from './store-error.ts'

const HASH_BYTES = 32
const ID_BYTES = 32
const MAX_HEIGHT = 2 ** 48 - 2

/** A decided block with all that is kept of it. The log does not look into the encoded parts. */
export interface LoggedBlock {
  readonly height: number
  /** 32 bytes. */
  readonly blockHash: Uint8Array
  readonly block: Uint8Array
  readonly certificate: Uint8Array
  /** Id (32 bytes) and receipt of each transaction in the order of the block. */
  readonly transactionIds: readonly Uint8Array[]
  readonly receipts: readonly Uint8Array[]
  /** At most 255 bytes each. */
  readonly changedNames: readonly string[]
}

/** Where a transaction was executed, with its encoded receipt. */
export interface LoggedReceipt {
  readonly height: number
  readonly index: number
  readonly receipt: Uint8Array
}

/**
 * Blocks, certificates and receipts by height, by hash and by transaction. Like the tree it returns writes, which belong
 * into the same batch as the block's state.
 */
export class BlockLog {
  readonly #store: KeyValueStore

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  appendWrites(entry: LoggedBlock): Write[] {
    const { height, blockHash, block, certificate, transactionIds, receipts, changedNames } = entry
    if (blockHash.length !== HASH_BYTES) throw new RangeError(`a block hash has ${HASH_BYTES} bytes`)
    if (transactionIds.length !== receipts.length) throw new RangeError('transactions and receipts differ in number')
    const at = heightPart(height)
    const hashedBlock = new Uint8Array(HASH_BYTES + block.length)
    hashedBlock.set(blockHash, 0)
    hashedBlock.set(block, HASH_BYTES)
    const writes: Write[] = [
      { key: storedKey(layout.blocks, at), value: hashedBlock },
      { key: storedKey(layout.certificates, at), value: certificate },
      { key: storedKey(layout.blockHashIndex, blockHash), value: at },
    ]
    if (receipts.length > 0) {
      writes.push({ key: storedKey(layout.receipts, at), value: packReceipts(transactionIds, receipts) })
    }
    if (changedNames.length > 0) {
      writes.push({ key: storedKey(layout.changedNames, at), value: packNames(changedNames) })
    }
    transactionIds.forEach((id, index) => {
      const value = new Uint8Array(HEIGHT_BYTES + 4)
      value.set(at, 0)
      value.set(uint32ToBytes(index), HEIGHT_BYTES)
      writes.push({ key: storedKey(layout.transactionIndex, id), value })
    })
    return writes
  }

  get newestHeight(): number | undefined {
    return this.#edge(true)
  }

  get oldestHeight(): number | undefined {
    return this.#edge(false)
  }

  /** Encoded block. */
  block(height: number): Uint8Array | undefined {
    return this.#stored(layout.blocks, height)?.subarray(HASH_BYTES)
  }

  blockHash(height: number): Uint8Array | undefined {
    return this.#stored(layout.blocks, height)?.subarray(0, HASH_BYTES)
  }

  /** Encoded certificate. */
  certificate(height: number): Uint8Array | undefined {
    return this.#stored(layout.certificates, height)
  }

  heightOf(blockHash: Uint8Array): number | undefined {
    const found = this.#store.get(storedKey(layout.blockHashIndex, blockHash))
    return found === undefined ? undefined : readHeight(found)
  }

  /** Where a transaction stands, without reading its receipt. */
  locate(transactionId: Uint8Array): { height: number; index: number } | undefined {
    const found = this.#store.get(storedKey(layout.transactionIndex, transactionId))
    return found === undefined ? undefined : { height: readHeight(found), index: readUint32(found, HEIGHT_BYTES) }
  }

  receipt(transactionId: Uint8Array): LoggedReceipt | undefined {
    const place = this.locate(transactionId)
    if (place === undefined) return undefined
    const packed = this.#stored(layout.receipts, place.height)
    const receipt = packed && receiptAt(packed, place.index)
    if (receipt === undefined) throw new StoreError('damaged', `block ${place.height} lacks receipt ${place.index}`)
    return { ...place, receipt }
  }

  /** Ids and encoded receipts of a block's transactions in order; none when the block is not kept. */
  receipts(height: number): { id: Uint8Array; receipt: Uint8Array }[] {
    const packed = this.#stored(layout.receipts, height)
    return packed === undefined ? [] : unpackReceipts(packed)
  }

  changedNames(height: number): string[] {
    const packed = this.#stored(layout.changedNames, height)
    return packed === undefined ? [] : unpackNames(packed)
  }

  /** Deletes of one block: the newest, for an engine that rolls back, or the oldest, to forget it. */
  removeWrites(height: number): Write[] {
    const blockHash = this.blockHash(height)
    if (blockHash === undefined) return []
    const at = heightPart(height)
    const keys = [
      storedKey(layout.blocks, at),
      storedKey(layout.certificates, at),
      storedKey(layout.receipts, at),
      storedKey(layout.changedNames, at),
      storedKey(layout.blockHashIndex, blockHash),
      ...this.receipts(height).map(({ id }) => storedKey(layout.transactionIndex, id)),
    ]
    return keys.map((key) => ({ key, value: undefined }))
  }

  #stored(namespace: 3 | 4 | 5 | 8, height: number): Uint8Array | undefined {
    return this.#store.get(storedKey(namespace, heightPart(height)))
  }

  #edge(reverse: boolean): number | undefined {
    const range = heightRange(layout.blocks, 0, MAX_HEIGHT + 1)
    for (const [key] of this.#store.range({ ...range, reverse, limit: 1 })) return readHeight(key, 1)
    return undefined
  }
}

function packReceipts(ids: readonly Uint8Array[], receipts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const receipt of receipts) length += ID_BYTES + 4 + receipt.length
  const packed = new Uint8Array(length)
  let at = 0
  receipts.forEach((receipt, index) => {
    const id = ids[index] as Uint8Array
    if (id.length !== ID_BYTES) throw new RangeError(`a transaction id has ${ID_BYTES} bytes`)
    packed.set(id, at)
    packed.set(uint32ToBytes(receipt.length), at + ID_BYTES)
    packed.set(receipt, at + ID_BYTES + 4)
    at += ID_BYTES + 4 + receipt.length
  })
  return packed
}

/** One receipt of a block: who waits for one of thousands asks once for each, so the others are passed over and not unpacked. */
function receiptAt(packed: Uint8Array, index: number): Uint8Array | undefined {
  let at = 0
  for (let passed = 0; at + ID_BYTES + 4 <= packed.length; passed++) {
    const start = at + ID_BYTES + 4
    const end = start + readUint32(packed, at + ID_BYTES)
    if (passed === index) return end <= packed.length ? packed.subarray(start, end) : undefined
    at = end
  }
  return undefined
}

function unpackReceipts(packed: Uint8Array): { id: Uint8Array; receipt: Uint8Array }[] {
  const receipts: { id: Uint8Array; receipt: Uint8Array }[] = []
  let at = 0
  while (at < packed.length) {
    const start = at + ID_BYTES + 4
    if (start > packed.length) throw new StoreError('damaged', 'a list of receipts is cut short')
    const end = start + readUint32(packed, at + ID_BYTES)
    if (end > packed.length) throw new StoreError('damaged', 'a receipt is cut short')
    receipts.push({ id: packed.subarray(at, at + ID_BYTES), receipt: packed.subarray(start, end) })
    at = end
  }
  return receipts
}

function packNames(names: readonly string[]): Uint8Array {
  const encoded = names.map(utf8)
  const packed = new Uint8Array(encoded.reduce((length, name) => length + 1 + name.length, 0))
  let at = 0
  for (const name of encoded) {
    if (name.length > 255) throw new RangeError('a name has at most 255 bytes')
    packed[at] = name.length
    packed.set(name, at + 1)
    at += 1 + name.length
  }
  return packed
}

function unpackNames(packed: Uint8Array): string[] {
  const names: string[] = []
  for (let at = 0; at < packed.length; at += 1 + (packed[at] as number)) {
    names.push(fromUtf8(packed.subarray(at + 1, at + 1 + (packed[at] as number))))
  }
  return names
}
