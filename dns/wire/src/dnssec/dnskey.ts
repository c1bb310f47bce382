import { readUint16, writeUint16 } from '../integers.ts'

/** RFC 8624 section 3.1: what new zones are signed with. */
export const DnssecAlgorithm = { ECDSAP256SHA256: 13, ED25519: 15 } as const

/** RFC 4034 section 2.1.1 and RFC 5011 section 3; SEP marks the key that the zone above or a trust anchor names. */
export const DnskeyFlag = { ZONE: 256, SEP: 1, REVOKE: 128 } as const

const PROTOCOL = 3
const FIXED_BYTES = 4

/** RDATA of a DNSKEY record (RFC 4034 section 2.1). */
export interface Dnskey {
  readonly flags: number
  readonly algorithm: number
  /** As its algorithm writes it: 32 bytes of Ed25519 (RFC 8080), 64 of P-256 (RFC 6605). */
  readonly publicKey: Uint8Array
}

export function dnskeyRdata({ flags, algorithm, publicKey }: Dnskey): Uint8Array {
  const rdata = new Uint8Array(FIXED_BYTES + publicKey.length)
  writeUint16(rdata, 0, flags)
  rdata[2] = PROTOCOL
  rdata[3] = algorithm
  rdata.set(publicKey, FIXED_BYTES)
  return rdata
}

/** Undefined for what is too short or has another protocol. */
export function readDnskey(rdata: Uint8Array): Dnskey | undefined {
  if (rdata.length <= FIXED_BYTES || rdata[2] !== PROTOCOL) return undefined
  return { flags: readUint16(rdata, 0), algorithm: rdata[3] as number, publicKey: rdata.subarray(FIXED_BYTES) }
}

/** RFC 4034 appendix B, for all algorithms but the first one, RSA/MD5. */
export function keyTag(dnskey: Uint8Array): number {
  let sum = 0
  for (const [index, byte] of dnskey.entries()) sum += (index & 1) === 0 ? byte << 8 : byte
  return (sum + (sum >>> 16)) & 0xffff
}
