import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { DnskeyFlag, DnssecAlgorithm, dnskeyRdata, keyTag, lowerCaseName, writeUint16 } from '@cresset/dns-wire'

/** RFC 4034 section 2.1.1; the second with the SEP bit, for the key that the parent or an anchor names. */
export const DnskeyFlags = { zone: DnskeyFlag.ZONE, entryPoint: DnskeyFlag.ZONE | DnskeyFlag.SEP } as const

const SHA256_DIGEST = 2

/** A key that signs a zone's RRsets. */
export interface ZoneKey {
  readonly algorithm: number
  readonly flags: number
  /** RDATA of its DNSKEY record. */
  readonly dnskey: Uint8Array
  /** RFC 4034 appendix B. */
  readonly tag: number
  /** 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
  /** The same later; in another thread, if the key is one that can be used there. */
  signLater(bytes: Uint8Array): Promise<Uint8Array>
}

/** A signing key from a private key, Ed25519 or P-256. Throws RangeError for any other. */
export function zoneKeyOf(key: KeyObject, flags: number): ZoneKey {
  const { kty, crv, x = '', y = '' } = key.export({ format: 'jwk' })
  const isEdwards = kty === 'OKP' && crv === 'Ed25519'
  if (!isEdwards && !(kty === 'EC' && crv === 'P-256')) throw new RangeError('a zone is signed by Ed25519 or P-256')
  const algorithm = isEdwards ? DnssecAlgorithm.ED25519 : DnssecAlgorithm.ECDSAP256SHA256
  const publicKey = Buffer.concat([x, y].map((part) => Buffer.from(part, 'base64url')))
  const dnskey = dnskeyRdata({ flags, algorithm, publicKey })
  // RFC 6605 section 4: r and s one after the other.
  const options = isEdwards ? key : ({ key, dsaEncoding: 'ieee-p1363' } as const)
  const hash = isEdwards ? null : 'sha256'
  return {
    algorithm,
    flags,
    dnskey,
    tag: keyTag(dnskey),
    sign: (bytes) => sign(hash, bytes, options),
    signLater: (bytes) =>
      new Promise((resolve, reject) => {
        sign(hash, bytes, options, (error, signature) => (error === null ? resolve(signature) : reject(error)))
      }),
  }
}

/** A signing key from PKCS #8 text. Throws RangeError, and what node:crypto throws for text that is none. */
export function zoneKeyFromPem(pem: string, flags: number): ZoneKey {
  return zoneKeyOf(createPrivateKey(pem), flags)
}

/** RDATA of the DS record that names the key at the zone above (RFC 4034 section 5.1.4, RFC 4509): its SHA-256. */
export function dsRdata(apex: Uint8Array, dnskey: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(lowerCaseName(apex)).update(dnskey).digest()
  const rdata = new Uint8Array(4 + digest.length)
  writeUint16(rdata, 0, keyTag(dnskey))
  rdata[2] = dnskey[3] as number
  rdata[3] = SHA256_DIGEST
  rdata.set(digest, 4)
  return rdata
}
