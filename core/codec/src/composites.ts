import { type Codec, type Decoded, declare, limited } from './codec.ts'
import { CodecError } from './codec-error.ts'
import { headBytes, type Item, type ItemReader } from './item.ts'

/** Limits of a list, both included; `maxBytes` narrows what the items could add up to. */
export interface ListLimit {
  minItems?: number
  maxItems: number
  maxBytes?: number
}

function within(step: string, error: unknown): unknown {
  return error instanceof CodecError ? error.within(step) : error
}

/** Items of one type in order. */
export function list<T>(item: Codec<T>, limit: ListLimit): Codec<T[]> {
  const { minItems = 0, maxItems, maxBytes } = limit
  const checkCount = (count: number): void => {
    if (count > maxItems) throw new CodecError('too-long', `${count} items, the limit is ${maxItems}`)
    if (count < minItems) throw new CodecError('too-short', `${count} items, at least ${minItems} are needed`)
  }
  const unlimited = declare<T[]>({
    // Past 2^53 the sum is no length any more; a declaration that large needs a named limit to be of use.
    maxBytes: Math.min(headBytes(maxItems) + maxItems * item.maxBytes, Number.MAX_SAFE_INTEGER),
    toItem(values) {
      if (!Array.isArray(values)) throw new CodecError('wrong-type', 'expected an array')
      checkCount(values.length)
      return values.map((value, index) => {
        try {
          return item.toItem(value)
        } catch (error) {
          throw within(`[${index}]`, error)
        }
      })
    },
    read(reader) {
      const count = reader.array()
      checkCount(count)
      const values: T[] = []
      for (let index = 0; index < count; index++) {
        try {
          values.push(item.read(reader))
        } catch (error) {
          throw within(`[${index}]`, error)
        }
      }
      return values
    },
  })
  return limited(unlimited, maxBytes)
}

/** A value or nothing; null on the wire. The inner type must have no null of its own. */
export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return declare<T | undefined>({
    maxBytes: inner.maxBytes,
    toItem: (value) => (value === undefined ? null : inner.toItem(value)),
    read: (reader) => (reader.skipNull() ? undefined : inner.read(reader)),
  })
}

// biome-ignore lint/suspicious/noExplicitAny: a codec is invariant in its type, so no other bound accepts every codec
type AnyCodec = Codec<any>
type Fields = Record<string, AnyCodec>
type FieldValues<F extends Fields> = { -readonly [K in keyof F]: Decoded<F[K]> }

/** `maxBytes` narrows what the fields could add up to. */
export interface StructOptions {
  maxBytes?: number
}

/** Fields in the order of their declaration, as one array without names. */
export function struct<F extends Fields>(fields: F, options: StructOptions = {}): Codec<FieldValues<F>> {
  return structAfter([], fields, options)
}

/** A struct whose first element is its version; the value has no version field. Another version is `unknown-version`. */
export function versioned<F extends Fields>(
  version: number,
  fields: F,
  options: StructOptions = {},
): Codec<FieldValues<F>> {
  if (!Number.isSafeInteger(version) || version < 0) throw new RangeError(`version ${version} is not unsigned`)
  return structAfter([version], fields, options)
}

