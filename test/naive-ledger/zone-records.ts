import { compareBytes, concatBytes, equalBytes, utf8 } from '@cresset/core-codec'
import { checkSignature, lowSignature, publicKeyProblem } from '@cresset/core-crypto'

/** Keys and signatures of a zone as RFC 4034 and RFC 6605 write them, apart from dns/wire. */

export const zoneFlags = { node: 256, anchor: 257, revoked: 385 } as const
const revoke = 128
const dnskeyType = 48
const ed25519 = 15
const p256 = 13
const fieldBytes = 32

/** y² = x³ − 3x + b modulo this prime (FIPS 186-5, P-256). */
const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
const u32 = (value: number): Uint8Array => concatBytes(u16(Math.floor(value / 65_536)), u16(value % 65_536))
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

export interface ZoneKey {
  rdata: Uint8Array
  flags: number
  algorithm: number
  /** As everywhere in the ledger. */
  publicKey: Uint8Array
}

/** A key out of the data of its DNSKEY record; undefined for one of another form, or not sound. */
export function readZoneKey(rdata: Uint8Array): ZoneKey | undefined {
  const [flags, protocol, algorithm] = [view(rdata).getUint16(0), rdata[2], rdata[3] as number]
  const isKnown = flags === zoneFlags.node || flags === zoneFlags.anchor || flags === zoneFlags.revoked
  const publicKey = taggedKey(algorithm, rdata.subarray(4))
  if (!isKnown || protocol !== 3 || publicKey === undefined || publicKeyProblem(publicKey) !== undefined)
    return undefined
  return { rdata, flags, algorithm, publicKey }
}

function taggedKey(algorithm: number, key: Uint8Array): Uint8Array | undefined {
  if (algorithm === ed25519) return key.length === fieldBytes ? concatBytes(Uint8Array.of(1), key) : undefined
  if (algorithm !== p256 || key.length !== 2 * fieldBytes) return undefined
  const [x, y] = [numberOf(key.subarray(0, fieldBytes)), numberOf(key.subarray(fieldBytes))]
  const isOnCurve = x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n
  return isOnCurve ? concatBytes(Uint8Array.of(2, y % 2n === 0n ? 2 : 3), key.subarray(0, fieldBytes)) : undefined
}

/** The data of a DNSKEY record. */
export function zoneKeyData(publicKey: Uint8Array, flags: number): Uint8Array {
  const algorithm = publicKey[0] === 1 ? ed25519 : p256
  const key = algorithm === ed25519 ? publicKey.subarray(1) : expanded(publicKey.subarray(1))
  return concatBytes(u16(flags), Uint8Array.of(3, algorithm), key)
}

/** Both coordinates of a compressed point. */
function expanded(point: Uint8Array): Uint8Array {
  const x = numberOf(point.subarray(1))
  // The prime is 3 modulo 4, so this power is a square root.
  const root = power((((x * x * x - 3n * x + b) % prime) + prime) % prime, (prime + 1n) / 4n)
  const y = root % 2n === BigInt((point[0] as number) - 2) ? root : prime - root
  const bytes = Uint8Array.from({ length: fieldBytes }, (_, at) => Number((y >> BigInt(8 * (31 - at))) & 255n))
  return concatBytes(point.subarray(1), bytes)
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % prime
    if (bit === '1') result = (result * base) % prime
  }
  return result
}

/** RFC 4034 appendix B. */
export function tagOf(rdata: Uint8Array): number {
  let sum = 0
  for (const [at, byte] of rdata.entries()) sum += at % 2 === 0 ? byte * 256 : byte
  return (sum + Math.floor(sum / 65_536)) % 65_536
}

/** The tag that the key would have with the other state of the bit REVOKE. */
export function otherTagOf(rdata: Uint8Array): number {
  return tagOf(rdata.with(1, (rdata[1] as number) ^ revoke))
}

/** An uncompressed name in lower case, as ledgers list their zones. */
export function nameBytes(zone: string): Uint8Array {
  return concatBytes(
    ...zone.split('.').flatMap((label) => [Uint8Array.of(label.length), utf8(label)]),
    Uint8Array.of(0),
  )
}

export interface SignatureHead {
  covered: number
  algorithm: number
  labels: number
  ttl: number
  expiration: number
  inception: number
  tag: number
  signer: Uint8Array
}

export function signatureHeadOver(zone: string, head: Omit<SignatureHead, 'covered' | 'labels' | 'signer'>) {
  return { covered: dnskeyType, labels: zone.split('.').length, signer: nameBytes(zone), ...head }
}

/** The data of an RRSIG record up to its signature. */
export function headBytes(head: SignatureHead): Uint8Array {
  const { covered, algorithm, labels, ttl, expiration, inception, tag, signer } = head
  const start = concatBytes(u16(covered), Uint8Array.of(algorithm, labels), u32(ttl))
  return concatBytes(start, u32(expiration), u32(inception), u16(tag), signer)
}

/** What a signature over the keys of a zone covers. */
export function signedKeys(zone: string, ttl: number, keys: readonly Uint8Array[], head: Uint8Array): Uint8Array {
  const owner = nameBytes(zone)
  const records = [...keys].sort(compareBytes).map((rdata) => {
    return concatBytes(owner, u16(dnskeyType), u16(1), u32(ttl), u16(rdata.length), rdata)
  })
  return concatBytes(head, ...records)
}

/** The head of an RRSIG record's data; undefined if its fields are not those of one over the zone's DNSKEY records. */
export function readSignature(rdata: Uint8Array, zone: string, algorithm: number, ttl: number) {
  const signer = nameBytes(zone)
  const bytes = 18 + signer.length
  if (rdata.length !== bytes + 64) return undefined
  const data = view(rdata)
  const [expiration, inception, tag] = [data.getUint32(8), data.getUint32(12), data.getUint16(16)]
  const wanted = headBytes(signatureHeadOver(zone, { algorithm, ttl, expiration, inception, tag }))
  if (!equalBytes(rdata.subarray(0, bytes), wanted)) return undefined
  return { expiration, inception, tag, head: wanted, signature: rdata.subarray(bytes) }
}

/** RFC 6605 and 8080; an ECDSA signature may have either s. */
export function isSignedBy({ publicKey, algorithm }: ZoneKey, text: Uint8Array, signature: Uint8Array): boolean {
  return checkSignature(publicKey, text, algorithm === p256 ? lowSignature(signature) : signature)
}

/** How much later `a` is than `b`, in seconds: below 0 when it is earlier (RFC 1982). */
export function secondsAfter(a: number, b: number): number {
  const difference = (((a - b) % 2 ** 32) + 2 ** 32) % 2 ** 32
  return difference < 2 ** 31 ? difference : difference - 2 ** 32
}
