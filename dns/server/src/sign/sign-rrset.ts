import { type Rrset, rrsigHead, rrsigLabels, rrsigSignedBytes } from '@cresset/dns-wire'
import type { SignatureTimes } from './times.ts'
import type { ZoneKey } from './zone-key.ts'

/** RDATA of the RRSIG by `key` over an RRset whose names are as they are signed: in lower case where RFC 4034 section 6.2 asks for it. */
export function signRrset(apex: Uint8Array, rrset: Rrset, key: ZoneKey, times: SignatureTimes): Uint8Array {
  const head = rrsigHead({
    typeCovered: rrset.type,
    algorithm: key.algorithm,
    labels: rrsigLabels(rrset.owner),
    originalTtl: rrset.ttl,
    ...times,
    keyTag: key.tag,
    signer: apex,
  })
  return Buffer.concat([head, key.sign(rrsigSignedBytes(head, rrset))])
}
