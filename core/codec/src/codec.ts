import { CodecError } from './codec-error.ts'
import { encodeItem, type Item, ItemReader, isEncodingOf, itemBytes } from './item.ts'

/** A type declared once: how it is written, read, and how long it may get. */
export interface Codec<T> {
  /** Throws CodecError when the value breaks the declaration. */
  encode(value: T): Uint8Array
  /** Throws CodecError and nothing else; more than `maxBytes` are refused unread. */
  decode(bytes: Uint8Array): T
  /** Greatest possible length of an encoding in bytes, or the limit given in the declaration. */
  readonly maxBytes: number
  /** For composition: the value as an item, checked. */
  toItem(value: T): Item
  /** For composition: reads one value. The outermost `decode` checks that it was written canonically. */
  read(reader: ItemReader): T
}

export type Decoded<C> = C extends Codec<infer T> ? T : never

/** What a declaration supplies; `declare` adds the checks that are the same for every type. */
export interface Declaration<T> {
  maxBytes: number
  toItem(value: T): Item
  read(reader: ItemReader): T
}

/** Makes a codec from its parts. */
export function declare<T>({ maxBytes, toItem, read }: Declaration<T>): Codec<T> {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) throw new RangeError(`maxBytes ${maxBytes} is not a length`)
  return {
    maxBytes,
    toItem,
    read,
    encode(value) {
      return encodeItem(toItem(value))
    },
    decode(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new CodecError('wrong-type', 'input is not a Uint8Array')
      if (bytes.length > maxBytes) throw new CodecError('too-long', `${bytes.length} bytes, the limit is ${maxBytes}`)
      const reader = new ItemReader(bytes)
      const value = read(reader)
      if (!reader.atEnd) throw new CodecError('trailing', `${bytes.length - reader.position} bytes after the value`)
      // The library accepts more than one spelling of some values; the value decides which bytes are right.
      if (!isEncodingOf(toItem(value), bytes)) throw new CodecError('not-canonical', 'not the canonical encoding')
      return value
    },
  }
}

/** Narrows a codec to encodings of at most `maxBytes`, wherever it stands. */
export function limited<T>(inner: Codec<T>, maxBytes: number | undefined): Codec<T> {
  if (maxBytes === undefined || maxBytes >= inner.maxBytes) return inner
  const tooLong = (length: number) => new CodecError('too-long', `${length} bytes, the limit is ${maxBytes}`)
  return declare({
    maxBytes,
    toItem(value) {
      const item = inner.toItem(value)
      const length = itemBytes(item)
      if (length > maxBytes) throw tooLong(length)
      return item
    },
    read(reader) {
      const start = reader.position
      const value = inner.read(reader)
      if (reader.position - start > maxBytes) throw tooLong(reader.position - start)
      return value
    },
  })
}
