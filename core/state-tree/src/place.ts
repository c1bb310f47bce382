/*
 * Where a node is stored: version (6 bytes) ‖ record within the version (4) ‖ position within the record (1). The first two
 * are the record's key; position 0 is the lowest node of the record's chain (chain.ts).
 */
export const VERSION_BYTES = 6
export const RECORD_KEY_BYTES: number = VERSION_BYTES + 4
export const PLACE_BYTES: number = RECORD_KEY_BYTES + 1

/** Most nodes in one record: its position has one byte. */
export const MAX_CHAIN_NODES = 256

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

export function writeRecordKey(target: Uint8Array, at: number, version: number, record: number): void {
  writeVersion(target, at, version)
  writeUint32(target, at + VERSION_BYTES, record)
}

export function positionAt(place: Uint8Array, placeAt: number): number {
  return place[placeAt + RECORD_KEY_BYTES] as number
}
