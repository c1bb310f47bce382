import { concatBytes, readUint32 } from '@cresset/core-codec'

/**
 * The first byte of every stored key: what kind of entry it is. The rest of a key is fixed-length parts, integers
 * big-endian, so that byte order is the order of heights. A number is never used again for something else.
 */
export const layout = {
  /** name (ASCII) → facts about the store itself, such as its format */
  meta: 1,
  /** the state tree; its own keys follow (core/state-tree `layout.ts`) */
  tree: 2,
  /** height (6) → block hash (32) ‖ encoded block */
  blocks: 3,
  /** height (6) → encoded certificate of the block at this height */
  certificates: 4,
  /** height (6) → for each transaction: id (32) ‖ length (4) ‖ encoded receipt */
  receipts: 5,
  /** transaction id (32) → height (6) ‖ index in the block (4) */
  transactionIndex: 6,
  /** block hash (32) → height (6) */
  blockHashIndex: 7,
  /** height (6) → names whose published data the block changed, each length (1) ‖ UTF-8 */
  changedNames: 8,
  /** account (32) ‖ height (6) ‖ index (4) → what the transaction was to the account; in a store of its own */
  accountIndex: 9,
  /** owner's account (32) ‖ zone ‖ 0 ‖ label → empty: names of an owner */
  ownerIndex: 10,
  /** height (6) ‖ chunk (4) → part of a snapshot being taken or restored */
  snapshots: 11,
  /** zone ‖ 0 ‖ label → owner's account (32): names of a zone */
  nameIndex: 12,
  /** height (6) → encoded events of the block itself: the last leaf under its receipts root, when there are any */
  blockEvents: 13,
  /** height (6) → what undoing the block puts back besides state and blocks */
  undo: 14,
  /** record hash (32) → encoded record of a name or host that a later one replaced */
  replacedRecords: 15,
  /** zone ‖ 0 ‖ label ‖ 0 ‖ offer id (32) → encoded offer */
  offersByName: 16,
  /** zone ‖ 0 ‖ price (8) ‖ label ‖ 0 ‖ offer id (32) → encoded offer */
  offersByPrice: 17,
  /** validators hash (32) → encoded validators: every set that decided a height */
  validatorSets: 18,
  /** height (6) → encoded header and certificate of a block that names other validators for the next height */
  validatorChanges: 19,
  /** height (6) → hashes (32 each) of the records that the block replaced: what goes when the block is forgotten */
  replacedAt: 20,
} as const

export type Namespace = (typeof layout)[keyof typeof layout]

/** The greatest namespace that a store accepts. */
export const MAX_NAMESPACE = 31

const HEIGHT_BYTES = 6

export function storedKey(namespace: Namespace, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(namespace), ...parts)
}

/** Six bytes: heights up to 2^48 − 1. */
export function heightPart(height: number): Uint8Array {
  if (!Number.isSafeInteger(height) || height < 0 || height >= 2 ** 48)
    throw new RangeError(`${height} is not a height`)
  const high = Math.floor(height / 0x1_0000_0000)
  const low = height >>> 0
  return Uint8Array.of(high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low)
}

export function readHeight(source: Uint8Array, offset = 0): number {
  return (
    (source[offset] as number) * 2 ** 40 + (source[offset + 1] as number) * 2 ** 32 + readUint32(source, offset + 2)
  )
}

/** Every key of a namespace that starts with `parts`. */
export function keysBelow(namespace: Namespace, ...parts: readonly Uint8Array[]): { gte: Uint8Array; lt: Uint8Array } {
  const gte = storedKey(namespace, ...parts)
  const lt = gte.slice()
  for (let at = lt.length - 1; ; at--) {
    const byte = lt[at] as number
    lt[at] = byte + 1
    // Namespaces are far below 255, so the carry ends at the latest there.
    if (byte < 255) return { gte, lt: lt.slice(0, at + 1) }
  }
}

/** Heights `from` ≤ height < `below` of a namespace that is keyed by height. */
export function heightRange(namespace: Namespace, from: number, below: number): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: storedKey(namespace, heightPart(from)), lt: storedKey(namespace, heightPart(below)) }
}

export { HEIGHT_BYTES }
