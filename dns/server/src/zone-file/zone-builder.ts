import { randomFillSync } from 'node:crypto'
import {
  equalNames,
  formatName,
  formatRecordType,
  isAtOrBelow,
  isWildcard,
  type MasterRecord,
  nameEnd,
  RecordType,
  readUint16,
  readUint32,
} from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, rdatasOf } from '../records.ts'
import { ByteArena } from '../store/byte-arena.ts'
import { hashOfOwner } from '../store/denial-chains.ts'
import { MAX_RRSET_BYTES, MemoryZone } from '../store/memory-zone.ts'
import { NameHash } from '../store/name-hash.ts'
import { NO_OWNER, type Owner } from '../zone-source.ts'

/** What is said of a zone's text. With an error the zone is not served; a warning is about what its owner hardly meant. */
export interface ZoneRemark {
  readonly severity: 'error' | 'warning'
  /** Where, if it is about one line. */
  readonly file?: string
  readonly line?: number
  readonly message: string
}

/** Types that may stand beside a CNAME (RFC 2181 section 10.1, RFC 4034 section 2.5 and RFC 4035 section 2.5). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([RecordType.CNAME, RecordType.RRSIG, RecordType.NSEC])
/** RFC 2181 section 6.1, RFC 4035 section 2.2: what a delegation holds beside its servers; addresses are glue. */
const AT_A_CUT: ReadonlySet<number> = new Set([
  RecordType.NS,
  RecordType.DS,
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.A,
  RecordType.AAAA,
])
const GLUE: readonly number[] = [RecordType.A, RecordType.AAAA]
/** RFC 9276 section 3.1. */
const GOOD_ITERATIONS = 0
/** Each denial hashes names so many times: RFC 5155 section 10.3 gives this bound for short keys, and a query must not cost more. */
const MOST_ITERATIONS = 150
/** Hash algorithm and flags stand before them, in NSEC3 and in NSEC3PARAM (RFC 5155 sections 3.2 and 4.2). */
const ITERATIONS_OFFSET = 2
/** Length and 32 characters of base32hex. */
const HASH_LABEL_BYTES = 33
/** Where the name stands that a record of the type sends its reader to. */
const TARGET_OFFSET: ReadonlyMap<number, number> = new Map([
  [RecordType.NS, 0],
  [RecordType.MX, 2],
  [RecordType.SRV, 6],
])

/** A zone with memory of its own. */
export function emptyZone(apex: Uint8Array): MemoryZone {
  const [first, second] = randomFillSync(new Uint32Array(2))
  return new MemoryZone(apex, new ByteArena(65_536), new NameHash([first as number, second as number]))
}

/** Makes a zone of the records of a master file, and says what is wrong with it. */
export class ZoneBuilder {
  readonly zone: MemoryZone
  #records = 0

  /** `apex` is a lower-case wire name. */
  constructor(apex: Uint8Array) {
    this.zone = emptyZone(apex)
  }

  /** Records taken so far. */
  get records(): number {
    return this.#records
  }

  /** Adds one record; gives what there is to say of it. */
  add(record: MasterRecord): ZoneRemark | undefined {
    const { file, line } = record
    const remark = this.#add(record)
    if (remark === undefined) return undefined
    const [severity, text] = remark
    const message = `${formatName(record.owner)} ${formatRecordType(record.type)}: ${text}`
    return { severity, file, line, message }
  }

