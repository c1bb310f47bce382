/** True when `serial` is newer than `other` (RFC 1982 section 3.2). */
export function isSerialAfter(serial: number, other: number): boolean {
  const distance = (serial - other) >>> 0
  return distance !== 0 && distance < 2 ** 31
}

/** The next serial after one (RFC 1982 section 3.1), but for 0, which has a meaning of its own to some servers. */
export function nextSerial(serial: number): number {
  return (serial + 1) >>> 0 || 1
}
