/** A record that says which one it is, some of them longer than a page. */
export function voteAt(number: number): Uint8Array {
  const record = new Uint8Array(4 + ((number * 37) % 300) + (number % 7 === 0 ? 9_000 : 0)).fill(number)
  new DataView(record.buffer).setUint32(0, number)
  return record
}

export function numberOfVote(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(0)
}
