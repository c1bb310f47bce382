import { asciiText } from '@cresset/core-codec'
import { type OwnerRecords, ownerRecordsCodec } from '../actions.ts'

const textOrBytes = { bytes: 2, text: 3 } as const
const ownerCodec = ownerRecordsCodec(asciiText({ maxBytes: 253 }))

/**
 * Goes through the entry of a page by the heads of its items, so that of 16 KiB only what is asked for is decoded. The entry is one out of
 * the state, so it is canonical and whole.
 */
class EntryWalk {
  readonly #entry: Uint8Array
  at = 0

  constructor(entry: Uint8Array) {
    this.#entry = entry
  }

  /** Number or length that an item begins with (RFC 8949 section 3). */
  head(): number {
    const first = this.#entry[this.at++] as number
    let value = first & 0x1f
    if (value > 23 && value < 28) {
      let left = 1 << (value - 24)
      for (value = 0; left > 0; left--) value = value * 256 + (this.#entry[this.at++] as number)
    }
    return value
  }

  /** Goes behind a number, null, text or bytes. */
  pass(): void {
    const type = (this.#entry[this.at] as number) >> 5
    const value = this.head()
    if (type === textOrBytes.bytes || type === textOrBytes.text) this.at += value
  }

  text(): string {
    const bytes = this.head()
    this.at += bytes
    return String.fromCharCode(...this.#entry.subarray(this.at - bytes, this.at))
  }

  /** Goes to the first owner. How many there are. */
  begin(): number {
    this.head()
    this.pass()
    this.pass()
    return this.head()
  }

  /** Goes behind the record sets of an owner. How many single records are in them. */
  passSets(): number {
    let records = 0
    for (let sets = this.head(); sets > 0; sets--) {
      this.head()
      this.pass()
      this.pass()
      const data = this.head()
      records += data
      for (let left = data; left > 0; left--) this.pass()
    }
    return records
  }

  end(): void {
    if (this.at !== this.#entry.length) throw new Error('invariant: the entry of a page ends with its last record')
  }
}

/** Single records in the entry of a page: a short transaction can replace pages that others paid for, and decodes none of them. */
export function recordsInEntry(entry: Uint8Array): number {
  const walk = new EntryWalk(entry)
  let records = 0
  for (let owners = walk.begin(); owners > 0; owners--) {
    walk.head()
    walk.pass()
    records += walk.passSets()
  }
  walk.end()
  return records
}

/** Those owners in the entry of a page that are asked for; the records of the others are not decoded. */
export function ownersInEntry(entry: Uint8Array, isWanted: (owner: string) => boolean): OwnerRecords[] {
  const walk = new EntryWalk(entry)
  const wanted: OwnerRecords[] = []
  for (let owners = walk.begin(); owners > 0; owners--) {
    const start = walk.at
    walk.head()
    const owner = walk.text()
    walk.passSets()
    if (isWanted(owner)) wanted.push(ownerCodec.decode(entry.subarray(start, walk.at)))
  }
  walk.end()
  return wanted
}
