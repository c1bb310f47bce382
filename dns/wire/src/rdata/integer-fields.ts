import { readUint16, readUint32, writeUint16, writeUint32 } from '../integers.ts'
import { formatRecordType, parseRecordType } from '../record-type.ts'
import { WireError } from '../wire-error.ts'
import { type Field, within } from './field.ts'
import { formatTimestamp, parseTimestamp } from './timestamp.ts'

/** Reads a decimal number of at most `maximum`. Throws `WireError` rdata-syntax. */
export function parseInteger(token: string, maximum: number, what: string): number {
  const value = /^[0-9]{1,10}$/.test(token) ? Number(token) : Number.NaN
  if (!(value <= maximum)) throw new WireError('rdata-syntax', `${what} must be a whole number up to ${maximum}`)
  return value
}

function integerField(size: 1 | 2 | 4, what: string, isDefined: (value: number) => boolean): Field {
  const read = (rdata: Uint8Array, offset: number): number => {
    if (size === 1) return rdata[offset] as number
    return size === 2 ? readUint16(rdata, offset) : readUint32(rdata, offset)
  }
  return {
    check(rdata, offset) {
      if (offset + size > rdata.length) return 'rdata-truncated'
      return isDefined(read(rdata, offset)) ? offset + size : 'rdata-value'
    },
    format: (rdata, offset) => String(read(rdata, offset)),
    parse(tokens) {
      const value = parseInteger(tokens.take(what), 2 ** (8 * size) - 1, what)
      const bytes = new Uint8Array(size)
      if (size === 1) bytes[0] = value
      else if (size === 2) writeUint16(bytes, 0, value)
      else writeUint32(bytes, 0, value)
      return bytes
    },
  }
}

const isAny = (): boolean => true

/** An unsigned number of one byte; `defined` lists the values that a strict check accepts. */
export function uint8(what: string, defined?: readonly number[]): Field {
  return integerField(1, what, defined === undefined ? isAny : (value) => defined.includes(value))
}

/** An unsigned number of two bytes. */
export function uint16(what: string): Field {
  return integerField(2, what, isAny)
}

/** An unsigned number of four bytes of at most `maximum`. */
export function uint32(what: string, maximum = 2 ** 32 - 1): Field {
  return integerField(4, what, (value) => value <= maximum)
}

/** A number of two bytes that text may also give by mnemonic (RFC 4398 section 2.1). */
export function mnemonicUint16(what: string, mnemonics: ReadonlyMap<number, string>): Field {
  const field = integerField(2, what, (value) => mnemonics.has(value))
  return {
    check: field.check,
    format: (rdata, offset) => mnemonics.get(readUint16(rdata, offset)) ?? String(readUint16(rdata, offset)),
    parse(tokens) {
      const token = tokens.take(what)
      const known = [...mnemonics].find(([, mnemonic]) => mnemonic === token)
      const bytes = new Uint8Array(2)
      writeUint16(bytes, 0, known === undefined ? parseInteger(token, 65_535, what) : known[0])
      return bytes
    },
  }
}

/** A record type by mnemonic. */
export const typeField: Field = {
  check: (rdata, offset) => within(rdata, offset + 2),
  format: (rdata, offset) => formatRecordType(readUint16(rdata, offset)),
  parse(tokens) {
    const type = parseRecordType(tokens.take('type'))
    if (type === undefined) throw new WireError('rdata-syntax', 'a record type is neither a mnemonic nor TYPEnnn')
    const bytes = new Uint8Array(2)
    writeUint16(bytes, 0, type)
    return bytes
  },
}

/** Seconds since 1970 in four bytes, as YYYYMMDDHHmmSS (RFC 4034 section 3.2). */
export const timestampField: Field = {
  check: (rdata, offset) => within(rdata, offset + 4),
  format: (rdata, offset) => formatTimestamp(readUint32(rdata, offset)),
  parse(tokens) {
    const token = tokens.take('time')
    const seconds = token.length === 14 ? parseTimestamp(token) : parseInteger(token, 2 ** 32 - 1, 'time')
    if (seconds === undefined) throw new WireError('rdata-syntax', 'a time is not a date between 1970 and 2106')
    const bytes = new Uint8Array(4)
    writeUint32(bytes, 0, seconds)
    return bytes
  },
}
