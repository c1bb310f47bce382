import { compareBytes, equalBytes, toHex } from '@cresset/core-codec'
import {
  delegationLimits,
  hostLimits,
  hostProblem,
  type LedgerParameters,
  type NameZone,
  type OwnerRecords,
  type RecordSet,
} from '@cresset/core-ledger'
import {
  formatRecordType,
  isPublishableType,
  type MasterFileProblem,
  type MasterRecord,
  RecordType,
  type Rrset,
} from '@cresset/dns-wire'
import {
  type FileOwner,
  type FileRecord,
  FileRecords,
  type LeftOut,
  type LineRemark,
  LineRemarks,
  setText,
} from './file-records.ts'
import { type TtlRange, ttlProblem } from './ttl-range.ts'
import { takeDelegations, type ZoneDelegation } from './zone-delegations.ts'
import {
  delegationAbove,
  isHidden,
  ownersOf,
  type ShownBefore,
  shownBefore,
  type ZoneStanding,
} from './zone-standing.ts'

/** What a master file makes of a name's records. */
export interface ZoneContent {
  /** Sorted; with what the table has behind published hosts, which a file says nothing of. */
  readonly owners: readonly OwnerRecords[]
  /** Records of the file that are in the table. */
  readonly records: number
  readonly delegations: readonly ZoneDelegation[]
  readonly leftOut: readonly LeftOut[]
  /** Owners of the table behind hosts and delegations: they stay as they are. */
  readonly hidden: readonly string[]
  /** What is doubtful; the first hundred. */
  readonly remarks: readonly LineRemark[]
  /** What is wrong; the first hundred of `problemCount`. With any of them nothing is imported. */
  readonly problems: readonly LineRemark[]
  readonly problemCount: number
}

/** Published with the key that they are about, and only by who holds it. */
const KEY_TYPES: ReadonlySet<number> = new Set([RecordType.TLSA, RecordType.CERT])

type Standing = NameZone & Pick<ZoneStanding, 'served'>

/** Judges a master file as the ledger would, so that what is wrong has a line. Pure. */
export function readZoneContent(
  items: Iterable<MasterRecord | MasterFileProblem>,
  standing: Standing,
  leaveOut: ReadonlySet<number> = new Set(),
): ZoneContent {
  const { name, parameters } = standing
  const records = new FileRecords(name.name, leaveOut)
  for (const item of items) if (!records.add(item)) break
  const remarks = new LineRemarks()
  const { problems } = records
  const delegations = takeDelegations(records, remarks, { name: name.name, parameters })
  const before = shownBefore(standing)
  checkDelegations(delegations, standing, problems)

  const kept = ownersOf(standing.served).filter(({ owner }) => isHidden(owner, before))
  const keptByOwner = new Map(kept.map((owner) => [owner.owner, owner]))
  const owners: OwnerRecords[] = [...kept]
  let count = 0
  for (const owner of records.owners.values()) {
    if (isHidden(owner.host, before)) {
      checkHidden(owner, keptByOwner.get(owner.host), before, records, remarks)
      continue
    }
    const recordSets = readSets(owner, name.name, parameters, problems, remarks)
    for (const { data } of recordSets) count += data.length
    if (recordSets.length > 0) owners.push({ owner: owner.host, recordSets })
  }
  return {
    owners: owners.sort((a, b) => (a.owner < b.owner ? -1 : 1)),
    records: count,
    delegations,
    leftOut: records.leftOut,
    hidden: kept.map(({ owner }) => owner),
    remarks: remarks.first,
    problems: inOrder(problems.first),
    problemCount: problems.count,
  }
}

/** By line within a file, so that they read like the file. */
function inOrder(remarks: readonly LineRemark[]): LineRemark[] {
  const files = [...new Set(remarks.map(({ file }) => file))]
  return [...remarks].sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line)
}

