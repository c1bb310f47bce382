import type { KeyType, PublicKey } from '@cresset/core-crypto'

/** CKA_EC_PARAMS: the curve's object identifier, DER. */
export const curves = {
  ed25519: Uint8Array.of(0x06, 0x03, 0x2b, 0x65, 0x70),
  p256: Uint8Array.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07),
} as const satisfies Record<KeyType, Uint8Array>

/** PKCS#11 3.0 also allows the curve's name as a PrintableString. */
export const edwardsName = Uint8Array.of(0x13, 12, ...new TextEncoder().encode('edwards25519'))

/**
 * The tagged public key in a CKA_EC_POINT: an OCTET STRING, or its content as some tokens give it; the length tells which. Undefined
 * when it is no point of that type by its length; whether it is on the curve is for `publicKeyProblem`.
 */
export function publicKeyFromPoint(type: KeyType, point: Uint8Array): PublicKey | undefined {
  const lengths = type === 'ed25519' ? [32] : [65, 33]
  const isWrapped = lengths.includes(point.length - 2) && point[0] === 0x04 && point[1] === point.length - 2
  const content = isWrapped ? point.subarray(2) : point
  if (!lengths.includes(content.length)) return undefined
  if (type === 'ed25519') return Uint8Array.of(1, ...content)
  if (content.length === 33) return Uint8Array.of(2, ...content)
  const isOdd = ((content[64] as number) & 1) === 1
  return content[0] === 4 ? Uint8Array.of(2, isOdd ? 3 : 2, ...content.subarray(1, 33)) : undefined
}
