import { concatBytes, toHex } from '@cresset/core-codec'
import { MAX_RDATA_BYTES } from '../limits.ts'
import { WireError } from '../wire-error.ts'
import { parseHex } from './binary-fields.ts'
import { canonicalRdata, checkRdata, fieldEnds } from './check.ts'
import { rdataFormat } from './formats.ts'
import { parseInteger } from './integer-fields.ts'
import { TokenReader, tokenize } from './tokens.ts'

/**
 * RDATA from master file text, e.g. `10 mail.shop.acme.` for MX; generic text `\# LENGTH HEX` (RFC 3597 section 5) works for
 * every type. Relative names are completed by `origin`; names become lower-case. Throws `WireError`.
 */
export function parseRdata(type: number, text: string, origin?: Uint8Array): Uint8Array {
  return parseRdataTokens(type, tokenize(text), origin)
}

/** Like `parseRdata`, for text that is split into tokens already. */
export function parseRdataTokens(type: number, tokens: readonly string[], origin?: Uint8Array): Uint8Array {
  const reader = new TokenReader(tokens)
  const format = rdataFormat(type)
  if (tokens[0] === '\\#') return parseGeneric(type, reader)
  if (format === undefined)
    throw new WireError('type-unknown', 'this type has no text form of its own; write \\# LENGTH HEX')
  const rdata = concatBytes(...format.fields.map((field) => field.parse(reader, origin)))
  if (!reader.isAtEnd) throw new WireError('rdata-syntax', 'the record has text after its last field')
  return accept(type, rdata)
}

function parseGeneric(type: number, reader: TokenReader): Uint8Array {
  reader.take('\\#')
  const length = parseInteger(reader.take('length'), MAX_RDATA_BYTES, 'length')
  const rdata = parseHex(reader.takeRest().join(''))
  if (rdata.length !== length)
    throw new WireError('rdata-syntax', 'generic record text has another length than it says')
  return rdataFormat(type) === undefined ? rdata : accept(type, canonicalRdata(type, rdata))
}

function accept(type: number, rdata: Uint8Array): Uint8Array {
  const code = checkRdata(type, rdata)
  if (code !== undefined) throw new WireError('rdata-syntax', `the record is not well-formed: ${code}`)
  return rdata
}

/**
 * RDATA as master file text that `parseRdata` reads back. What is not well-formed, or of a type without a layout, comes out in
 * the generic form. Names keep the case they have.
 */
export function formatRdata(type: number, rdata: Uint8Array): string {
  const format = rdataFormat(type)
  const ends = format === undefined ? undefined : fieldEnds(format, rdata)
  if (format === undefined || !Array.isArray(ends))
    return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${toHex(rdata)}`
  const texts = format.fields.map((field, index) => field.format(rdata, ends[index - 1] ?? 0, ends[index] as number))
  return texts.filter((text) => text !== '').join(' ')
}
