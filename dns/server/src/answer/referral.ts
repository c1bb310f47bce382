import { isAtOrBelow, nameEnd, RecordType } from '@cresset/dns-wire'
import { rdatasOf } from '../records.ts'
import { hasProofs, NO_OWNER, type Owner, type Zone, type ZoneSource } from '../zone-source.ts'
import { type Location, locate } from './locate.ts'
import type { Response } from './response.ts'
import { proofOf } from './zone-proof.ts'

/** Servers beside the cut that are looked up: a bound on work, as a registrant chooses how many there are. */
const MAX_SIBLINGS = 16
const GLUE_TYPES = [RecordType.A, RecordType.AAAA] as const

/** Sends the reader to the servers below a cut (RFC 1034 section 4.3.2 step 3b). The cut's name starts at `bytes[offset]`. */
export function addReferral(
  response: Response,
  source: ZoneSource,
  zone: Zone,
  { owner, offset }: Location,
  bytes: Uint8Array,
  isDnssecOk: boolean,
): void {
  const records = zone.rrset(owner, RecordType.NS)
  if (records === undefined) return
  response.addRequired('authority', bytes, offset, records)
  const cut = bytes.subarray(offset, nameEnd(bytes, offset))
  if (isDnssecOk) addSigners(response, zone, owner, cut)
  const servers = rdatasOf(records)
  // RFC 9471: without the addresses of servers below the cut the reader is stuck, so a response without them is truncated.
  for (const server of servers.filter((name) => isAtOrBelow(name, cut))) addGlue(response, zone, server)
  const others = servers.filter((name) => !isAtOrBelow(name, cut)).slice(0, MAX_SIBLINGS)
  for (const server of others) addSibling(response, source, server, isDnssecOk)
}

/** RFC 4035 section 3.1.4: the DS of the zone below, or the proof that it is not signed. */
function addSigners(response: Response, zone: Zone, owner: Owner, cut: Uint8Array): void {
  const signers = zone.rrset(owner, RecordType.DS)
  if (signers === undefined) {
    proofOf(response, zone)?.noData(cut, owner)
    return
  }
  response.addRequired('authority', cut, 0, signers)
  const signatures = zone.signatures(owner, RecordType.DS)
  if (signatures !== undefined) response.addRequired('authority', cut, 0, signatures)
}

function addGlue(response: Response, zone: Zone, server: Uint8Array): void {
  const owner = zone.find(server, 0)
  if (owner === NO_OWNER) return
  for (const type of GLUE_TYPES) {
    const records = zone.rrset(owner, type)
    if (records !== undefined) response.addRequired('additional', server, 0, records)
  }
}

/** Addresses in zones held here, also glue below another cut (RFC 9471 section 2.2): they save a question, no more. */
function addSibling(response: Response, source: ZoneSource, server: Uint8Array, isDnssecOk: boolean): void {
  const zone = source.findZone(server, 0)
  if (zone === undefined) return
  const location = locate(zone, server, 0)
  const isWildcard = location.kind === 'wildcard'
  // What a wildcard gives can be checked only with a proof, and there is none in this section.
  if (isWildcard && isDnssecOk && hasProofs(zone)) return
  const owner = isWildcard ? location.owner : zone.find(server, 0)
  if (owner === NO_OWNER) return
  for (const type of GLUE_TYPES) {
    const records = zone.rrset(owner, type)
    if (records === undefined || !response.addRrset('additional', server, 0, records)) continue
    // RFC 4035 section 3.1.1: data of the zone comes with its signature where there is room; glue has none.
    const signatures = isDnssecOk ? zone.signatures(owner, type) : undefined
    if (signatures !== undefined) response.addRrset('additional', server, 0, signatures)
  }
}
