import { createHash, timingSafeEqual } from 'node:crypto'
import { readUint16, readUint32, writeUint16, writeUint32 } from '@cresset/dns-wire'

/** Each frame begins with as much of its file's salt: by that it is found behind bytes that are none, and no published record looks like one. */
const MARK_BYTES = 6
const KIND_OFFSET = MARK_BYTES
const NUMBER_OFFSET = KIND_OFFSET + 2
const LENGTH_OFFSET = NUMBER_OFFSET + 4
const CHECK_OFFSET = LENGTH_OFFSET + 4
const CHECK_BYTES = 16
export const FRAME_HEADER_BYTES = CHECK_OFFSET + CHECK_BYTES
/** Of a file's own, and known to nobody else. */
export const SALT_BYTES = 16

export interface JournalFrame {
  readonly kind: number
  readonly payload: Uint8Array
}

/** A frame: mark, kind, number in its file, length, check, payload. The check is over all of it and the file's salt. */
export function writeFrame(salt: Uint8Array, number: number, { kind, payload }: JournalFrame): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length)
  frame.set(markOf(salt))
  writeUint16(frame, KIND_OFFSET, kind)
  writeUint32(frame, NUMBER_OFFSET, number)
  writeUint32(frame, LENGTH_OFFSET, payload.length)
  frame.set(payload, FRAME_HEADER_BYTES)
  frame.set(checkOf(salt, frame), CHECK_OFFSET)
  return frame
}

const markOf = (salt: Uint8Array): Uint8Array => salt.subarray(0, MARK_BYTES)

function checkOf(salt: Uint8Array, frame: Uint8Array): Uint8Array {
  const hash = createHash('sha256')
  hash.update(salt).update(frame.subarray(0, CHECK_OFFSET)).update(frame.subarray(FRAME_HEADER_BYTES))
  return hash.digest().subarray(0, CHECK_BYTES)
}

export interface FramesRead {
  readonly frames: readonly JournalFrame[]
  /** Offset behind the last good frame. */
  readonly end: number
  /** `cut`: what follows is no whole frame, and none follows it: it was being written. `damaged`: a good one stands behind it, or in its place. */
  readonly state: 'whole' | 'cut' | 'damaged'
}

/** Reads frames from `start` to the end of a file; yields after each, whose check takes as long as it is. Payloads are views. */
export function* readFrames(bytes: Uint8Array, start: number, salt: Uint8Array): Generator<void, FramesRead> {
  const frames: JournalFrame[] = []
  let end = start
  while (end < bytes.length) {
    const frame = frameAt(bytes, end, salt)
    if (frame === undefined || frame.number !== frames.length) {
      const state = frame !== undefined || hasFrameBehind(bytes, end + 1, salt) ? 'damaged' : 'cut'
      return { frames, end, state }
    }
    frames.push(frame)
    end += FRAME_HEADER_BYTES + frame.payload.length
    yield
  }
  return { frames, end, state: 'whole' }
}

function frameAt(bytes: Uint8Array, start: number, salt: Uint8Array): (JournalFrame & { number: number }) | undefined {
  if (start + FRAME_HEADER_BYTES > bytes.length) return undefined
  if (Buffer.compare(bytes.subarray(start, start + MARK_BYTES), markOf(salt)) !== 0) return undefined
  const end = start + FRAME_HEADER_BYTES + readUint32(bytes, start + LENGTH_OFFSET)
  if (end > bytes.length) return undefined
  const frame = bytes.subarray(start, end)
  if (!timingSafeEqual(checkOf(salt, frame), frame.subarray(CHECK_OFFSET, FRAME_HEADER_BYTES))) return undefined
  return {
    kind: readUint16(frame, KIND_OFFSET),
    number: readUint32(frame, NUMBER_OFFSET),
    payload: frame.subarray(FRAME_HEADER_BYTES),
  }
}

/** A frame is only ever written behind one that is safe on the disk, so a good one behind a bad one tells of damage. */
function hasFrameBehind(bytes: Uint8Array, from: number, salt: Uint8Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const mark = markOf(salt)
  for (let at = all.indexOf(mark, from); at >= 0; at = all.indexOf(mark, at + 1))
    if (frameAt(bytes, at, salt) !== undefined) return true
  return false
}
