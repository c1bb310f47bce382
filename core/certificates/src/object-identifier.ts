import { DerError } from './der-error.ts'

/** Object identifiers by the names of the documents that define them, in dotted decimal. */
export const objectIdentifiers = {
  /** RFC 8410 section 3: key and signature algorithm alike. */
  ed25519: '1.3.101.112',
  /** RFC 5480 2.1.1. */
  ecPublicKey: '1.2.840.10045.2.1',
  /** secp256r1, RFC 5480 2.1.1.1. */
  p256: '1.2.840.10045.3.1.7',
  /** RFC 5758 3.2. */
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organizationName: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
} as const

/** Contents octets (X.690 8.19) to dotted decimal. Arcs may pass 2^53 (UUID arcs), so they are big integers. */
export function decodeObjectIdentifier(content: Uint8Array, maxBytes: number): string {
  const last = content.at(-1)
  if (last === undefined || content.length > maxBytes) throw new DerError('der-object-identifier', 'empty or too long')
  if (last >= 0x80) throw new DerError('der-object-identifier', 'the last arc is unfinished')
  const arcs: bigint[] = []
  let arc = 0n
  let isFirstByte = true
  for (const byte of content) {
    if (isFirstByte && byte === 0x80) throw new DerError('der-object-identifier', 'a padded arc')
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    isFirstByte = byte < 0x80
    if (!isFirstByte) continue
    if (arcs.length === 0) {
      const root = arc < 40n ? 0n : arc < 80n ? 1n : 2n
      arcs.push(root, arc - root * 40n)
    } else arcs.push(arc)
    arc = 0n
  }
  return arcs.join('.')
}

export function encodeObjectIdentifier(dotted: string): Uint8Array {
  const [root, second, ...rest] = dotted.split('.').map(BigInt)
  if (root === undefined || second === undefined || root > 2n || (root < 2n && second > 39n)) {
    throw new RangeError(`not an object identifier: ${dotted}`)
  }
  return Uint8Array.from([root * 40n + second, ...rest].flatMap(encodeArc))
}

function encodeArc(arc: bigint): number[] {
  const bytes = [Number(arc & 0x7fn)]
  for (let left = arc >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80)
  return bytes
}
