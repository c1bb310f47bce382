import { nameEnd, RecordType, readServiceParameters, readUint16, ServiceKey } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, type Zone, type ZoneSource } from '../zone-source.ts'
import { locate } from './locate.ts'
import type { Response } from './response.ts'

/** Bytes of RDATA before the name whose addresses the reader will want next. */
const TARGET_OFFSET: ReadonlyMap<number, number> = new Map([
  [RecordType.NS, 0],
  [RecordType.MX, 2],
  [RecordType.SRV, 6],
  [RecordType.SVCB, 2],
  [RecordType.HTTPS, 2],
])

/** Records of one answer whose targets are looked up; a bound on work, not on what is answered. */
const MAX_TARGETS = 16
const HTTPS_PORT = 443

/** Adds what a reader of these records asks for next (RFC 1035 section 3.3, RFC 2782, RFC 9460 section 4.1), as far as it fits. */
export function addAdditional(response: Response, source: ZoneSource, owner: Uint8Array, records: Uint8Array): void {
  const type = readUint16(records, 0)
  const targetOffset = TARGET_OFFSET.get(type)
  if (targetOffset === undefined) return
  const added = new Set<string>()
  let count = 0
  for (let start = 0; start < records.length && count < MAX_TARGETS; count++) {
    const rdata = start + RECORD_FIXED_BYTES
    const end = rdata + readUint16(records, start + 8)
    const target = targetName(type, owner, records, rdata + targetOffset)
    if (target !== undefined) {
      addOnce(response, source, added, target, [RecordType.A, RecordType.AAAA])
      if (type === RecordType.HTTPS || type === RecordType.SVCB)
        addService(response, source, added, owner, target, records, rdata, end)
    }
    start = end
  }
}

function targetName(type: number, owner: Uint8Array, records: Uint8Array, offset: number): Uint8Array | undefined {
  const isRoot = records[offset] === 0
  if (!isRoot) return records.subarray(offset, nameEnd(records, offset))
  const isService = type === RecordType.SVCB || type === RecordType.HTTPS
  // RFC 9460 section 2.5: "." is the owner itself in ServiceMode, and "no service" in AliasMode as in MX and SRV.
  return isService && readUint16(records, offset - 2) !== 0 ? owner : undefined
}

/** An alias' next record, or a service's key: with it one exchange gives address, key and parameters. */
function addService(
  response: Response,
  source: ZoneSource,
  added: Set<string>,
  owner: Uint8Array,
  target: Uint8Array,
  records: Uint8Array,
  rdata: number,
  end: number,
): void {
  if (readUint16(records, rdata) === 0) {
    addOnce(response, source, added, target, [readUint16(records, rdata - RECORD_FIXED_BYTES)])
    return
  }
  const parameters = readServiceParameters(records.subarray(nameEnd(records, rdata + 2), end)) ?? []
  const port = parameters.find(({ key }) => key === ServiceKey.port)?.value
  const tlsaName = attributeName(port === undefined ? portOfOwner(owner) : readUint16(port, 0), target)
  if (tlsaName !== undefined) addOnce(response, source, added, tlsaName, [RecordType.TLSA])
}

/** RFC 9460 section 9.1: `_8443._https.host` is the service of port 8443; without the prefix it is 443. */
function portOfOwner(owner: Uint8Array): number {
  const label = String.fromCharCode(...owner.subarray(1, 1 + (owner[0] as number)))
  return /^_[1-9][0-9]{0,4}$/.test(label) ? Number(label.slice(1)) : HTTPS_PORT
}

/** `_PORT._tcp.target`, or undefined when that is too long for a name. */
function attributeName(port: number, target: Uint8Array): Uint8Array | undefined {
  const label = `_${port}`
  const prefix = [label.length, ...[...label].map((character) => character.charCodeAt(0)), 4, 0x5f, 0x74, 0x63, 0x70]
  const name = new Uint8Array(prefix.length + target.length)
  name.set(prefix)
  name.set(target, prefix.length)
  return nameEnd(name, 0) === name.length ? name : undefined
}

function addOnce(
  response: Response,
  source: ZoneSource,
  added: Set<string>,
  name: Uint8Array,
  types: readonly number[],
): void {
  const key = name.join('.')
  const zone = source.findZone(name, 0)
  if (zone === undefined) return
  for (const type of types) {
    if (added.has(`${key}/${type}`)) continue
    added.add(`${key}/${type}`)
    const records = authoritativeRrset(zone, name, type)
    if (records !== undefined) response.addRrset('additional', name, 0, records)
  }
}

/** Data above every cut only: what is below belongs to another server. A wildcard answers for its names here too. */
function authoritativeRrset(zone: Zone, name: Uint8Array, type: number): Uint8Array | undefined {
  const location = locate(zone, name, 0)
  const isAnswer = location.kind === 'exact' || location.kind === 'wildcard'
  return isAnswer ? zone.rrset(location.owner, type) : undefined
}
