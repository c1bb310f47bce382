import { type Client, type Read, readRecordPages } from '@cresset/access-client'
import { type HostPlace, readNameZone, readPublishedHost, readZoneKeys, readZones } from '@cresset/core-ledger'
import { placeRecords } from '@cresset/dns-records'
import { lowerCaseName, parseAbsoluteName, RecordType, type Rrset } from '@cresset/dns-wire'
import type { ProvenRecords } from './audit-server.ts'
import { provenEarlier } from './proven-earlier.ts'

/** What name servers are asked for together: a host, another owner of a record table, or the keys of a zone. */
export interface Audited {
  readonly kind: 'host' | 'owner' | 'keys'
  /** Undefined for what the ledger does not answer for (any more). */
  prove(): Promise<ProvenRecords | undefined>
}

/** The records, and the block that wrote them, which nobody keeps for those of a table. */
type Found = { readonly rrsets: readonly Rrset[]; readonly height: number | undefined }

/** A host, or an owner of a record table that no host hides. */
export function auditedPlace(client: Client, place: HostPlace, kind: 'host' | 'owner'): Audited {
  const path = place.host === '' ? place.name : `${place.host}.${place.name}`
  return {
    kind,
    prove: () =>
      proven(
        client,
        (view, at) => {
          const records = placeRecords(view, place, at)
          if (records.kind === 'table') return { rrsets: records.rrsets, height: undefined }
          if (records.kind !== 'host') return undefined
          return { rrsets: records.rrsets, height: readPublishedHost(view, place, at)?.entry.height }
        },
        `/v1/hosts/${path}`,
      ),
  }
}

/** The DNSKEY records of a zone, by which resolvers know a key of a server for one of the zone. */
function auditedKeys(client: Client, zone: string): Audited {
  const owner = lowerCaseName(parseAbsoluteName(zone))
  return {
    kind: 'keys',
    prove: () =>
      proven(client, (view) => {
        const { set, height } = readZoneKeys(view, zone) ?? {}
        if (set === undefined) return undefined
        const rdatas = set.keys.map(({ dnskey }) => dnskey)
        return { rrsets: [{ owner, type: RecordType.DNSKEY, ttl: set.ttlSeconds, rdatas }], height }
      }),
  }
}

async function proven(
  client: Client,
  read: Read<Found | undefined>,
  hint?: string,
): Promise<ProvenRecords | undefined> {
  const { value, rests } = await client.query(read, hint)
  return (
    value && {
      rrsets: value.rrsets,
      height: value.height,
      provenAt: rests.height,
      earlier: (height) => provenEarlier(client, height, (view, at) => read(view, at)?.rrsets ?? []),
    }
  )
}

/** The keys of these zones, or of all, as far as they are signed. */
export async function signedZones(client: Client, only?: readonly string[]): Promise<Audited[]> {
  const { value } = await client.query((view) =>
    (only ?? readZones(view)).filter((zone) => readZoneKeys(view, zone)?.set !== undefined),
  )
  return value.map((zone) => auditedKeys(client, zone))
}

/** All that a name has in DNS, but for its delegations, which others answer for. */
export async function placesOf(client: Client, name: string, zone: string): Promise<Audited[]> {
  const { value, rests } = await client.query((view, at) => readNameZone(view, name, at), `/v1/names/${name}/zone`)
  const { hosts, table } = value
  const places = hosts.map(({ host }) => auditedPlace(client, { zone, name, host }, 'host'))
  const { status } = value.name
  if (table?.served === undefined || (status !== 'active' && status !== 'grace')) return places
  const { generation, bits } = table.served
  const indexes = Array.from({ length: 2 ** bits }, (_, index) => index)
  const pages = await readRecordPages(client, rests.height, name, generation, indexes)
  const known = new Set(hosts.map(({ host }) => host))
  for (const { owners } of pages.values())
    for (const { owner } of owners)
      if (!known.has(owner)) places.push(auditedPlace(client, { zone, name, host: owner }, 'owner'))
  return places
}
