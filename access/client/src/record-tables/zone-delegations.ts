import { compareBytes, equalBytes } from '@cresset/core-codec'
import {
  type ActionBody,
  type Delegation,
  delegationLimits,
  hostProblem,
  isBelow,
  isUsableAddress,
  type LedgerParameters,
  type NameServer,
} from '@cresset/core-ledger'
import { formatName, isAtOrBelow, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { delegationAction } from '../delegating.ts'
import { type FileOwner, type FileRecord, type FileRecords, type LineRemarks, setText } from './file-records.ts'
import { type TtlRange, ttlProblem } from './ttl-range.ts'

/** Where cuts stand, and what the ledger allows there. */
export interface CutPlace {
  readonly name: string
  readonly parameters: TtlRange
}

/** A place below a name that a file hands to other name servers. */
export interface ZoneDelegation {
  /** Relative to the name. */
  readonly host: string
  readonly ttlSeconds: number
  readonly servers: readonly NameServer[]
  /** RDATA of DS records. */
  readonly signers: readonly Uint8Array[]
  /** Where the first of its NS records stands. */
  readonly file: string
  readonly line: number
}

const GLUE: ReadonlySet<number> = new Set([RecordType.A, RecordType.AAAA])
/** Also those below one another, of which only the uppermost count. */
const MAX_CUTS = 256
const SERVER_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/**
 * Takes the delegations out of a file's records: NS and DS at each cut, and the addresses of servers at or below it. What else stands there
 * is hidden, as at every name server (RFC 2181 section 6), and left out.
 */
export function takeDelegations(records: FileRecords, remarks: LineRemarks, place: CutPlace): ZoneDelegation[] {
  const { owners, problems } = records
  const cuts = [...owners.values()].filter(({ sets }) => sets.has(RecordType.NS))
  const tooMany = cuts[MAX_CUTS]?.sets.get(RecordType.NS)
  if (tooMany !== undefined) {
    const message = `${cuts.length} delegations are too many; a name has ${delegationLimits.perName} at most`
    problems.add(tooMany[0] as FileRecord, message)
    for (const { host } of cuts) owners.delete(host)
    return []
  }
  const tops = cuts.filter(({ host }) => !cuts.some((other) => isBelow(host, other.host)))
  const delegations = tops.map((cut) => readCut(cut, owners, problems, place))
  for (const owner of owners.values()) {
    const cut = tops.find(({ host }) => owner.host === host || isBelow(owner.host, host))
    if (cut === undefined) continue
    owners.delete(owner.host)
    for (const [type, lines] of owner.sets) {
      const isOfCut = owner === cut && (type === RecordType.NS || type === RecordType.DS)
      if (isOfCut || (GLUE.has(type) && isServer(owner, cut))) continue
      records.leaveOut('hidden', type, lines.length)
      remarks.add(lines[0] as FileRecord, `${setText(owner, type)}: is hidden below the delegation at ${cut.text}`)
    }
  }
  return delegations.filter((delegation) => delegation !== undefined)
}

function isServer(owner: FileOwner, cut: FileOwner): boolean {
  const name = parseAbsoluteName(owner.text)
  return cut.sets.get(RecordType.NS)?.some(({ rdata }) => equalBytes(rdata, name)) ?? false
}

function readCut(
  cut: FileOwner,
  owners: ReadonlyMap<string, FileOwner>,
  problems: LineRemarks,
  { name, parameters }: CutPlace,
): ZoneDelegation | undefined {
  const [first, ...rest] = cut.sets.get(RecordType.NS) as [FileRecord, ...FileRecord[]]
  const before = problems.count
  const tell = (record: FileRecord, message: string): void => problems.add(record, `${cut.text} ${message}`)
  if (cut.host.startsWith('*') || cut.host.startsWith('_'))
    tell(first, 'NS: neither a wildcard nor a name with an underscore can be delegated')
  else if (hostProblem(cut.host, name, false) !== undefined)
    tell(first, 'NS: labels of what is delegated have letters, digits and hyphens, and all together 253 characters')
  for (const line of [first, ...rest]) {
    const unfit = ttlProblem(line.ttlSeconds, parameters)
    if (unfit !== undefined) tell(line, `NS: ${unfit}`)
  }
  const signers = cut.sets.get(RecordType.DS) ?? []
  if (rest.length >= delegationLimits.servers)
    tell(first, `NS: ${rest.length + 1} name servers are too many; ${delegationLimits.servers} are the most`)
  if (signers.length > delegationLimits.signers)
    tell(signers[0] as FileRecord, `DS: ${signers.length} are too many; ${delegationLimits.signers} are the most`)
  for (const signer of signers)
    if (signer.rdata.length > delegationLimits.signerBytes) tell(signer, 'DS: its digest is longer than any in use')
  const servers = distinct([first, ...rest]).map((record) => readServer(record, cut, owners, tell))
  if (problems.count > before) return undefined
  return {
    host: cut.host,
    ttlSeconds: Math.min(...[first, ...rest].map(({ ttlSeconds }) => ttlSeconds)),
    servers: servers.sort((a, b) => (a.name < b.name ? -1 : 1)),
    signers: distinct(signers).map(({ rdata }) => rdata),
    file: first.file,
    line: first.line,
  }
}

function readServer(
  record: FileRecord,
  cut: FileOwner,
  owners: ReadonlyMap<string, FileOwner>,
  tell: (record: FileRecord, message: string) => void,
): NameServer {
  const text = formatName(record.rdata)
  const name = text.slice(0, -1)
  if (!SERVER_NAME.test(name)) tell(record, `NS: ${text} is no name of a server`)
  if (!isAtOrBelow(record.rdata, parseAbsoluteName(cut.text))) return { name, addresses: [] }
  // Both end with the name: `.shop.acme.`
  const host = text.slice(0, cut.host.length - cut.text.length)
  const owner = owners.get(host)
  const lines = [...GLUE].flatMap((type) => owner?.sets.get(type) ?? [])
  const addresses = distinct(lines).map(({ rdata }) => rdata)
  if (addresses.length === 0)
    tell(record, `NS: ${text} is below the delegation, so the file needs an A or AAAA record for it`)
  for (const line of lines)
    if (!isUsableAddress(line.rdata)) tell(line, `NS: ${text} has an address that no server can have`)
  if (addresses.length > delegationLimits.addressesPerServer)
    tell(record, `NS: ${text} has ${addresses.length} addresses; ${delegationLimits.addressesPerServer} are the most`)
  return { name, addresses }
}

/** By their data, each once. */
function distinct(records: readonly FileRecord[]): FileRecord[] {
  const sorted = [...records].sort((a, b) => compareBytes(a.rdata, b.rdata))
  return sorted.filter(
    (record, index) => index === 0 || !equalBytes((sorted[index - 1] as FileRecord).rdata, record.rdata),
  )
}

/** The transaction that makes a delegation what a file says; undefined when it is so already. Who may update it, and its authority, stay. */
export function delegationChange(
  name: string,
  wanted: ZoneDelegation,
  present: Delegation | undefined,
  { defaultTtlSeconds }: Pick<LedgerParameters, 'defaultTtlSeconds'>,
): { kind: 'setDelegation'; body: ActionBody<'setDelegation'> } | undefined {
  const { host, ttlSeconds, servers, signers } = wanted
  if (present !== undefined) {
    const isSame =
      (present.ttlSeconds ?? defaultTtlSeconds) === ttlSeconds &&
      isSameBytes(present.signers, signers) &&
      isSameServers(present.servers, servers)
    if (isSame) return undefined
  }
  return delegationAction(
    { zone: '', name, host },
    {
      ttlSeconds,
      servers: [...servers],
      signers: [...signers],
      updateKey: present?.updateKey,
      certificate: present?.certificate,
    },
  )
}

function isSameServers(some: readonly NameServer[], others: readonly NameServer[]): boolean {
  const sorted = [...some].sort((a, b) => (a.name < b.name ? -1 : 1))
  return (
    some.length === others.length &&
    sorted.every(({ name, addresses }, index) => {
      const other = others[index] as NameServer
      return name === other.name && isSameBytes(addresses, other.addresses)
    })
  )
}

/** The same byte strings, in whatever order. */
function isSameBytes(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false
  const [a, b] = [[...some].sort(compareBytes), [...others].sort(compareBytes)]
  return a.every((bytes, index) => equalBytes(bytes, b[index] as Uint8Array))
}
