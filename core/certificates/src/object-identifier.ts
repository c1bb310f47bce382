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

/** Contents octets (X.690 8.19) to dotted decimal. */
export function decodeObjectIdentifier(content: Uint8Array, maxBytes: number): string {
  const last = content.at(-1)
  if (last === undefined || content.length > maxBytes) throw new DerError('der-object-identifier', 'empty or too long')
  if (last >= 0x80) throw new DerError('der-object-identifier', 'the last arc is unfinished')
  const arcs: (number | bigint)[] = []
  let start = 0
  for (let end = 0; end < content.length; end++) {
    if ((content[end] as number) >= 0x80) continue
    if (content[start] === 0x80) throw new DerError('der-object-identifier', 'a padded arc')
    const arc = decodeArc(content.subarray(start, end + 1))
    if (start > 0) arcs.push(arc)
    // The first two arcs share a number: 40 × first + second.
    else if (arc < 80) arcs.push(arc < 40 ? 0 : 1, arc < 40 ? arc : Number(arc) - 40)
    else arcs.push(2, typeof arc === 'bigint' ? arc - 80n : arc - 80)
    start = end + 1
  }
  return arcs.join('.')
}

// Arcs may pass 2^53 (UUIDs have 128 bits); up to seven bytes are 49 bits.
function decodeArc(bytes: Uint8Array): number | bigint {
  if (bytes.length > 7) return bytes.reduce((arc, byte) => (arc << 7n) | BigInt(byte & 0x7f), 0n)
  let arc = 0
  for (const byte of bytes) arc = arc * 128 + (byte & 0x7f)
  return arc
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
