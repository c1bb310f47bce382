import { utf8 } from '@cresset/core-codec'
import { childName, lowerCaseName, parseAbsoluteName, parseName, RecordType, type Rrset } from '@cresset/dns-wire'
import type { HostRecord, HostService } from './host-record.ts'
import { namesIssuer } from './issued-by.ts'
import { authorityTlsaRdata, certRdatas, tlsaRdata } from './key-records.ts'
import { RrsetBuilder } from './rrset-builder.ts'
import { HTTPS_PORT, httpsRdata } from './service-record.ts'

export interface NameRecords {
  /** A ledger name, e.g. `shop.acme`. */
  readonly name: string
  readonly hosts: readonly HostRecord[]
  /** TTL of everything that does not set its own, in seconds. */
  readonly defaultTtlSeconds: number
}

/**
 * Everything that DNS holds at and below a ledger name. The caller leaves out names that DNS does not show (claims).
 * Throws `WireError` for names that agreement would not have let pass.
 */
export function nameRrsets(records: NameRecords): Rrset[] {
  const builder = new RrsetBuilder()
  const name = lowerCaseName(parseAbsoluteName(records.name))
  for (const host of records.hosts) addHost(builder, name, host, records.defaultTtlSeconds)
  return builder.build()
}

/** The RRsets of one host alone. */
export function hostRrsets(name: string, host: HostRecord, defaultTtlSeconds: number): Rrset[] {
  return nameRrsets({ name, hosts: [host], defaultTtlSeconds })
}

function addHost(builder: RrsetBuilder, name: Uint8Array, record: HostRecord, ttl: number): void {
  const host = record.host === '' ? name : lowerCaseName(parseName(record.host, name))
  const addresses = record.servers.flatMap((server) => server.addresses)
  const certificates = record.servers.flatMap((server) => server.certificate ?? [])
  builder.add(
    host,
    RecordType.A,
    ttl,
    addresses.filter((address) => address.length === 4),
  )
  builder.add(
    host,
    RecordType.AAAA,
    ttl,
    addresses.filter((address) => address.length === 16),
  )
  builder.add(host, RecordType.CERT, ttl, certRdatas(certificates))
  const keys = [...record.servers.map((server) => server.publicKey), ...(record.retiringKeys ?? [])]
  const pins = [...keys.map(tlsaRdata), ...authorityPins(record)]
  for (const service of record.services) addService(builder, host, service, pins, ttl)
  for (const set of record.recordSets) builder.add(host, set.type, set.ttl ?? ttl, set.rdatas)
}

/** RFC 7671 section 5.2: the server has to send the authority's certificate with its own. */
function authorityPins({ servers, domainCertificate }: HostRecord): Uint8Array[] {
  if (domainCertificate === undefined) return []
  const isIssued = servers.some(({ certificate }) => certificate && namesIssuer(certificate, domainCertificate))
  return isIssued ? [authorityTlsaRdata(domainCertificate)] : []
}

function addService(
  builder: RrsetBuilder,
  host: Uint8Array,
  service: HostService,
  pins: readonly Uint8Array[],
  ttl: number,
): void {
  const { port, protocol, web } = service
  addBelow(builder, host, [`_${port}`, `_${protocol}`], RecordType.TLSA, ttl, pins)
  // Without a server there is nothing that https could lead to.
  if (!web || pins.length === 0) return
  const prefix = port === HTTPS_PORT ? [] : [`_${port}`, '_https']
  addBelow(builder, host, prefix, RecordType.HTTPS, ttl, [httpsRdata(host, port)])
}

/** Adds records at `host` behind more labels; a host so long that these make no name is served without them. */
function addBelow(
  builder: RrsetBuilder,
  host: Uint8Array,
  labels: readonly string[],
  type: number,
  ttl: number,
  rdatas: readonly Uint8Array[],
): void {
  let owner: Uint8Array | undefined = host
  for (const label of [...labels].reverse()) owner = owner && childName(utf8(label), owner)
  if (owner !== undefined) builder.add(owner, type, ttl, rdatas)
}
