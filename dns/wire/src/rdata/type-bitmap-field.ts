import { concatBytes } from '@cresset/core-codec'
import { formatRecordType, parseRecordType } from '../record-type.ts'
import { WireError } from '../wire-error.ts'
import type { Field } from './field.ts'

const MAX_WINDOW_BYTES = 32

/** The types that a bitmap lists, rising (RFC 4034 section 4.1.2). */
export function bitmapTypes(bitmap: Uint8Array): number[] {
  const types: number[] = []
  for (let offset = 0; offset < bitmap.length; offset += 2 + (bitmap[offset + 1] as number)) {
    const window = bitmap[offset] as number
    for (let bit = 0; bit < 8 * (bitmap[offset + 1] as number); bit++) {
      if (((bitmap[offset + 2 + (bit >> 3)] as number) & (0x80 >> (bit & 7))) !== 0) types.push(window * 256 + bit)
    }
  }
  return types
}

/** The bitmap of a set of types. */
export function typeBitmap(types: readonly number[]): Uint8Array {
  const windows: Uint8Array[] = []
  const present = [...new Set(types.map((type) => type >> 8))].sort((a, b) => a - b)
  for (const window of present) {
    const low = types.filter((type) => type >> 8 === window).map((type) => type & 255)
    const bits = new Uint8Array((Math.max(...low) >> 3) + 1)
    for (const bit of low) bits[bit >> 3] = (bits[bit >> 3] as number) | (0x80 >> (bit & 7))
    windows.push(Uint8Array.of(window, bits.length), bits)
  }
  return concatBytes(...windows)
}

/** A type bitmap up to the end; it may be empty. */
export const typeBitmapField: Field = {
  check(rdata, offset) {
    let previous = -1
    for (let position = offset; position < rdata.length; ) {
      const window = rdata[position] as number
      const length = rdata[position + 1] ?? 0
      const end = position + 2 + length
      if (end > rdata.length) return 'rdata-truncated'
      if (window <= previous) return 'rdata-order'
      // Windows without a type, and zero bytes at the end, must not be sent.
      if (length === 0 || length > MAX_WINDOW_BYTES || rdata[end - 1] === 0) return 'rdata-value'
      previous = window
      position = end
    }
    return rdata.length
  },
  format: (rdata, offset, end) => bitmapTypes(rdata.subarray(offset, end)).map(formatRecordType).join(' '),
  parse(tokens) {
    const types = tokens.takeRest().map((token) => {
      const type = parseRecordType(token)
      if (type === undefined) throw new WireError('rdata-syntax', 'a record type is neither a mnemonic nor TYPEnnn')
      return type
    })
    return typeBitmap(types)
  },
}
