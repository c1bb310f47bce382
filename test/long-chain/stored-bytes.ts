import { concatBytes } from '@cresset/core-codec'
import { keysBelow, layout, type Namespace, type Store } from '@cresset/network-storage'

export type NamespaceName = keyof typeof layout

/** What a node keeps of each block, and forgets with it. */
export const historyNamespaces = [
  'blocks',
  'certificates',
  'receipts',
  'transactionIndex',
  'blockHashIndex',
  'changedNames',
  'blockEvents',
  'replacedRecords',
  'replacedAt',
] as const satisfies NamespaceName[]

/** All others: they depend on what the ledger holds now and on how many versions are kept. */
export const stateNamespaces: readonly NamespaceName[] = (Object.keys(layout) as NamespaceName[]).filter(
  (name) => !(historyNamespaces as readonly string[]).includes(name),
)

/** Entries read in one go; a range is held in memory. */
const pageEntries = 10_000

export interface StoredSize {
  readonly entries: number
  /** Keys and values. */
  readonly bytes: number
}

export function sizeOf(store: Store, name: NamespaceName): StoredSize {
  let { gte, lt } = keysBelow(layout[name] as Namespace)
  let entries = 0
  let bytes = 0
  for (;;) {
    let read = 0
    let last = gte
    for (const [key, value] of store.range({ gte, lt, limit: pageEntries })) {
      bytes += key.length + value.length
      last = key
      read++
    }
    entries += read
    if (read < pageEntries) return { entries, bytes }
    gte = concatBytes(last, Uint8Array.of(0))
  }
}

export function sizesOf(store: Store, names: readonly NamespaceName[]): Map<NamespaceName, StoredSize> {
  return new Map(names.map((name) => [name, sizeOf(store, name)]))
}
