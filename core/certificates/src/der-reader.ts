import { compareBytes, fromUtf8 } from '@cresset/core-codec'
import { DerError } from './der-error.ts'
import { decodeObjectIdentifier } from './object-identifier.ts'
import { contextConstructed, isConstructed, tags } from './tags.ts'
import { decodeTime } from './time.ts'

export const derLimits = {
  /** Constructed elements inside each other. A certificate needs 8. */
  depth: 16,
  /** Contents of one OBJECT IDENTIFIER; 2.25.<UUID> needs 20. */
  objectIdentifierBytes: 64,
} as const

/** One element: `content` lies inside `encoding`; both are views of the input. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  readonly encoding: Uint8Array
}

export interface BitString {
  /** 0 … 7, counted from the least significant bit of the last byte. */
  readonly unusedBits: number
  readonly bytes: Uint8Array
}

/**
 * Reads DER (X.690) front to back and accepts one encoding per value: definite minimal lengths, canonical primitives,
 * ordered sets, nothing left over. Whatever else arrives is a `DerError`. Returned bytes are views, never copies.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  readonly #depth: number
  #offset = 0

  constructor(bytes: Uint8Array, depth = 0) {
    if (depth > derLimits.depth) throw new DerError('der-too-deep', `more than ${derLimits.depth} levels`)
    this.#bytes = bytes
    this.#depth = depth
  }

  isAtEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** The next element's tag, without reading it. */
  nextTag(): number | undefined {
    return this.#bytes[this.#offset]
  }

  /** Every structure ends with this call: what the reader did not ask for must not be there. */
  end(): void {
    if (!this.isAtEnd()) throw new DerError('der-trailing', `${this.#bytes.length - this.#offset} bytes left over`)
  }

  any(): DerElement {
    const start = this.#offset
    const tag = this.#byte()
    if ((tag & 0x1f) === 0x1f) throw new DerError('der-tag', 'tag numbers of 31 and more are not used')
    const length = this.#length()
    const contentStart = this.#offset
    if (length > this.#bytes.length - contentStart) throw new DerError('der-truncated', `${length} bytes announced`)
    this.#offset = contentStart + length
    return {
      tag,
      content: this.#bytes.subarray(contentStart, this.#offset),
      encoding: this.#bytes.subarray(start, this.#offset),
    }
  }

  element(tag: number): DerElement {
    const found = this.nextTag()
    if (found === undefined) throw new DerError('der-truncated', `no element where ${hex(tag)} belongs`)
    if (found !== tag) throw new DerError('der-tag', `${hex(found)} where ${hex(tag)} belongs`)
    return this.any()
  }

  /** The contents of a primitive element under `tag`, not judged further. */
  primitive(tag: number): Uint8Array {
    return this.element(tag).content
  }

  constructed(tag: number): DerReader {
    return new DerReader(this.element(tag).content, this.#depth + 1)
  }

  sequence(): DerReader {
    return this.constructed(tags.sequence)
  }

  /** `[number]` constructed, if it is next. */
  optionalContext(number: number): DerReader | undefined {
    const tag = contextConstructed(number)
    return this.nextTag() === tag ? this.constructed(tag) : undefined
  }

  /** The encodings of a SET OF, strictly rising. */
  setOf(): Uint8Array[] {
    const inner = this.constructed(tags.set)
    const encodings: Uint8Array[] = []
    while (!inner.isAtEnd()) {
      const { encoding } = inner.any()
      const previous = encodings.at(-1)
      // X.690 11.6 pads the shorter with zeros; no element is a prefix of another, so plain order is the same.
      if (previous !== undefined && compareBytes(previous, encoding) >= 0) {
        throw new DerError('der-set-order', 'elements of a SET OF do not rise')
      }
      encodings.push(encoding)
    }
    return encodings
  }

  /** A reader over bytes that came out of this one, one level deeper. */
  inside(bytes: Uint8Array): DerReader {
    return new DerReader(bytes, this.#depth + 1)
  }

  boolean(): boolean {
    return decodeBoolean(this.primitive(tags.boolean))
  }

  /** `BOOLEAN DEFAULT FALSE`: an encoded FALSE is not DER. */
  booleanDefaultFalse(): boolean {
    if (this.nextTag() !== tags.boolean) return false
    if (!this.boolean()) throw new DerError('der-default', 'FALSE is the default and is left out')
    return true
  }

  /** Two's complement contents, minimal. */
  integer(tag: number = tags.integer): Uint8Array {
    const content = this.primitive(tag)
    checkInteger(content)
    return content
  }

  /** An INTEGER in 0 … max (at most 2^31 − 1). */
  smallInteger(max: number, tag: number = tags.integer): number {
    const content = this.integer(tag)
    const negative = ((content[0] as number) & 0x80) !== 0
    if (negative || content.length > 4) throw new DerError('der-integer', `outside 0 … ${max}`)
    let value = 0
    for (const byte of content) value = value * 256 + byte
    if (value > max) throw new DerError('der-integer', `${value} is above ${max}`)
    return value
  }

  bitString(tag: number = tags.bitString): BitString {
    return decodeBitString(this.primitive(tag))
  }

  octetString(): Uint8Array {
    return this.primitive(tags.octetString)
  }

  /** Dotted decimal. */
  objectIdentifier(): string {
    return decodeObjectIdentifier(this.primitive(tags.objectIdentifier), derLimits.objectIdentifierBytes)
  }

  null(): void {
    checkNull(this.primitive(tags.null))
  }

  /** RFC 5280 `Time`, in milliseconds since 1970. */
  time(): number {
    const { tag, content } = this.any()
    return decodeTime(tag, content)
  }

  /** Reads one element of any shape and checks it to its leaves; unknown primitives stay unjudged. */
  checkedAny(): DerElement {
    const element = this.any()
    checkElement(element, this)
    return element
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined) throw new DerError('der-truncated', 'no byte left')
    this.#offset += 1
    return byte
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0) throw new DerError('der-length', 'indefinite length')
    if (count > 4) throw new DerError('der-length', `a length of ${count} bytes`)
    let length = 0
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerError('der-length', 'not the shortest form')
    return length
  }
}

