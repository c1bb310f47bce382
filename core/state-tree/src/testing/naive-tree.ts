import { createHash } from 'node:crypto'

/*
 * The root by its definition, for tests: a sorted list of entries is cut at the first bit in which its keys differ, again
 * and again. Shares no code with the tree, not even the hash function.
 */

export interface NaiveEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const digest = (...parts: (Uint8Array | number[])[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(Buffer.from(part))
  return hash.digest()
}

const bitsOf = (key: Uint8Array): string => [...key].map((byte) => byte.toString(2).padStart(8, '0')).join('')

/** Root of these entries in any order. */
export function naiveRoot(entries: Iterable<NaiveEntry>): Uint8Array {
  const list = [...entries].map(({ key, value }) => ({ bits: bitsOf(key), key, value }))
  list.sort((a, b) => (a.bits < b.bits ? -1 : 1))
  if (list.length === 0) return new Uint8Array(digest())
  const rootOf = (from: number, to: number): Buffer => {
    const first = list[from]!
    if (to - from === 1) return digest([0], first.key, digest(first.value))
    const last = list[to - 1]!
    let depth = 0
    while (first.bits[depth] === last.bits[depth]) depth++
    let middle = from
    while (list[middle]!.bits[depth] === '0') middle++
    return digest([1, depth], rootOf(from, middle), rootOf(middle, to))
  }
  return new Uint8Array(rootOf(0, list.length))
}

/** The way of a key by the definition: how many branches are passed, and the entry at its end. */
export function naiveWay(
  entries: Iterable<NaiveEntry>,
  key: Uint8Array,
): { branches: number; end: NaiveEntry | undefined } {
  let list = [...entries].map((entry) => ({ bits: bitsOf(entry.key), entry }))
  const wanted = bitsOf(key)
  let branches = 0
  for (let depth = 0; depth < 256 && list.length > 1; depth++) {
    const here = list.filter(({ bits }) => bits[depth] === wanted[depth])
    if (list.some(({ bits }) => bits[depth] !== list[0]!.bits[depth])) {
      branches++
      list = here
    }
  }
  return { branches, end: list[0]?.entry }
}
