/** Who may take zones is few; the one that was not heard of for longest is forgotten. */
const MAX_TAKERS = 256
/** As many as there are differences to give. */
const MAX_SERIALS = 1_000

/**
 * Which versions of a zone were given to whom. Two servers that sign the same zone have other signatures under the same serial: the
 * differences of one lead to a broken zone from what the other one gave.
 */
export class Takers {
  readonly #serials = new Map<string, Set<number>>()

  /** Remembers that it has the version. */
  add(taker: string, serial: number): void {
    const serials = this.#serials.get(taker) ?? new Set()
    // At the end of both: what was given last is forgotten last.
    serials.delete(serial)
    serials.add(serial)
    this.#serials.delete(taker)
    this.#serials.set(taker, serials)
    dropOldest(serials, MAX_SERIALS)
    dropOldest(this.#serials, MAX_TAKERS)
  }

  has(taker: string, serial: number): boolean {
    return this.#serials.get(taker)?.has(serial) === true
  }
}

function dropOldest<Key>(
  of: { readonly size: number; keys(): Iterator<Key>; delete(key: Key): boolean },
  most: number,
): void {
  if (of.size <= most) return
  const oldest = of.keys().next()
  if (oldest.done !== true) of.delete(oldest.value)
}
