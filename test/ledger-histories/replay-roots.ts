import { compareBytes, fromHex, toHex } from '@cresset/core-codec'
import {
  changeParameters,
  checkSignatures,
  executeBlock,
  genesisChanges,
  isPrepared,
  type LedgerGenesis,
  type LedgerParameters,
  prepareTransaction,
} from '@cresset/core-ledger'
import {
  type KeyValueStore,
  type RangeOptions,
  StateTree,
  type StateTreeOptions,
  type Write,
} from '@cresset/core-state-tree'

// This file is run twice: as it is, and without its types as a module of its own over the built packages under the Node that
// runs npm. So it imports packages only.

/** One block as it was accepted. */
export interface RecordedBlock {
  readonly height: number
  readonly timeMs: number
  readonly proposer: Uint8Array
  readonly transactions: readonly Uint8Array[]
  /** Parameters that hold from this block on, where they changed. */
  readonly parameters?: LedgerParameters | undefined
}

/** What a ledger was given, block by block. */
export interface Recording {
  readonly genesis: LedgerGenesis & { readonly chainId: string }
  readonly blocks: readonly RecordedBlock[]
}

export function recordingFromText(text: string): Recording {
  return JSON.parse(text, (_, value: { $bytes?: string; $number?: string } | null) => {
    if (typeof value?.$bytes === 'string') return fromHex(value.$bytes)
    return typeof value?.$number === 'string' ? BigInt(value.$number) : value
  }) as Recording
}

export interface ReplayStore extends KeyValueStore {
  write(batch: readonly Write[]): Promise<void>
}

export interface ReplayOptions {
  /** Gives the store before a height, the same again or reopened. */
  readonly storeAt: (height: number) => Promise<ReplayStore>
  /** Opens the tree anew before every so many blocks, with nothing in memory. */
  readonly reopenEvery?: number
  readonly tree?: Omit<StateTreeOptions, 'prefix'>
}

/** Executes a recording over the state tree; state root and receipts root of every height. */
export async function replayRoots({ genesis, blocks }: Recording, options: ReplayOptions): Promise<string[]> {
  const { storeAt, reopenEvery = Number.MAX_SAFE_INTEGER } = options
  const openTree = (from: ReplayStore): StateTree => StateTree.open(from, { prefix: Uint8Array.of(1), ...options.tree })
  let store = await storeAt(0)
  let tree = openTree(store)
  const first = tree.update(0, genesisChanges(genesis))
  await store.write(first.writes)
  tree.applied(first)
  const roots = [toHex(tree.root)]
  for (const { transactions, parameters, ...head } of blocks) {
    if (head.height % reopenEvery === 0) {
      store = await storeAt(head.height)
      tree = openTree(store)
    }
    const prepared = transactions.map((bytes) => {
      const one = prepareTransaction(bytes, genesis.parameters)
      if (!isPrepared(one) || !checkSignatures(one)) throw new Error(`height ${head.height}: a transaction is refused`)
      return one
    })
    const { chainId } = genesis
    const stored = { get: (key: Uint8Array) => tree.get(key) }
    const changed = new Map(
      parameters === undefined ? [] : changeParameters(stored, parameters).map((change) => [toHex(change.key), change]),
    )
    // What a vote writes stands before the block's own changes.
    const view = {
      get: (key: Uint8Array) => {
        const change = changed.get(toHex(key))
        return change === undefined ? stored.get(key) : change.value
      },
    }
    // Another candidate of the same height, which is not taken, must leave nothing behind.
    executeBlock(
      view,
      { ...head, timeMs: head.timeMs + 1, transactions: prepared.slice(1), misbehaviour: [] },
      { chainId },
    )
    const result = executeBlock(view, { ...head, transactions: prepared, misbehaviour: [] }, { chainId })
    if ('refused' in result) throw new Error(`height ${head.height}: ${result.refused}`)
    for (const change of result.changes) changed.set(toHex(change.key), change)
    const update = tree.update(head.height, [...changed.values()])
    await store.write(update.writes)
    tree.applied(update)
    roots.push(`${toHex(tree.root)} ${toHex(result.receiptsRoot)}`)
  }
  return roots
}

/** Entries in a sorted list: slow, and needs nothing of Node. */
export class PlainStore implements ReplayStore {
  #entries: [key: Uint8Array, value: Uint8Array][] = []

  get(key: Uint8Array): Uint8Array | undefined {
    const index = this.#indexOf(key)
    const found = this.#entries[index]
    return found !== undefined && compareBytes(found[0], key) === 0 ? found[1] : undefined
  }

  range({ gte, lt, reverse = false, limit = Number.MAX_SAFE_INTEGER }: RangeOptions) {
    const found = this.#entries.slice(this.#indexOf(gte), this.#indexOf(lt))
    return (reverse ? found.reverse() : found).slice(0, limit)
  }

  async write(batch: readonly Write[]): Promise<void> {
    for (const { key, value } of batch) {
      const index = this.#indexOf(key)
      const found = this.#entries[index]
      const isThere = found !== undefined && compareBytes(found[0], key) === 0
      this.#entries.splice(
        index,
        isThere ? 1 : 0,
        ...(value === undefined ? [] : [[key, value] as [Uint8Array, Uint8Array]]),
      )
    }
  }

  #indexOf(key: Uint8Array): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareBytes((this.#entries[middle] as [Uint8Array, Uint8Array])[0], key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
