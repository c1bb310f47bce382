import { concatBytes, uint32ToBytes, utf8 } from '@cresset/core-codec'
import { lowerCaseName, parseAbsoluteName, parseName, RecordType, type Rrset } from '@cresset/dns-wire'
import { RrsetBuilder } from './rrset-builder.ts'

export interface ZoneServer {
  /** One label: the server is `<node>.ns.<zone>`. */
  readonly node: string
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[]
}

export interface ZoneRecords {
  /** A zone of genesis, e.g. `acme`. */
  readonly zone: string
  /** One to eight; the order does not matter, the first by name is the SOA's primary. */
  readonly servers: readonly ZoneServer[]
  /** Height of the last block that changed the zone; its low 32 bits are the serial (RFC 1982). */
  readonly serial: number
  readonly ttlSeconds: number
  /** Those of genesis. */
  readonly parameters: {
    readonly soaRefreshSeconds: number
    readonly soaRetrySeconds: number
    readonly soaExpireSeconds: number
    /** TTL of denials (RFC 2308). */
    readonly soaMinimumSeconds: number
  }
}

/** No public certificate authority may issue for the zone's names (RFC 8659 section 4.2). */
const noIssuer = concatBytes(Uint8Array.of(0, 5), utf8('issue;'))

/** More would not fit a referral with addresses. */
export const MAX_ZONE_SERVERS = 8

/** A zone's own RRsets: SOA, NS and CAA at the apex, and the addresses of its servers. Throws RangeError, `WireError`. */
export function zoneRrsets(records: ZoneRecords): Rrset[] {
  if (records.servers.length < 1 || records.servers.length > MAX_ZONE_SERVERS) {
    throw new RangeError(`servers: a zone has 1 to ${MAX_ZONE_SERVERS}, not ${records.servers.length}`)
  }
  const apex = lowerCaseName(parseAbsoluteName(records.zone))
  const ttl = records.ttlSeconds
  const builder = new RrsetBuilder()
  const servers = records.servers
    .map(({ node, addresses }) => ({ name: lowerCaseName(parseName(`${node}.ns`, apex)), node, addresses }))
    .sort((a, b) => (a.node < b.node ? -1 : 1))
  const primary = (servers[0] as (typeof servers)[number]).name
  builder.add(apex, RecordType.SOA, ttl, [soaRdata(records, primary, parseName('hostmaster', apex))])
  builder.add(
    apex,
    RecordType.NS,
    ttl,
    servers.map((server) => server.name),
  )
  builder.add(apex, RecordType.CAA, ttl, [noIssuer])
  for (const { name, addresses } of servers) {
    builder.add(
      name,
      RecordType.A,
      ttl,
      addresses.filter((address) => address.length === 4),
    )
    builder.add(
      name,
      RecordType.AAAA,
      ttl,
      addresses.filter((address) => address.length === 16),
    )
  }
  return builder.build()
}

function soaRdata({ serial, parameters }: ZoneRecords, primary: Uint8Array, mailbox: Uint8Array): Uint8Array {
  const { soaRefreshSeconds, soaRetrySeconds, soaExpireSeconds, soaMinimumSeconds } = parameters
  const figures = [serial % 2 ** 32, soaRefreshSeconds, soaRetrySeconds, soaExpireSeconds, soaMinimumSeconds]
  return concatBytes(primary, mailbox, ...figures.map(uint32ToBytes))
}
