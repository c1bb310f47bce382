const textOrBytes = { bytes: 2, text: 3 } as const

/**
 * Single records in the entry of a page, counted by the heads of its items. A short transaction can replace pages of 16 KiB that
 * others paid for; their data is not looked at for that. The entry is one out of the state, so it is canonical and whole.
 */
export function recordsInEntry(entry: Uint8Array): number {
  let at = 0
  /** Number or length that an item begins with (RFC 8949 section 3). */
  function head(): number {
    const first = entry[at++] as number
    let value = first & 0x1f
    if (value > 23 && value < 28) {
      let left = 1 << (value - 24)
      for (value = 0; left > 0; left--) value = value * 256 + (entry[at++] as number)
    }
    return value
  }
  /** Goes behind a number, null, text or bytes. */
  function skip(): void {
    const type = (entry[at] as number) >> 5
    const value = head()
    if (type === textOrBytes.bytes || type === textOrBytes.text) at += value
  }

  let records = 0
  head()
  skip()
  skip()
  for (let owners = head(); owners > 0; owners--) {
    head()
    skip()
    for (let sets = head(); sets > 0; sets--) {
      head()
      skip()
      skip()
      const data = head()
      records += data
      for (let left = data; left > 0; left--) skip()
    }
  }
  if (at !== entry.length) throw new Error('invariant: the entry of a page ends with its last record')
  return records
}
