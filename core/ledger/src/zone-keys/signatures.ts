import { equalBytes } from '@cresset/core-codec'
import { checkSignature, keyTypeOf, lowSignature } from '@cresset/core-crypto'
import {
  lowerCaseName,
  parseAbsoluteName,
  RecordType,
  type Rrsig,
  readRrsig,
  rrsigLabels,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import type { Refusal } from '../codes.ts'
import type { ZoneDnskey } from './zone-dnskey.ts'

/** How long a signature may still hold: who was removed can show an old set of keys to resolvers for as long. */
export const longestZoneSignatureSeconds = 60 * 86_400

/** Why these do not sign a zone's DNSKEY records as resolvers will ask for it, or undefined. */
export function zoneSignaturesProblem(
  zone: string,
  ttlSeconds: number,
  keys: readonly ZoneDnskey[],
  signatures: readonly Uint8Array[],
  timeMs: number,
): Refusal | undefined {
  const owner = lowerCaseName(parseAbsoluteName(zone))
  const rrset = { owner, type: RecordType.DNSKEY, ttl: ttlSeconds, rdatas: keys.map(({ rdata }) => rdata) }
  const nowSeconds = Math.floor(timeMs / 1_000)
  let isCurrent = false
  for (const rdata of signatures) {
    const signature = readRrsig(rdata)
    const key = signature && keys.find(({ tag, isAnchor }) => isAnchor && tag === signature.keyTag)
    if (signature === undefined || key === undefined || !isOf(signature, owner, ttlSeconds, key))
      return 'zone-signature-bad'
    // RFC 4034 section 3.1.5: times count in a circle of 32 bits.
    const secondsLeft = (signature.expiration - nowSeconds) | 0
    const secondsHeld = (nowSeconds - signature.inception) | 0
    if (((signature.expiration - signature.inception) | 0) <= 0) return 'zone-signature-bad'
    if (secondsLeft > longestZoneSignatureSeconds) return 'zone-signature-too-long'
    if (!isSignedBy(key, rrsigSignedBytes(signature.head, rrset), signature.signature)) {
      return 'zone-signature-bad'
    }
    if (!key.isRevoked && secondsHeld >= 0 && secondsLeft > 0) isCurrent = true
  }
  return isCurrent ? undefined : 'zone-signature-not-current'
}

/** Signers of DNSSEC give either of the two values of s that hold alike (RFC 6605); the ledger's own signatures have the lower one. */
function isSignedBy({ publicKey }: ZoneDnskey, message: Uint8Array, signature: Uint8Array): boolean {
  const isP256 = keyTypeOf(publicKey) === 'p256'
  return checkSignature(publicKey, message, isP256 ? lowSignature(signature) : signature)
}

function isOf(signature: Rrsig, owner: Uint8Array, ttlSeconds: number, { algorithm }: ZoneDnskey): boolean {
  return (
    signature.typeCovered === RecordType.DNSKEY &&
    signature.algorithm === algorithm &&
    signature.labels === rrsigLabels(owner) &&
    signature.originalTtl === ttlSeconds &&
    equalBytes(signature.signer, owner)
  )
}
