import { compareBytes, toHex } from '@cresset/core-codec'
import { compareNames, type Rrset } from '@cresset/dns-wire'

interface Entry {
  readonly owner: Uint8Array
  readonly type: number
  ttl: number
  readonly rdatas: Uint8Array[]
}

/** Collects records into RRsets: one a owner and type, its records distinct and in canonical order (RFC 4034 section 6.3). */
export class RrsetBuilder {
  readonly #entries = new Map<string, Entry>()

  /** Adds records. Where parts of one RRset ask for different TTLs the lowest holds, as RFC 2181 section 5.2 wants one. */
  add(owner: Uint8Array, type: number, ttl: number, rdatas: readonly Uint8Array[]): void {
    if (rdatas.length === 0) return
    const key = `${toHex(owner)}/${type}`
    const entry = this.#entries.get(key) ?? { owner, type, ttl, rdatas: [] }
    this.#entries.set(key, entry)
    entry.ttl = Math.min(entry.ttl, ttl)
    entry.rdatas.push(...rdatas)
  }

  /** By canonical order of owners, then by type. */
  build(): Rrset[] {
    return [...this.#entries.values()]
      .map((entry) => ({ ...entry, rdatas: distinct(entry.rdatas) }))
      .sort((a, b) => compareNames(a.owner, b.owner) || a.type - b.type)
  }
}

function distinct(rdatas: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...rdatas].sort(compareBytes)
  return sorted.filter((rdata, index) => index === 0 || compareBytes(sorted[index - 1] as Uint8Array, rdata) !== 0)
}
