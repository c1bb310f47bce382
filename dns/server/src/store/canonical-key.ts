/**
 * Bytes whose order is the canonical order of names (RFC 4034 section 6.1): labels from the right, each closed by 0; bytes 0 and 1
 * within a label become 1 1 and 1 2, so that nothing in a label sorts before its end. `name` is a lower-case wire name.
 */
export function canonicalKey(name: Uint8Array): Uint8Array {
  const starts: number[] = []
  for (let start = 0; name[start] !== 0; start += 1 + (name[start] as number)) starts.push(start)
  // Each byte may take two.
  const key = new Uint8Array(2 * name.length)
  let length = 0
  for (let index = starts.length - 1; index >= 0; index--) {
    const start = starts[index] as number
    const end = start + 1 + (name[start] as number)
    for (let at = start + 1; at < end; at++) {
      const byte = name[at] as number
      if (byte > 1) key[length++] = byte
      else {
        key[length++] = 1
        key[length++] = byte + 1
      }
    }
    key[length++] = 0
  }
  return key.subarray(0, length)
}
