import { createHash } from 'node:crypto'

/*
 * A vote file is a header, then frames, then zeros that were written ahead:
 *
 *   frame = length of the record (4) ‖ check (8) ‖ record
 *   check = first 8 bytes of SHA-256(offset of the frame (8) ‖ length (4) ‖ record)
 *
 * A length of zero ends the frames. The offset is covered so that bytes of another place never pass for a frame.
 */

export const FILE_HEADER: Uint8Array = new TextEncoder().encode('cresset votes 1\n')
const LENGTH_BYTES = 4
const CHECK_BYTES = 8
export const FRAME_HEADER_BYTES: number = LENGTH_BYTES + CHECK_BYTES

/** Longest record in bytes: votes may carry the block that they are about. */
export const MAX_RECORD_BYTES = 8 << 20

function checkOf(record: Uint8Array, offset: number): Buffer {
  const place = Buffer.alloc(8 + LENGTH_BYTES)
  place.writeBigUInt64BE(BigInt(offset), 0)
  place.writeUInt32BE(record.length, 8)
  return createHash('sha256').update(place).update(record).digest().subarray(0, CHECK_BYTES)
}

/** A copy of its own. Throws RangeError on a record that no frame holds. */
export function checkedCopy(record: Uint8Array): Uint8Array {
  if (record.length < 1 || record.length > MAX_RECORD_BYTES) {
    throw new RangeError(`a vote record of ${record.length} bytes, allowed are 1 to ${MAX_RECORD_BYTES}`)
  }
  return new Uint8Array(record)
}

/** The bytes of a frame that starts at `offset` of the file. */
export function frameOf(record: Uint8Array, offset: number): Uint8Array {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + record.length)
  frame.writeUInt32BE(record.length, 0)
  checkOf(record, offset).copy(frame, LENGTH_BYTES)
  frame.set(record, FRAME_HEADER_BYTES)
  return frame
}

/** Whole frames at the start of a file, and the offset at which they end. */
export function readFrames(file: Uint8Array): { records: Uint8Array[]; end: number } {
  const view = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const records: Uint8Array[] = []
  let at = FILE_HEADER.length
  while (at + FRAME_HEADER_BYTES <= view.length) {
    const length = view.readUInt32BE(at)
    const start = at + FRAME_HEADER_BYTES
    if (length === 0 || length > MAX_RECORD_BYTES || start + length > view.length) break
    const record = new Uint8Array(file.subarray(start, start + length))
    if (!checkOf(record, at).equals(view.subarray(at + LENGTH_BYTES, start))) break
    records.push(record)
    at = start + length
  }
  return { records, end: at }
}
