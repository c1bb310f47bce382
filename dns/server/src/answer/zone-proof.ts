import { CompactProof } from '../compact/compact-proof.ts'
import type { Zone } from '../zone-source.ts'
import type { AbsenceProof } from './absence-proof.ts'
import { Proof } from './proof.ts'
import type { Response } from './response.ts'

/** What proves absence in the zone; undefined when nothing does. */
export function proofOf(response: Response, zone: Zone): AbsenceProof | undefined {
  const { chain, compact } = zone
  if (compact !== undefined) return new CompactProof(response, zone, compact)
  return chain && new Proof(response, chain)
}
