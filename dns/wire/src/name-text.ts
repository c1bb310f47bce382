import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from './limits.ts'
import { WireError } from './wire-error.ts'

/** Names between text and wire (RFC 1035 section 5.1, escapes as RFC 4343 section 2.1 writes them). */

const BACKSLASH = 0x5c
const DOT = 0x2e
/** Characters that mean something in a master file, so that they are escaped in a label. */
const ESCAPED = new Set([...'."\\();@$'].map((character) => character.charCodeAt(0)))

/** Reads `\DDD` or `\X` at `index` (the backslash). Undefined when it is neither. */
export function readEscape(text: string, index: number): { byte: number; next: number } | undefined {
  const digits = text.slice(index + 1, index + 4)
  if (/^[0-9]{3}$/.test(digits)) {
    const byte = Number(digits)
    return byte <= 255 ? { byte, next: index + 4 } : undefined
  }
  const code = text.charCodeAt(index + 1)
  // A lone digit after a backslash is a \DDD cut short, not an escaped digit.
  if (Number.isNaN(code) || code < 0x20 || code > 0x7e || (code >= 0x30 && code <= 0x39)) return undefined
  return { byte: code, next: index + 2 }
}

/** `\DDD` for a byte that is not printable ASCII. */
export function escapeByte(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`
}

/**
 * A name from text to wire, case kept. Without a final dot it is completed by `origin` (a name on the wire).
 * Throws `WireError`: name-syntax, label-empty, label-too-long, name-too-long, name-relative.
 */
export function parseName(text: string, origin?: Uint8Array): Uint8Array {
  if (text === '.') return new Uint8Array(1)
  if (text === '@' && origin !== undefined) return origin
  if (text.length === 0) throw new WireError('name-syntax', 'a name is never empty text; the root is "."')
  const wire = new Uint8Array(MAX_NAME_BYTES)
  let labelStart = 0
  let length = 1
  const closeLabel = (): void => {
    const labelLength = length - labelStart - 1
    if (labelLength === 0) throw new WireError('label-empty', 'a name has an empty label')
    if (labelLength > MAX_LABEL_BYTES)
      throw new WireError('label-too-long', `a label has more than ${MAX_LABEL_BYTES} bytes`)
    wire[labelStart] = labelLength
    labelStart = length
    length += 1
  }
  const append = (byte: number): void => {
    if (length >= MAX_NAME_BYTES) throw new WireError('name-too-long', `a name has more than ${MAX_NAME_BYTES} bytes`)
    wire[length] = byte
    length += 1
  }
  let isAbsolute = false
  for (let index = 0; index < text.length; ) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) {
      const sequence = readEscape(text, index)
      if (sequence === undefined) throw new WireError('name-syntax', 'a name has a malformed escape')
      append(sequence.byte)
      index = sequence.next
      continue
    }
    index += 1
    if (code === DOT) {
      closeLabel()
      isAbsolute = index === text.length
    } else if (code <= 0x20 || code >= 0x7f) {
      throw new WireError('name-syntax', 'a name has a character outside printable ASCII')
    } else {
      append(code)
    }
  }
  if (!isAbsolute) closeLabel()
  const tail = isAbsolute ? new Uint8Array(1) : origin
  if (tail === undefined) throw new WireError('name-relative', 'a name lacks its final dot')
  if (labelStart + tail.length > MAX_NAME_BYTES)
    throw new WireError('name-too-long', `a name has more than ${MAX_NAME_BYTES} bytes`)
  const name = new Uint8Array(labelStart + tail.length)
  name.set(wire.subarray(0, labelStart))
  name.set(tail, labelStart)
  return name
}

/** A name from people: the final dot may be missing. Throws what `parseName` throws. */
export function parseAbsoluteName(text: string): Uint8Array {
  return parseName(text, new Uint8Array(1))
}

/** A well-formed wire name as text with its final dot. */
export function formatName(name: Uint8Array): string {
  if (name[0] === 0) return '.'
  let text = ''
  for (let offset = 0; name[offset] !== 0; ) {
    const end = offset + 1 + (name[offset] as number)
    for (let index = offset + 1; index < end; index++) {
      const byte = name[index] as number
      if (byte <= 0x20 || byte >= 0x7f) text += escapeByte(byte)
      else text += (ESCAPED.has(byte) ? '\\' : '') + String.fromCharCode(byte)
    }
    text += '.'
    offset = end
  }
  return text
}
