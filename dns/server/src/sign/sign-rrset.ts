import { type Rrset, rrsigHead, rrsigLabels, rrsigSignedBytes } from '@cresset/dns-wire'
import type { SigningKey } from '../zone-source.ts'
import type { SignatureTimes } from './times.ts'
import type { ZoneKey } from './zone-key.ts'

/**
 * RDATA of the RRSIG by `key` over an RRset up to its signature, and what this is to sign. Names in the RRset are as they are signed: in lower
 * case where RFC 4034 section 6.2 asks for it.
 */
export function unsignedRrsig(
  apex: Uint8Array,
  rrset: Rrset,
  key: SigningKey,
  times: SignatureTimes,
): { head: Uint8Array; bytes: Uint8Array } {
  const head = rrsigHead({
    typeCovered: rrset.type,
    algorithm: key.algorithm,
    labels: rrsigLabels(rrset.owner),
    originalTtl: rrset.ttl,
    ...times,
    keyTag: key.tag,
    signer: apex,
  })
  return { head, bytes: rrsigSignedBytes(head, rrset) }
}

/** The same RDATA with its signature. */
export function signRrset(apex: Uint8Array, rrset: Rrset, key: ZoneKey, times: SignatureTimes): Uint8Array {
  const { head, bytes } = unsignedRrsig(apex, rrset, key, times)
  return Buffer.concat([head, key.sign(bytes)])
}
