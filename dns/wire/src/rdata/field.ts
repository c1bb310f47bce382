import type { TokenReader } from './tokens.ts'

/**
 * Why RDATA is not a well-formed record of its type.
 *
 * `rdata-truncated`: ends inside a field. `rdata-trailing`: bytes after the last field. `rdata-empty`: a field that must have
 * bytes has none. `rdata-name`: not an uncompressed name. `rdata-name-case`: a name with upper-case letters, so not canonical
 * (RFC 4034 section 6.2). `rdata-value`: a number, length or character that the type's standard does not define.
 * `rdata-order`: service parameters or type bitmap windows not strictly rising. `rdata-parameter`: a service parameter that is
 * malformed, or that the others do not allow (RFC 9460). `type-refused`: the type, or an unknown one, has no place in a record
 * set. `rdata-too-long`: over 65,535 bytes.
 */
export type RdataCode =
  | 'rdata-truncated'
  | 'rdata-trailing'
  | 'rdata-empty'
  | 'rdata-name'
  | 'rdata-name-case'
  | 'rdata-value'
  | 'rdata-order'
  | 'rdata-parameter'
  | 'rdata-too-long'
  | 'type-refused'

/** One field of RDATA: how it is checked, and how it is written as text and read from it. */
export interface Field {
  /** Offset behind the field that starts at `offset`, or why it is malformed. `offset` is at most the length. */
  check(rdata: Uint8Array, offset: number): number | RdataCode
  /** False when a well-formed field is not in canonical form (RFC 4034 section 6.2). Absent: always canonical. */
  isCanonical?(rdata: Uint8Array, offset: number, end: number): boolean
  /** The field as text; only called after `check` accepted it. */
  format(rdata: Uint8Array, offset: number, end: number): string
  /** The field's bytes from the next token or tokens. Throws `WireError`. */
  parse(tokens: TokenReader, origin: Uint8Array | undefined): Uint8Array
}

/** `end` when it lies within the RDATA. */
export function within(rdata: Uint8Array, end: number): number | RdataCode {
  return end > rdata.length ? 'rdata-truncated' : end
}