/** Reads exactly one element that fills `bytes`. */
export function readWhole<T>(bytes: Uint8Array, maxBytes: number, read: (reader: DerReader) => T): T {
  if (bytes.length > maxBytes) throw new DerError('der-too-long', `${bytes.length} of at most ${maxBytes} bytes`)
  const reader = new DerReader(bytes)
  const value = read(reader)
  reader.end()
  return value
}

/** Characters of a directory string or IA5String under its own tag; `undefined` for another tag. */
export function decodeString(tag: number, content: Uint8Array): string | undefined {
  if (tag === tags.utf8String) {
    try {
      return fromUtf8(content)
    } catch {
      throw new DerError('der-string', 'not UTF-8')
    }
  }
  if (tag === tags.printableString) return decodeAscii(content, isPrintableStringCharacter)
  if (tag === tags.ia5String) return decodeAscii(content, (byte) => byte < 0x80)
  return undefined
}

export function decodeAscii(content: Uint8Array, isAllowed: (byte: number) => boolean): string {
  let text = ''
  for (const byte of content) {
    if (!isAllowed(byte)) throw new DerError('der-string', `character ${hex(byte)}`)
    text += String.fromCharCode(byte)
  }
  return text
}

// X.680 41.4.
function isPrintableStringCharacter(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return isDigit || isLetter || " '()+,-./:=?".includes(String.fromCharCode(byte))
}

function checkElement(element: DerElement, parent: DerReader): void {
  const { tag, content } = element
  if (tag === tags.set) parent.inside(element.encoding).setOf()
  if (isConstructed(tag)) {
    if (tag < 0x40 && tag !== tags.sequence && tag !== tags.set) {
      throw new DerError('der-tag', `constructed ${hex(tag)}`)
    }
    const inner = parent.inside(content)
    while (!inner.isAtEnd()) inner.checkedAny()
    return
  }
  switch (tag) {
    case tags.endOfContents:
      throw new DerError('der-tag', 'end of contents')
    case tags.boolean:
      decodeBoolean(content)
      return
    case tags.integer:
      checkInteger(content)
      return
    case tags.bitString:
      decodeBitString(content)
      return
    case tags.null:
      checkNull(content)
      return
    case tags.objectIdentifier:
      decodeObjectIdentifier(content, derLimits.objectIdentifierBytes)
      return
    case tags.sequence & ~0x20:
    case tags.set & ~0x20:
      throw new DerError('der-tag', `primitive ${hex(tag)}`)
    default:
      decodeString(tag, content)
  }
}

function decodeBoolean(content: Uint8Array): boolean {
  const value = content[0]
  if (content.length !== 1 || (value !== 0x00 && value !== 0xff)) throw new DerError('der-boolean', 'neither 00 nor FF')
  return value === 0xff
}

function checkInteger(content: Uint8Array): void {
  const first = content[0]
  const second = content[1]
  if (first === undefined) throw new DerError('der-integer', 'empty')
  if (second === undefined) return
  const isPadded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)
  if (isPadded) throw new DerError('der-integer', 'not the shortest form')
}

function decodeBitString(content: Uint8Array): BitString {
  const unusedBits = content[0]
  if (unusedBits === undefined || unusedBits > 7) throw new DerError('der-bit-string', 'count of unused bits')
  const bytes = content.subarray(1)
  const last = bytes.at(-1)
  if (last === undefined ? unusedBits !== 0 : (last & ((1 << unusedBits) - 1)) !== 0) {
    throw new DerError('der-bit-string', 'unused bits are zero')
  }
  return { unusedBits, bytes }
}

function checkNull(content: Uint8Array): void {
  if (content.length !== 0) throw new DerError('der-null', 'contents')
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}
