import { formatName, RecordType, type Rrset } from '@cresset/dns-wire'
import { rdatasOf, ttlOf } from '../records.ts'
import { type Delegation, delegationRrsets } from '../sign/delegation-records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'

/** Copies of other zones' CDS and CDNSKEY records, for the zone above those that has no other reason yet to believe them. */
export interface Signals {
  readonly rrsets: readonly Rrset[]
  /** The same for the same records. */
  readonly text: string
}

export const NO_SIGNALS: Signals = { rrsets: [], text: '' }

interface SignallingZone {
  readonly apex: Uint8Array
  readonly zone: MemoryZone
  readonly delegation?: Delegation | undefined
}

const MAX_NAME_BYTES = 255
const ROOT_BYTES = 1
const encoder = new TextEncoder()
const BOOT_LABEL = labelOf('_dsboot')
const SIGNAL_LABEL = labelOf('_signal')

/**
 * What each of these zones is to show of the others, by its apex as text (RFC 9615 section 2): a zone whose server is
 * `ns1.example.net` shows CDS and CDNSKEY at `_dsboot.<zone>._signal.ns1.example.net` too.
 */
export function signalsOf(zones: readonly SignallingZone[]): Map<string, Signals> {
  const byApex = new Map(zones.map(({ apex, zone }) => [formatName(apex), zone]))
  const found = new Map<string, Rrset[]>()
  for (const { apex, zone, delegation } of zones) {
    // A zone that wants no DS is in nobody's need of a first one.
    if (delegation === undefined || delegation === 'none') continue
    const [ttl, servers] = [ttlOfKeys(zone), zone.rrset(zone.apexOwner, RecordType.NS)]
    for (const server of servers === undefined ? [] : rdatasOf(servers)) {
      const owner = signallingName(apex, server)
      const shown = owner && placeOf(owner, server, byApex)
      // A server within the zone proves nothing that the zone itself does not.
      if (owner === undefined || shown === undefined || isWithin(server, apex)) continue
      const rrsets = delegationRrsets(apex, delegation, ttl).map((rrset) => ({ ...rrset, owner }))
      // One server may have a hundred thousand zones.
      const present = found.get(shown)
      if (present === undefined) found.set(shown, rrsets)
      else present.push(...rrsets)
    }
  }
  return new Map([...found].map(([name, rrsets]) => [name, { rrsets, text: textOf(rrsets) }]))
}

const ttlOfKeys = (zone: MemoryZone): number => ttlOf(zone.rrset(zone.apexOwner, RecordType.DNSKEY) as Uint8Array)

/** Undefined for one that would be longer than a name may be: such a zone cannot be signalled. */
function signallingName(apex: Uint8Array, server: Uint8Array): Uint8Array | undefined {
  const zone = apex.subarray(0, apex.length - ROOT_BYTES)
  const name = Buffer.concat([BOOT_LABEL, zone, SIGNAL_LABEL, server])
  return name.length > MAX_NAME_BYTES ? undefined : name
}

/** The zone in which a signalling name of a server stands, when it is one of these and is not delegated further. */
function placeOf(owner: Uint8Array, server: Uint8Array, zones: ReadonlyMap<string, MemoryZone>): string | undefined {
  for (let start = 0; start < owner.length; start += 1 + (owner[start] as number)) {
    const name = formatName(owner.subarray(start))
    const zone = zones.get(name)
    if (zone === undefined) continue
    return isBelowCut(zone, server) ? undefined : name
  }
  return undefined
}

function isBelowCut(zone: MemoryZone, server: Uint8Array): boolean {
  const signals = Buffer.concat([SIGNAL_LABEL, server])
  for (let start = 0; signals.length - start > zone.apex.length; start += 1 + (signals[start] as number)) {
    const owner = zone.find(signals, start)
    if (owner >= 0 && zone.rrset(owner, RecordType.NS) !== undefined) return true
  }
  return false
}

function isWithin(name: Uint8Array, apex: Uint8Array): boolean {
  for (let start = 0; start < name.length; start += 1 + (name[start] as number))
    if (Buffer.compare(name.subarray(start), apex) === 0) return true
  return false
}

const textOf = (rrsets: readonly Rrset[]): string =>
  rrsets
    .map(({ owner, type, ttl, rdatas }) =>
      [
        Buffer.from(owner).toString('hex'),
        type,
        ttl,
        ...rdatas.map((rdata) => Buffer.from(rdata).toString('hex')),
      ].join(' '),
    )
    .sort()
    .join('\n')

function labelOf(text: string): Uint8Array {
  return Uint8Array.of(text.length, ...encoder.encode(text))
}