function checkDelegations(
  delegations: readonly ZoneDelegation[],
  { hosts, delegations: present, name }: Standing,
  problems: LineRemarks,
): void {
  const known = new Set(present.map(({ host }) => host))
  for (const delegation of delegations) {
    const { host } = delegation
    const published = hosts.find((other) => delegationAbove(other.host, [host]) !== undefined)
    if (published !== undefined) {
      const text = `${published.host}.${name.name}`
      problems.add(
        delegation,
        `${host}.${name.name}. NS: ${text} is a published host; take it out first with "cresset name publish ${text} --withdraw"`,
      )
    }
    const other = present.find(
      (one) =>
        one.host !== host && (delegationAbove(host, [one.host]) ?? delegationAbove(one.host, [host])) !== undefined,
    )
    if (other !== undefined) {
      const text = `${other.host}.${name.name}`
      problems.add(
        delegation,
        `${host}.${name.name}. NS: ${text} is delegated; take it back first with "cresset name delegate ${text} --remove"`,
      )
    }
    known.add(host)
    if (known.size === delegationLimits.perName + 1)
      problems.add(
        delegation,
        `${host}.${name.name}. NS: a name has ${delegationLimits.perName} delegations at most, those of the ledger that the file lacks included`,
      )
  }
}

/** Records with the owner of a published host: those that it is made into, or that the table has behind it, say nothing new. */
function checkHidden(
  owner: FileOwner,
  kept: OwnerRecords | undefined,
  { hosts, delegations }: ShownBefore,
  records: FileRecords,
  remarks: LineRemarks,
): void {
  const { problems } = records
  const text = owner.text.slice(0, -1)
  for (const [type, lines] of owner.sets) {
    const made = hosts.get(owner.host)?.find((rrset) => rrset.type === type)
    if (made !== undefined && isMadeOf(made, lines)) {
      records.leaveOut('host', type, lines.length)
      continue
    }
    // An older export has the keys of its day: they are the host's own matter, and change with it.
    if (made !== undefined && KEY_TYPES.has(type)) {
      records.leaveOut('host', type, lines.length)
      remarks.add(
        lines[0] as FileRecord,
        `${setText(owner, type)}: the published host has other keys now, and they stay`,
      )
      continue
    }
    const behind = kept?.recordSets.find((set) => set.type === type)
    if (behind !== undefined && isSameData(behind.data, lines)) continue
    const above = delegationAbove(owner.host, delegations)
    const place = text.slice(owner.host.length)
    problems.add(
      lines[0] as FileRecord,
      above === undefined
        ? `${setText(owner, type)}: the published host answers for this owner, with other records: change it with "cresset name publish", or take the line out`
        : `${setText(owner, type)}: ${above}${place} is delegated, and the file does not say so: take it back with "cresset name delegate ${above}${place} --remove", or take the line out`,
    )
  }
}

const isMadeOf = ({ ttl, rdatas }: Rrset, lines: readonly FileRecord[]): boolean =>
  lines.every(({ ttlSeconds }) => ttlSeconds === ttl) && isSameData(rdatas, lines)

function isSameData(rdatas: readonly Uint8Array[], lines: readonly FileRecord[]): boolean {
  const a = sortedData(rdatas)
  const b = sortedData(lines.map(({ rdata }) => rdata))
  return a.length === b.length && a.every((bytes, index) => equalBytes(bytes, b[index] as Uint8Array))
}

/** Each once, by its bytes. */
function sortedData(rdatas: readonly Uint8Array[]): Uint8Array[] {
  const sorted = [...rdatas].sort(compareBytes)
  return sorted.filter((rdata, index) => index === 0 || !equalBytes(sorted[index - 1] as Uint8Array, rdata))
}

