import { type Token, Tokenizer, Type } from 'cborg'
import { equalBytes } from './bytes.ts'
import { CodecError } from './codec-error.ts'
import { ItemWriter } from './item-writer.ts'

/** What an encoding is made of: a CBOR array, unsigned integer, byte string, text string, boolean or null. */
export type Item = number | bigint | string | boolean | null | Uint8Array | Item[]

const decodeOptions = { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: true }

const writer = new ItemWriter()

/** The deterministic encoding of RFC 8949 section 4.2.1 in bytes of their own. */
export function encodeItem(item: Item): Uint8Array {
  return writer.write(item).slice()
}

/** Whether `bytes` are exactly the encoding of `item`. */
export function isEncodingOf(item: Item, bytes: Uint8Array): boolean {
  return equalBytes(writer.write(item), bytes)
}

/** Bytes that the head of an integer, string or array of this value or length takes. */
export function headBytes(value: number | bigint): number {
  if (value < 24) return 1
  if (value < 0x100) return 2
  if (value < 0x1_0000) return 3
  if (value < 0x1_0000_0000) return 5
  return 9
}

/** Encoded length of an item without encoding it. */
export function itemBytes(item: Item): number {
  if (typeof item === 'number' || typeof item === 'bigint') return headBytes(item)
  if (typeof item === 'string') {
    const length = utf8Length(item)
    return headBytes(length) + length
  }
  if (item instanceof Uint8Array) return headBytes(item.length) + item.length
  if (!Array.isArray(item)) return 1
  let total = headBytes(item.length)
  for (const part of item) total += itemBytes(part)
  return total
}

/** Length in UTF-8 of a well-formed string. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    // A surrogate pair is two units and four bytes, so each half counts two.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return length
}

/**
 * Reads the items that a declaration asks for, one by one. The declaration drives, so hostile input can neither nest deeper
 * nor allocate more than the declared type: the first item that does not fit ends the reading.
 */
export class ItemReader {
  readonly #tokens: Tokenizer

  constructor(bytes: Uint8Array) {
    // Slices of a Buffer would be views of the caller's memory.
    const plain =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#tokens = new Tokenizer(plain, decodeOptions)
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#tokens.pos()
  }

  get atEnd(): boolean {
    return this.#tokens.done()
  }

  uint(): number | bigint {
    const token = this.#next()
    if (token.type !== Type.uint) throw wrongType('an unsigned integer', token)
    return token.value as number | bigint
  }

  bytes(): Uint8Array {
    const token = this.#next()
    if (token.type !== Type.bytes) throw wrongType('a byte string', token)
    return token.value as Uint8Array
  }

  text(): string {
    const token = this.#next()
    if (token.type !== Type.string) throw wrongType('a text string', token)
    return token.value as string
  }

  boolean(): boolean {
    const token = this.#next()
    if (token.type !== Type.true && token.type !== Type.false) throw wrongType('a boolean', token)
    return token.value as boolean
  }

  /** Opens an array and returns how many items it announces. */
  array(): number {
    const token = this.#next()
    if (token.type !== Type.array) throw wrongType('an array', token)
    // An announced length beyond 2^53 comes as bigint; no limit is that high.
    return Number(token.value)
  }

  /** Steps over a null, or leaves the reader where it is. */
  skipNull(): boolean {
    if (this.atEnd || this.#tokens.data[this.#tokens.pos()] !== 0xf6) return false
    this.#next()
    return true
  }

  #next(): Token {
    if (this.#tokens.done()) throw new CodecError('truncated', 'input ends inside a value')
    let token: Token
    try {
      token = this.#tokens.next()
    } catch (cause) {
      throw new CodecError('malformed', 'not a well-formed CBOR item in its shortest form', { cause })
    }
    return token
  }
}

function wrongType(wanted: string, token: Token): CodecError {
  return new CodecError('wrong-type', `expected ${wanted}, found ${token.type.name}`)
}
