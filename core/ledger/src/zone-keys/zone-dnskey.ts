import { compressPoint, expandPoint } from '@cresset/core-certificates'
import { concatBytes } from '@cresset/core-codec'
import { keyTypes, type PublicKey, publicKeyProblem } from '@cresset/core-crypto'
import { DnskeyFlag, DnssecAlgorithm, dnskeyRdata, keyTag, readDnskey } from '@cresset/dns-wire'

/** A DNSKEY as the ledger allows it. */
export interface ZoneDnskey {
  readonly rdata: Uint8Array
  readonly algorithm: number
  /** Tagged. */
  readonly publicKey: PublicKey
  readonly isAnchor: boolean
  /** RFC 5011 section 2.1; anchors alone can be. */
  readonly isRevoked: boolean
  readonly tag: number
  /** The tag that the key has with, or without, REVOKE: signatures name keys by tags alone. */
  readonly otherTag: number
}

const anchorFlags: number = DnskeyFlag.ZONE | DnskeyFlag.SEP
const revokedFlags: number = anchorFlags | DnskeyFlag.REVOKE
const UNCOMPRESSED_POINT = Uint8Array.of(4)

/** The DNSKEY record of a tagged key. */
export function zoneDnskeyRdata(publicKey: PublicKey, flags: number): Uint8Array {
  const key = publicKey.subarray(1)
  if (publicKey[0] === keyTypes.ed25519) {
    return dnskeyRdata({ flags, algorithm: DnssecAlgorithm.ED25519, publicKey: key })
  }
  return dnskeyRdata({ flags, algorithm: DnssecAlgorithm.ECDSAP256SHA256, publicKey: expandPoint(key).subarray(1) })
}

/** Undefined for other flags, other algorithms than Ed25519 and P-256, and keys that are not sound. */
export function readZoneDnskey(rdata: Uint8Array): ZoneDnskey | undefined {
  const dnskey = readDnskey(rdata)
  if (dnskey === undefined) return undefined
  const { flags, algorithm } = dnskey
  if (flags !== DnskeyFlag.ZONE && flags !== anchorFlags && flags !== revokedFlags) return undefined
  const publicKey = taggedKey(algorithm, dnskey.publicKey)
  if (publicKey === undefined || publicKeyProblem(publicKey) !== undefined) return undefined
  return {
    rdata,
    algorithm,
    publicKey,
    isAnchor: flags !== DnskeyFlag.ZONE,
    isRevoked: flags === revokedFlags,
    tag: keyTag(rdata),
    otherTag: keyTag(dnskeyRdata({ ...dnskey, flags: flags ^ DnskeyFlag.REVOKE })),
  }
}

function taggedKey(algorithm: number, key: Uint8Array): PublicKey | undefined {
  if (algorithm === DnssecAlgorithm.ED25519) {
    return key.length === 32 ? concatBytes(Uint8Array.of(keyTypes.ed25519), key) : undefined
  }
  if (algorithm !== DnssecAlgorithm.ECDSAP256SHA256) return undefined
  // RFC 6605 section 4: x and y, without the byte that SEC 1 puts before them.
  const point = compressPoint(concatBytes(UNCOMPRESSED_POINT, key))
  return point && concatBytes(Uint8Array.of(keyTypes.p256), point)
}