function readSets(
  owner: FileOwner,
  name: string,
  parameters: LedgerParameters,
  problems: LineRemarks,
  remarks: LineRemarks,
): RecordSet[] {
  const [[, firstLines]] = owner.sets as unknown as [[number, FileRecord[]]]
  const [first] = firstLines as [FileRecord]
  const unfit = hostProblem(owner.host, name, false)
  if (unfit !== undefined) {
    // TLSA records stand at owners that only hosts have: then that is what there is to say.
    const types = [...owner.sets].filter(([type]) => KEY_TYPES.has(type))
    for (const [type, [line]] of types)
      problems.add(line as FileRecord, `${setText(owner, type)}: ${whyNotPublished(type)}`)
    if (types.length === owner.sets.size) return []
    problems.add(
      first,
      unfit === 'host-too-long'
        ? `${owner.text} has over 253 characters: shorten it`
        : `${owner.text} is no owner of records: labels have letters, digits and hyphens, "_" in front but not of a number, and "*" only as the first one`,
    )
    return []
  }
  const sets = [...owner.sets].sort(([a], [b]) => a - b)
  if (sets.length > hostLimits.recordSets) {
    problems.add(first, `${owner.text} has records of ${sets.length} types; ${hostLimits.recordSets} are the most`)
    return []
  }
  const alias = owner.sets.get(RecordType.CNAME)
  if (alias !== undefined && sets.length > 1)
    problems.add(alias[0] as FileRecord, `${setText(owner, RecordType.CNAME)}: may not stand beside other records`)
  return sets.flatMap(([type, lines]) => readSet(owner, type, lines, parameters, problems, remarks) ?? [])
}

function readSet(
  owner: FileOwner,
  type: number,
  lines: readonly FileRecord[],
  parameters: TtlRange,
  problems: LineRemarks,
  remarks: LineRemarks,
): RecordSet | undefined {
  const [first] = lines as readonly [FileRecord, ...FileRecord[]]
  const refuse = (record: FileRecord, message: string): undefined => {
    problems.add(record, `${setText(owner, type)}: ${message}`)
  }
  const typeProblem = whyNotPublished(type)
  if (typeProblem !== undefined) return refuse(first, typeProblem)
  const data: Uint8Array[] = []
  const seen = new Set<string>()
  let bytes = 0
  let ttlSeconds = first.ttlSeconds
  for (const record of lines) {
    const unfit = ttlProblem(record.ttlSeconds, parameters)
    if (unfit !== undefined) return refuse(record, unfit)
    if (record.ttlSeconds !== ttlSeconds)
      remarks.add(record, `${setText(owner, type)}: TTLs differ; all have the lowest one`)
    ttlSeconds = Math.min(ttlSeconds, record.ttlSeconds)
    const key = toHex(record.rdata)
    if (seen.has(key)) {
      remarks.add(record, `${setText(owner, type)}: is there twice`)
      continue
    }
    seen.add(key)
    data.push(record.rdata)
    bytes += record.rdata.length
    if (bytes > hostLimits.recordSetBytes)
      return refuse(
        record,
        `over ${hostLimits.recordSetBytes} bytes up to here: divide the records among several owners`,
      )
    if (data.length > hostLimits.recordsPerSet)
      return refuse(record, `over ${hostLimits.recordsPerSet} records: divide them among several owners`)
  }
  if (type === RecordType.CNAME && data.length > 1) return refuse(lines[1] as FileRecord, 'an owner has one at most')
  return { type, ttlSeconds, data: data.sort(compareBytes) }
}

function whyNotPublished(type: number): string | undefined {
  if (KEY_TYPES.has(type))
    return 'a key is published with its host by "cresset name publish", not as a record: take the line out, or give --leave-out TLSA,CERT'
  if (isPublishableType(type)) return undefined
  if (type === RecordType.SOA) return 'zones below a name are delegated with NS records: take the line out'
  if (type === RecordType.DS) return 'there is no NS beside it: delegate the owner, or take the line out'
  const text = formatRecordType(type)
  return `the ledger publishes no records of this type: take the line out, or give --leave-out ${text}`
}
