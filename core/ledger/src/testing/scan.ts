import assert from 'node:assert/strict'
import type { EntryKind } from '../entries/entry-type.ts'
import { decodeEntry, type Entry, type EntryValue } from '../entries/entry-types.ts'
import { type MemoryState, nameOf } from './memory-state.ts'

/** All entries of a state by kind, as a full scan finds them. */
export interface StateScan {
  all<K extends EntryKind>(kind: K): EntryValue<K>[]
  /** The entry of a kind that there is one of. */
  single<K extends EntryKind>(kind: K): EntryValue<K>
  at<K extends EntryKind>(kind: K, key: Uint8Array): EntryValue<K> | undefined
}

/** A block changes few entries, and the state keeps the bytes of the others: those are decoded once. */
const decoded = new WeakMap<Uint8Array, Entry>()

function decodeOnce(bytes: Uint8Array): Entry {
  const entry = decoded.get(bytes) ?? decodeEntry(bytes)
  decoded.set(bytes, entry)
  return entry
}

export function scanState(state: MemoryState): StateScan {
  return scanEntries(state.entries(), decodeOnce)
}

/** @param decode as `decodeEntry`, which who scans state after state may remember */
export function scanEntries(
  entries: Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>,
  decode: (bytes: Uint8Array) => Entry,
): StateScan {
  const byKind = new Map<EntryKind, unknown[]>()
  const byKey = new Map<string, { kind: EntryKind; value: unknown }>()
  for (const { key, value: bytes } of entries) {
    const { kind, value } = decode(bytes)
    const known = byKind.get(kind)
    if (known === undefined) byKind.set(kind, [value])
    else known.push(value)
    byKey.set(nameOf(key), { kind, value })
  }
  const all = <K extends EntryKind>(kind: K) => (byKind.get(kind) ?? []) as EntryValue<K>[]
  return {
    all,
    single(kind) {
      const values = all(kind)
      assert.equal(values.length, 1, `the state has one entry of kind ${kind}`)
      return values[0] as never
    },
    at(kind, key) {
      const found = byKey.get(nameOf(key))
      assert(found === undefined || found.kind === kind, `the entry is of kind ${found?.kind}`)
      return found?.value as never
    },
  }
}
