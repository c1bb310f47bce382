import { lowerCaseName, nameEnd, RecordType, readServiceParameters, readUint16, ServiceKey } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd } from '../records.ts'
import { hasProofs, type ZoneSource } from '../zone-source.ts'
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
export function addAdditional(
  response: Response,
  source: ZoneSource,
  owner: Uint8Array,
  records: Uint8Array,
  isDnssecOk: boolean,
): void {
  const type = readUint16(records, 0)
  const targetOffset = TARGET_OFFSET.get(type)
  if (targetOffset === undefined) return
  const additions = new Additions(response, source, isDnssecOk)
  let count = 0
  for (let start = 0; start < records.length && count < MAX_TARGETS; count++) {
    const rdata = start + RECORD_FIXED_BYTES
    const end = recordEnd(records, start)
    const target = targetName(type, owner, records, rdata + targetOffset)
    if (target !== undefined) {
      additions.add(target, [RecordType.A, RecordType.AAAA])
      if (isService(type)) addService(additions, owner, target, records, rdata, end)
    }
    start = end
  }
}

const isService = (type: number): boolean => type === RecordType.HTTPS || type === RecordType.SVCB

function targetName(type: number, owner: Uint8Array, records: Uint8Array, offset: number): Uint8Array | undefined {
  const isRoot = records[offset] === 0
  // Services keep the case that they are signed with; zones are searched in lower case.
  if (!isRoot) return lowerCaseName(records.subarray(offset, nameEnd(records, offset)))
  // RFC 9460 section 2.5: "." is the owner itself in ServiceMode, and "no service" in AliasMode as in MX and SRV.
  return isService(type) && readUint16(records, offset - 2) !== 0 ? owner : undefined
}

/** An alias' next record, or a service's key: with it one exchange gives address, key and parameters. */
function addService(
  additions: Additions,
  owner: Uint8Array,
  target: Uint8Array,
  records: Uint8Array,
  rdata: number,
  end: number,
): void {
  if (readUint16(records, rdata) === 0) {
    additions.add(target, [readUint16(records, rdata - RECORD_FIXED_BYTES)])
    return
  }
  const parameters = readServiceParameters(records.subarray(nameEnd(records, rdata + 2), end)) ?? []
  const port = parameters.find(({ key }) => key === ServiceKey.port)?.value
  const tlsaName = attributeName(port === undefined ? portOfOwner(owner) : readUint16(port, 0), target)
  if (tlsaName !== undefined) additions.add(tlsaName, [RecordType.TLSA])
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

/** The additional section of one answer: each RRset once. */
class Additions {
  readonly #response: Response
  readonly #source: ZoneSource
  readonly #isDnssecOk: boolean
  readonly #added = new Set<string>()

  constructor(response: Response, source: ZoneSource, isDnssecOk: boolean) {
    this.#response = response
    this.#source = source
    this.#isDnssecOk = isDnssecOk
  }

  /** Data above every cut only: what is below belongs to another server. A wildcard answers for its names here too. */
  add(name: Uint8Array, types: readonly number[]): void {
    const zone = this.#source.findZone(name, 0)
    if (zone === undefined) return
    const { kind, owner } = locate(zone, name, 0)
    const isAnswer = kind === 'exact' || kind === 'wildcard'
    // What a wildcard gives can be checked only with a proof, and there is none in this section.
    if (!isAnswer || (kind === 'wildcard' && this.#isDnssecOk && hasProofs(zone))) return
    const key = name.join('.')
    for (const type of types) {
      if (this.#added.has(`${key}/${type}`)) continue
      this.#added.add(`${key}/${type}`)
      const records = zone.rrset(owner, type)
      if (records === undefined || !this.#response.addRrset('additional', name, 0, records)) continue
      const signatures = this.#isDnssecOk ? zone.signatures(owner, type) : undefined
      if (signatures !== undefined) this.#response.addRrset('additional', name, 0, signatures)
    }
  }
}
