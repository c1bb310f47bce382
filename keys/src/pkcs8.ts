import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto'
import { type KeyPair, keyPairFromSecret } from '@cresset/core-crypto'

// RFC 8410 section 7: everything before the seed.
const ed25519Head = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKeyObject({ type, secret }: KeyPair): KeyObject {
  if (type === 'ed25519') {
    return createPrivateKey({ key: Buffer.concat([ed25519Head, secret]), format: 'der', type: 'pkcs8' })
  }
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(secret)
  const point = curve.getPublicKey()
  const coordinate = (from: number) => point.subarray(from, from + 32).toString('base64url')
  const d = Buffer.from(secret).toString('base64url')
  return createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d, x: coordinate(1), y: coordinate(33) },
    format: 'jwk',
  })
}

/** The private key as PKCS#8 PEM (RFC 5958). */
export function pkcs8Pem(pair: KeyPair): string {
  return privateKeyObject(pair).export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** The key pair in an unencrypted PKCS#8 PEM. Throws RangeError when it is neither Ed25519 nor P-256. */
export function keyPairFromPkcs8(pem: string): KeyPair {
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    // The library's message could quote the input.
    throw new RangeError('not an unencrypted PKCS#8 private key in PEM')
  }
  const { crv, d } = key.export({ format: 'jwk' })
  if (d === undefined || (crv !== 'Ed25519' && crv !== 'P-256'))
    throw new RangeError('neither an Ed25519 nor a P-256 key')
  return keyPairFromSecret(crv === 'Ed25519' ? 'ed25519' : 'p256', Buffer.from(d, 'base64url'))
}