function structAfter<F extends Fields>(
  prefix: number[],
  fields: F,
  { maxBytes }: StructOptions,
): Codec<FieldValues<F>> {
  const names = Object.keys(fields)
  // Integer-like names would be moved to the front by JavaScript, whatever the declaration says.
  for (const name of names) if (/^\d+$/.test(name)) throw new RangeError(`field name ${name} has no declared order`)
  const codecs = names.map((name) => fields[name] as AnyCodec)
  const count = prefix.length + names.length
  const version = prefix[0]
  let total = headBytes(count)
  for (const number of prefix) total += headBytes(number)
  for (const codec of codecs) total += codec.maxBytes

  const unlimited = declare<FieldValues<F>>({
    maxBytes: Math.min(total, Number.MAX_SAFE_INTEGER),
    toItem(value) {
      if (typeof value !== 'object' || value === null) throw new CodecError('wrong-type', 'expected an object')
      const items: Item[] = new Array(count)
      let at = 0
      if (version !== undefined) items[at++] = version
      for (let index = 0; index < names.length; index++) {
        const name = names[index] as string
        try {
          items[at++] = (codecs[index] as AnyCodec).toItem(value[name])
        } catch (error) {
          throw within(name, error)
        }
      }
      return items
    },
    read(reader) {
      const found = reader.array()
      // The version is looked at first: another version may have another number of fields.
      if (version !== undefined && found > 0) checkVersion(reader, version)
      if (found !== count) throw new CodecError('wrong-type', `expected an array of ${count}, found ${found}`)
      const value: Record<string, unknown> = {}
      for (let index = 0; index < names.length; index++) {
        const name = names[index] as string
        try {
          value[name] = (codecs[index] as AnyCodec).read(reader)
        } catch (error) {
          throw within(name, error)
        }
      }
      return value as FieldValues<F>
    },
  })
  return limited(unlimited, maxBytes)
}

function checkVersion(reader: ItemReader, version: number): void {
  const found = reader.uint()
  if (found !== version) throw new CodecError('unknown-version', `version ${found}, only ${version} is known`)
}

type Variants = Record<string, readonly [number: number, body: AnyCodec]>
type VariantValue<V extends Variants> = {
  [K in keyof V & string]: { kind: K; body: Decoded<V[K][1]> }
}[keyof V & string]

/** One of several types, told apart by a number on the wire and a name in the value. */
export function variant<const V extends Variants>(variants: V): Codec<VariantValue<V>> {
  const byNumber = new Map<number, { kind: string; body: AnyCodec }>()
  const byKind = new Map<string, { number: number; body: AnyCodec }>()
  let maxBytes = 0
  for (const [kind, [number, body]] of Object.entries(variants)) {
    if (byNumber.has(number)) throw new RangeError(`variants share the number ${number}`)
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`variant number ${number} is not unsigned`)
    byNumber.set(number, { kind, body })
    byKind.set(kind, { number, body })
    maxBytes = Math.max(maxBytes, 1 + headBytes(number) + body.maxBytes)
  }
  return declare<VariantValue<V>>({
    maxBytes,
    toItem(value) {
      const found = byKind.get(value?.kind)
      if (found === undefined) throw new CodecError('unknown-kind', `no kind ${JSON.stringify(value?.kind)}`)
      try {
        return [found.number, found.body.toItem(value.body)]
      } catch (error) {
        throw within(value.kind, error)
      }
    },
    read(reader) {
      const count = reader.array()
      if (count !== 2) throw new CodecError('wrong-type', `expected an array of 2, found ${count}`)
      const number = reader.uint()
      const found = byNumber.get(Number(number))
      if (found === undefined) throw new CodecError('unknown-kind', `no kind has the number ${number}`)
      try {
        return { kind: found.kind, body: found.body.read(reader) } as VariantValue<V>
      } catch (error) {
        throw within(found.kind, error)
      }
    },
  })
}

/**
 * A codec seen through a pair of functions. `to` may refuse a value by throwing; `from(to(a))` must give `a` back, or
 * decoding says `not-canonical`.
 */
export function mapped<A, B>(inner: Codec<A>, to: (value: A) => B, from: (value: B) => A): Codec<B> {
  return declare<B>({
    maxBytes: inner.maxBytes,
    toItem: (value) => inner.toItem(from(value)),
    read(reader) {
      const value = inner.read(reader)
      try {
        return to(value)
      } catch (error) {
        if (error instanceof CodecError) throw error
        throw new CodecError('out-of-range', error instanceof Error ? error.message : 'refused', { cause: error })
      }
    },
  })
}
