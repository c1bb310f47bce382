import { bytes, type Codec, compareBytes, hash32, struct, text, uint } from '@cresset/core-codec'

/** Addresses that an organization holds: it confirms which hosts they belong to, and the ledger's name servers answer PTR there. */
export interface AddressRange {
  /** 4 bytes (IPv4) or 16 (IPv6), of which the first `prefixBits` bits count; the others are 0. */
  prefix: Uint8Array
  /** 8, 16 or 24 for IPv4; 16 to 124 in steps of 4 for IPv6: reverse zones end at bytes and hex digits (RFC 1035 3.5, RFC 3596 2.5). */
  prefixBits: number
  organization: string
  /** Account whose key confirms. */
  holder: Uint8Array
}

/** Each becomes a zone of the name servers. */
export const MAX_ADDRESS_RANGES = 256

export const addressRangeCodec: Codec<AddressRange> = struct({
  prefix: bytes({ minBytes: 4, maxBytes: 16 }),
  prefixBits: uint(128),
  organization: text({ maxBytes: 128 }),
  holder: hash32,
})

/** The first thing wrong, as one line that starts with the field. */
export function addressRangesProblem(ranges: readonly AddressRange[]): string | undefined {
  for (const [index, range] of ranges.entries()) {
    const problem = prefixProblem(range)
    if (problem !== undefined) return `addressRanges[${index}].${problem}`
    const other = ranges.findIndex((earlier, at) => at < index && overlap(earlier, range))
    if (other >= 0) return `addressRanges[${index}]: it overlaps with addressRanges[${other}]`
  }
  return undefined
}

function prefixProblem({ prefix, prefixBits }: AddressRange): string | undefined {
  if (prefix.length !== 4 && prefix.length !== 16) return 'prefix: an address has 4 or 16 bytes'
  const isIpv4 = prefix.length === 4
  const isStep = isIpv4
    ? prefixBits >= 8 && prefixBits <= 24 && prefixBits % 8 === 0
    : prefixBits >= 16 && prefixBits <= 124 && prefixBits % 4 === 0
  if (!isStep) return `prefixBits: ${prefixBits} is not ${isIpv4 ? '8, 16 or 24' : 'a multiple of 4 from 16 to 124'}`
  return compareBytes(masked(prefix, prefixBits), prefix) === 0 ? undefined : 'prefix: bits behind the prefix are not 0'
}

function overlap(a: AddressRange, b: AddressRange): boolean {
  const bits = Math.min(a.prefixBits, b.prefixBits)
  return a.prefix.length === b.prefix.length && compareBytes(masked(a.prefix, bits), masked(b.prefix, bits)) === 0
}

function masked(prefix: Uint8Array, bits: number): Uint8Array {
  return prefix.map((byte, index) => byte & (0xff << Math.min(8, Math.max(0, 8 * (index + 1) - bits))))
}
