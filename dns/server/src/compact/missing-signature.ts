import { type Rrset, rrsigHead, rrsigLabels, rrsigSignedBytes } from '@cresset/dns-wire'
import type { SignatureTimes } from '../sign/times.ts'
import { type CompactDenial, SIGNATURE_BYTES, type SignatureRequest, type SigningKey } from '../zone-source.ts'

/** A signature that a response has room for, and does not have yet. */
export interface MissingSignature extends SignatureRequest {
  /** Who makes it. */
  readonly denial: CompactDenial
  /** Where its `SIGNATURE_BYTES` go in the message. */
  readonly offset: number
}

/** RDATA of an RRSIG whose signature, its last `SIGNATURE_BYTES`, is still zero, and what it is to sign. */
export function unsignedRrsig(
  apex: Uint8Array,
  rrset: Rrset,
  key: SigningKey,
  times: SignatureTimes,
): { rdata: Uint8Array; bytes: Uint8Array } {
  const head = rrsigHead({
    typeCovered: rrset.type,
    algorithm: key.algorithm,
    labels: rrsigLabels(rrset.owner),
    originalTtl: rrset.ttl,
    ...times,
    keyTag: key.tag,
    signer: apex,
  })
  const rdata = new Uint8Array(head.length + SIGNATURE_BYTES)
  rdata.set(head)
  return { rdata, bytes: rrsigSignedBytes(head, rrset) }
}
