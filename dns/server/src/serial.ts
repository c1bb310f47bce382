/** True when `serial` is newer than `other` (RFC 1982 section 3.2). */
export function isSerialAfter(serial: number, other: number): boolean {
  const distance = (serial - other) >>> 0
  return distance !== 0 && distance < 2 ** 31
}