  #add({ owner: name, type, ttl, rdata }: MasterRecord): ['error' | 'warning', string] | undefined {
    const { zone } = this
    if (!isAtOrBelow(name, zone.apex)) return ['warning', `is left out, because it is not in ${formatName(zone.apex)}`]
    const owner = zone.find(name, 0)
    const present = owner === NO_OWNER ? [] : zone.types(owner)
    if (type === RecordType.SOA) {
      if (!equalNames(name, zone.apex)) return ['error', `an SOA stands at ${formatName(zone.apex)} only`]
      if (present.includes(type) && !isSame(zone, owner, type, rdata)) return ['error', 'there is another SOA already']
    }
    if (type === RecordType.CNAME || type === RecordType.DNAME) {
      if (present.includes(type) && !isSame(zone, owner, type, rdata))
        return ['error', 'a name has one of these at most']
    }
    if (type === RecordType.NSEC3 && !isHashOwner(name, zone.apex))
      return ['error', `an NSEC3 stands at a hash of 32 characters right below ${formatName(zone.apex)}`]
    if (type === RecordType.NSEC3 || type === RecordType.NSEC3PARAM) {
      const iterations = readUint16(rdata, ITERATIONS_OFFSET)
      if (iterations > MOST_ITERATIONS)
        return ['error', `${iterations} iterations are too many; ${MOST_ITERATIONS} are the most that is served`]
    }
    const hasAlias = present.includes(RecordType.CNAME)
    if (hasAlias && !BESIDE_CNAME.has(type))
      return ['error', 'the name has a CNAME, and nothing else may stand beside it']
    if (type === RecordType.CNAME && present.some((other) => !BESIDE_CNAME.has(other)))
      return ['error', 'a CNAME may not stand beside other records']
    switch (zone.add(name, type, ttl, rdata)) {
      case 'duplicate':
        return ['warning', 'is there twice']
      case 'rrset-too-large':
        return ['error', `all of these at the name have more than ${MAX_RRSET_BYTES} bytes, and fit no message`]
      case 'lower-ttl':
        this.#records += 1
        return ['warning', 'the TTL differs from that of the same records before it; all have the lower one']
      default:
        this.#records += 1
        return type === RecordType.SPF
          ? ['warning', 'is not asked for any more (RFC 7208); publish it as TXT']
          : undefined
    }
  }

  /** What can be told when all records are there, a part at a time. */
  *remarks(): Generator<ZoneRemark | undefined> {
    const { zone } = this
    yield* this.#aboutApex()
    const apex = formatName(zone.apex)
    for (const owner of zone.owners()) {
      yield undefined
      const types = zone.types(owner)
      if (types.length === 0) continue
      const name = zone.name(owner).slice()
      const isApex = owner === zone.apexOwner
      const tell = (message: string): ZoneRemark => ({ severity: 'warning', message: `${formatName(name)} ${message}` })
      const hider = isApex ? undefined : this.#hiddenBy(owner)
      if (hider !== undefined) {
        const isGlue = hider.type === RecordType.NS && types.every((type) => GLUE.includes(type))
        if (hider.type === RecordType.DNAME) {
          const message = `${formatName(name)} is below the DNAME at ${hider.name}, where nothing may be (RFC 6672 section 2.4)`
          yield { severity: 'error', message }
        } else if (!isGlue) {
          yield tell(`is hidden below the delegation at ${hider.name}`)
        }
        continue
      }
      if (isWildcard(name) && (types.includes(RecordType.NS) || types.includes(RecordType.DNAME)))
        yield tell('is a wildcard with NS or DNAME, whose meaning is not defined (RFC 4592 section 4)')
      const isCut = !isApex && types.includes(RecordType.NS)
      if (isCut) {
        const hidden = types.filter((type) => !AT_A_CUT.has(type))
        if (hidden.length > 0) yield tell(`${hidden.map(formatRecordType).join(', ')}: hidden by the delegation`)
        yield* this.#aboutServers(owner, name)
      } else if (types.includes(RecordType.DS) && !isApex) {
        yield tell('DS: there is no delegation here')
      }
      if (isApex && types.includes(RecordType.DS)) yield tell(`DS: belongs into the zone above ${apex}`)
      yield* this.#aboutTargets(owner, name, types, isCut)
      if (types.includes(RecordType.NSEC3PARAM)) {
        const rdata = zone.rrset(owner, RecordType.NSEC3PARAM)?.subarray(RECORD_FIXED_BYTES)
        if (rdata !== undefined && readUint16(rdata, ITERATIONS_OFFSET) > GOOD_ITERATIONS)
          yield tell('NSEC3PARAM: more iterations than 0 make resolvers take the zone for unsigned (RFC 9276)')
      }
    }
  }

  *#aboutApex(): Generator<ZoneRemark> {
    const { zone } = this
    const apex = formatName(zone.apex)
    const error = (message: string): ZoneRemark => ({ severity: 'error', message })
    const warning = (message: string): ZoneRemark => ({ severity: 'warning', message })
    const soa = zone.rrset(zone.apexOwner, RecordType.SOA)
    if (soa === undefined) yield error(`${apex} has no SOA`)
    const servers = zone.rrset(zone.apexOwner, RecordType.NS)
    if (servers === undefined) yield error(`${apex} has no NS`)
    else {
      if (rdatasOf(servers).length === 1) yield warning(`${apex} has one name server; two are usual (RFC 2182)`)
      yield* this.#aboutServers(zone.apexOwner, zone.apex)
    }
    if (soa === undefined) return
    const [refresh, retry, expire, minimum] = [16, 12, 8, 4].map((back) => readUint32(soa, soa.length - back)) as [
      number,
      number,
      number,
      number,
    ]
    if (retry >= refresh) yield warning(`${apex} SOA: retry ${retry} is not less than refresh ${refresh}`)
    if (expire <= refresh + retry)
      yield warning(`${apex} SOA: expire ${expire} is not more than refresh and retry together`)
    if (minimum > 86_400)
      yield warning(`${apex} SOA: what is absent is remembered for ${minimum} s (RFC 2308 section 5)`)
  }

  /** Name servers inside the zone must have addresses there: below a cut nobody else can give them. */
  *#aboutServers(owner: Owner, cut: Uint8Array): Generator<ZoneRemark> {
    const { zone } = this
    for (const target of rdatasOf(zone.rrset(owner, RecordType.NS) as Uint8Array)) {
      if (!isAtOrBelow(target, zone.apex)) continue
      const found = zone.find(target, 0)
      if (found !== NO_OWNER && GLUE.some((type) => zone.rrset(found, type) !== undefined)) continue
      const isBelowCut = isAtOrBelow(target, cut)
      // Beside the cut it may be below another one, or a CNAME, which is told with all targets.
      if (!isBelowCut) continue
      yield { severity: 'warning', message: `${formatName(cut)} NS: ${formatName(target)} has no address in the zone` }
    }
  }

  *#aboutTargets(owner: Owner, name: Uint8Array, types: readonly number[], isCut: boolean): Generator<ZoneRemark> {
    const { zone } = this
    for (const [type, offset] of TARGET_OFFSET) {
      if (!types.includes(type) || (isCut && type !== RecordType.NS)) continue
      for (const rdata of rdatasOf(zone.rrset(owner, type) as Uint8Array)) {
        const target = rdata.subarray(offset, nameEnd(rdata, offset))
        const found = isAtOrBelow(target, zone.apex) ? zone.find(target, 0) : NO_OWNER
        if (found === NO_OWNER || zone.rrset(found, RecordType.CNAME) === undefined) continue
        const message = `${formatName(name)} ${formatRecordType(type)}: ${formatName(target)} is a CNAME (RFC 2181 section 10.3)`
        yield { severity: 'warning', message }
      }
    }
  }

  /** The delegation or DNAME above the owner that hides it. */
  #hiddenBy(owner: Owner): { type: number; name: string } | undefined {
    const { zone } = this
    for (let above = zone.parent(owner); above !== NO_OWNER; above = zone.parent(above)) {
      const isApex = above === zone.apexOwner
      if (!isApex && zone.rrset(above, RecordType.NS) !== undefined)
        return { type: RecordType.NS, name: formatName(zone.name(above)) }
      if (zone.rrset(above, RecordType.DNAME) !== undefined)
        return { type: RecordType.DNAME, name: formatName(zone.name(above)) }
    }
    return undefined
  }
}

/** RFC 5155 section 3: the owner of an NSEC3 is a hash below the zone's own name. */
function isHashOwner(name: Uint8Array, apex: Uint8Array): boolean {
  return name.length === apex.length + HASH_LABEL_BYTES && hashOfOwner(name) !== undefined
}

function isSame(zone: MemoryZone, owner: Owner, type: number, rdata: Uint8Array): boolean {
  const records = zone.rrset(owner, type)
  return records !== undefined && Buffer.compare(records.subarray(RECORD_FIXED_BYTES), rdata) === 0
}
