/** Where a node is stored: version (6 bytes) ‖ index within the version (4 bytes), rising in the order of writing. */
export const PLACE_BYTES = 10

export const VERSION_BYTES = 6

export function writeVersion(target: Uint8Array, at: number, version: number): void {
  const high = Math.floor(version / 0x1_0000_0000)
  target[at] = high >>> 8
  target[at + 1] = high
  writeUint32(target, at + 2, version >>> 0)
}

export function readVersion(source: Uint8Array, at: number): number {
  let version = 0
  for (let index = 0; index < VERSION_BYTES; index++) version = version * 256 + (source[at + index] as number)
  return version
}

export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

export function writePlace(target: Uint8Array, at: number, version: number, index: number): void {
  writeVersion(target, at, version)
  writeUint32(target, at + VERSION_BYTES, index)
}
