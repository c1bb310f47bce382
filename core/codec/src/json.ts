import { toHex } from './byte-text.ts'
import { CodecError } from './codec-error.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/**
 * The form people and HTTP clients see: bytes as lower-case hex, bigints as decimal strings, absent fields left out, names in
 * declared order. Values that have no form (functions, maps, fractions) are a CodecError.
 */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CodecError('out-of-range', `${value} has no exact form in JSON`)
    return value
  }
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map((item) => toJson(item ?? null))
  if (typeof value === 'object' && (Object.getPrototypeOf(value) ?? Object.prototype) === Object.prototype) {
    const json: { [name: string]: Json } = {}
    for (const [name, part] of Object.entries(value)) if (part !== undefined) json[name] = toJson(part)
    return json
  }
  throw new CodecError('wrong-type', `${typeof value} has no form in JSON`)
}
