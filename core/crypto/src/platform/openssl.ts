import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { toHex } from '@cresset/core-codec'
import type { Ed25519Backend, P256Backend } from './interface.ts'

// DER before the raw key: RFC 8410 for Ed25519, RFC 5480 with a compressed point for P-256.
const ed25519PublicHead = Buffer.from('302a300506032b6570032100', 'hex')
const ed25519PrivateHead = Buffer.from('302e020100300506032b657004220420', 'hex')
const p256PublicHead = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')

const CACHED_KEYS = 4096

/** Parsed public keys, the longest unused dropped first: parsing costs as much as half a check. */
function keyCache(head: Buffer): (publicKey: Uint8Array) => KeyObject {
  const keys = new Map<string, KeyObject>()
  return (publicKey) => {
    const name = toHex(publicKey)
    const known = keys.get(name)
    const key = known ?? createPublicKey({ key: Buffer.concat([head, publicKey]), format: 'der', type: 'spki' })
    if (known !== undefined) keys.delete(name)
    else if (keys.size >= CACHED_KEYS) keys.delete(keys.keys().next().value as string)
    keys.set(name, key)
    return key
  }
}

const ed25519Key = keyCache(ed25519PublicHead)
const p256Key = keyCache(p256PublicHead)

export const opensslEd25519: Ed25519Backend = {
  name: 'openssl',
  verify(publicKey, message, signature) {
    return verify(null, message, ed25519Key(publicKey), signature)
  },
  signerOf(seed) {
    const key = createPrivateKey({ key: Buffer.concat([ed25519PrivateHead, seed]), format: 'der', type: 'pkcs8' })
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
    return {
      publicKey: new Uint8Array(spki.subarray(ed25519PublicHead.length)),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    }
  },
}

export const opensslP256: P256Backend = {
  name: 'openssl',
  verify(publicKey, message, signature) {
    let key: KeyObject
    try {
      key = p256Key(publicKey)
    } catch {
      return false
    }
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  },
  publicKeyOf(secret) {
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(secret)
    return new Uint8Array(pair.getPublicKey(null, 'compressed'))
  },
}

export function opensslSha256Into(output: Uint8Array, offset: number, input: Uint8Array): void {
  output.set(createHash('sha256').update(input).digest(), offset)
}
