import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './limits.ts'
import { WireError } from './wire-error.ts'

const POINTER_BITS = 0xc0

export interface NameRead {
  /** The name uncompressed, case kept. */
  readonly name: Uint8Array
  /** Offset behind the name where it stood, not where a pointer led. */
  readonly end: number
}

/**
 * Reads a name that may be compressed (RFC 1035 section 4.1.4). Each pointer must point before the labels it follows, so the
 * walk always ends, and the name is bounded by 255 bytes whatever the message says.
 * Throws `WireError`: truncated, label-type, pointer, name-too-long.
 */
export function readName(message: Uint8Array, offset: number): NameRead {
  const name = new Uint8Array(MAX_NAME_BYTES)
  let length = 0
  let position = offset
  let runStart = offset
  let end = -1
  for (;;) {
    const byte = message[position]
    if (byte === undefined) throw new WireError('truncated', 'a name runs past the end of the message')
    if (byte > MAX_LABEL_BYTES) {
      if (byte < POINTER_BITS) throw new WireError('label-type', 'a label has a reserved type')
      const low = message[position + 1]
      if (low === undefined) throw new WireError('truncated', 'a pointer runs past the end of the message')
      const target = ((byte & 0x3f) << 8) | low
      if (target >= runStart) throw new WireError('pointer', 'a compression pointer does not point backwards')
      if (end < 0) end = position + 2
      position = target
      runStart = target
      continue
    }
    const next = position + 1 + byte
    if (next > message.length) throw new WireError('truncated', 'a label runs past the end of the message')
    if (length + 1 + byte > MAX_NAME_BYTES) throw new WireError('name-too-long', 'a name has more than 255 bytes')
    for (let index = position; index < next; index++) name[length++] = message[index] as number
    position = next
    if (byte === 0) return { name: name.slice(0, length), end: end < 0 ? position : end }
  }
}
