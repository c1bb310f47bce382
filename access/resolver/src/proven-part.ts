import { type Client, ClientError, type RestsOn, readRecordEntries } from '@cresset/access-client'
import { asciiLowerCase, fromUtf8 } from '@cresset/core-codec'
import {
  type BlockPoint,
  hostName,
  ledgerNameProblem,
  type NameEntry,
  type RecordGeneration,
  readAddress,
  readDelegation,
  readDomainCertificate,
  readHost,
  readName,
  readParameters,
  recordPageOf,
  type StateView,
  stateKeys,
} from '@cresset/core-ledger'
import {
  delegationRrsets,
  hostEntryRrsets,
  reverseRrsets,
  servedRecords,
  type ZoneServer,
  zoneRrsets,
} from '@cresset/dns-records'
import {
  equalNames,
  isAtOrBelow,
  lowerCaseName,
  parentName,
  parseAbsoluteName,
  parseReverseName,
  type Rrset,
} from '@cresset/dns-wire'
import { type OwnerIndex, ownersOfEntry } from './owner-index.ts'
import { ownerAnswer, type TableAnswer, type TableQuestion, tableAnswer } from './proven-table.ts'
import type { ServedZone } from './served-zones.ts'
import type { KeptTable, TableCache } from './table-cache.ts'

/** What the ledger proves about one owner name: all that decides the answer to any question for it. */
export interface ProvenPart {
  readonly zone: ServedZone
  readonly rrsets: readonly Rrset[]
  /** Names that exist, with records that no question for this owner can ask for. */
  readonly otherOwners: readonly Uint8Array[]
  readonly rests: RestsOn
  /** When it was found to be the newest, by this machine's clock. */
  readonly provenAtMs: number
}

/** Labels of a host for which proofs are asked for at once; deeper ones cost a round trip each. */
const HINTED_LABELS = 6

export interface Prover {
  readonly client: Client
  /** Of the zones, as far as they are known. */
  readonly servers: readonly ZoneServer[]
  readonly tables: TableCache
  readonly now: () => number
}

/**
 * Proves all that bears on `owner`: the zone's own records, whether the ledger name is registered and paid for, which hosts and
 * delegations it has, and of these the ones at or above the owner and the wildcards that could cover it; and what its record table adds.
 * Nothing of it was found to be the newest before `notBeforeMs`, by this machine's clock.
 * @throws ClientError, ResolveError
 */
export async function provePart(
  prover: Prover,
  zone: ServedZone,
  owner: Uint8Array,
  notBeforeMs: number,
): Promise<ProvenPart> {
  const { client, tables } = prover
  const labels = labelsBelow(owner, zone.apex)
  const name = ledgerNameOf(zone, labels, client.genesis.zones)
  const place = { zone, owner, labels, name }
  if (name === undefined) return (await proveOwn(prover, place)).part

  const young = tables.young(name, notBeforeMs)
  if (young !== undefined) {
    const own = await proveOwn(prover, place, young).catch(unlessNotKept)
    if (own !== undefined) return withTable(own, young.owners)
    tables.forget(name)
  }
  const own = await proveOwn(prover, place)
  if (own.table === undefined) return own.part
  const { height } = own.part.rests
  const { served, question } = own.table
  // Its own page proves an owner's records; that there are none takes every page: any can have a wildcard, or an owner further down.
  const index = recordPageOf(question.host, served.bits)
  const known = await readRecordEntries(client, height, name, served.generation, [index])
  const entry = known.get(index)
  const [found] = entry === undefined ? [] : ownersOfEntry(entry, (text) => text === question.host)
  if (found !== undefined) return withRecords(own.part, ownerAnswer(question, found))
  const whole = await tables.get({ name, height, served, known: { index, entry } }, own.part.provenAtMs)
  return withTable(whole.height === height ? own : await proveOwn(prover, place, whole), whole.owners)
}

/** No node gave a proof: of its height, perhaps, which nodes keep for some time only. */
function unlessNotKept(error: unknown): undefined {
  if (!(error instanceof ClientError) || error.kind !== 'unreachable') throw error
}

interface Place {
  readonly zone: ServedZone
  readonly owner: Uint8Array
  readonly labels: readonly string[]
  /** The ledger name that the owner is at or below. */
  readonly name: string | undefined
}

/** All but what a record table has. */
interface Own {
  readonly part: ProvenPart
  /** When there is a table that can add something. */
  readonly table: { readonly served: RecordGeneration; readonly question: TableQuestion } | undefined
}

function withTable({ part, table }: Own, owners: OwnerIndex): ProvenPart {
  if (table === undefined) return part
  return withRecords(part, tableAnswer(table.question, owners))
}

function withRecords(part: ProvenPart, { rrsets, otherOwners }: TableAnswer): ProvenPart {
  return { ...part, rrsets: [...part.rrsets, ...rrsets], otherOwners: [...part.otherOwners, ...otherOwners] }
}

/** At the newest height, or at that of a table. */
async function proveOwn(
  { client, servers, now }: Prover,
  { zone, owner, labels, name }: Place,
  at?: Pick<KeptTable, 'height' | 'provenAtMs'>,
): Promise<Own> {
  const read = (view: StateView, point: BlockPoint) => {
    const own = zone.isReverse
      ? addressRecords(view, zone, owner, labels)
      : name === undefined
        ? nothing
        : nameRecords(view, name, owner, point)
    // Read for every answer, so that one that no name was read for rests on a proven height too.
    const { defaultTtlSeconds } = readParameters(view)
    const { parameters } = client.genesis
    const served = own.isOwned ? servedRecords(view, name as string) : undefined
    // The proven height is the serial: when the zone last changed is nothing that one proof shows.
    const zoneRecords = { zone: zone.text, servers, serial: point.height, ttlSeconds: defaultTtlSeconds, parameters }
    return { ...own, apex: zoneRrsets(zoneRecords), served, defaultTtlSeconds }
  }
  const keys = [stateKeys.parameters, ...hintedKeys(name, labels)]
  const { value, rests } = await (at === undefined ? client.query(read, keys) : client.queryAt(at.height, keys, read))
  const { served, defaultTtlSeconds, taken, cuts, otherOwners } = value
  const rrsets = [...value.apex, ...value.rrsets]
  const part = { zone, rrsets, otherOwners, rests, provenAtMs: at?.provenAtMs ?? now() }
  const isTaken = (place: Uint8Array): boolean =>
    taken.some((host) => equalNames(host, place)) || cuts.some((cut) => isAtOrBelow(place, cut))
  // Where hosts and delegations have the owner itself, the table adds nothing.
  const isAnswered = isTaken(owner) || rrsets.some((rrset) => equalNames(rrset.owner, owner))
  if (served === undefined || name === undefined || isAnswered) return { part, table: undefined }
  const host = labels.slice(0, -1).join('.')
  return { part, table: { served, question: { name, host, defaultTtlSeconds, isTaken } } }
}

interface Records {
  readonly rrsets: readonly Rrset[]
  readonly otherOwners: readonly Uint8Array[]
  /** A ledger name in use: it may have a record table. */
  readonly isOwned: boolean
  /** Owners of published hosts, and of delegated ones. */
  readonly taken: readonly Uint8Array[]
  readonly cuts: readonly Uint8Array[]
}
const nothing: Records = { rrsets: [], otherOwners: [], isOwned: false, taken: [], cuts: [] }

function nameRecords(view: StateView, name: string, owner: Uint8Array, at: BlockPoint): Records {
  const { status, entry, ledgerTimeMs } = readName(view, name, at)
  if (entry?.registration === undefined || (status !== 'active' && status !== 'grace')) return nothing
  const { hosts, delegations } = entry.registration
  const { defaultTtlSeconds } = readParameters(view)
  const rrsets: Rrset[] = []
  const otherOwners: Uint8Array[] = []
  const taken: Uint8Array[] = []
  const cuts: Uint8Array[] = []
  const domainCertificate = domainCertificateOf(view, entry)
  for (const { host } of hosts) {
    const hostOwner = wireName(hostName(host, name))
    taken.push(hostOwner)
    if (bearsOn(hostOwner, owner)) {
      const record = present(readHost(view, name, host))
      rrsets.push(...hostEntryRrsets(record, defaultTtlSeconds, { ledgerTimeMs, domainCertificate }))
    } else otherOwners.push(hostOwner)
  }
  for (const host of delegations) {
    const cut = wireName(hostName(host, name))
    cuts.push(cut)
    if (isAtOrBelow(owner, cut))
      rrsets.push(...delegationRrsets(present(readDelegation(view, name, host)), defaultTtlSeconds))
    else otherOwners.push(cut)
  }
  return { rrsets, otherOwners, isOwned: true, taken, cuts }
}

/** Most names have none, and it would need a proof. */
function domainCertificateOf(view: StateView, { name, registration }: NameEntry): Uint8Array | undefined {
  return registration?.domainCertificate && readDomainCertificate(view, name)?.certificate
}

/** Whether a host's records can be asked for by a question for `owner`: it is at or above it, or a wildcard beside its way down. */
function bearsOn(host: Uint8Array, owner: Uint8Array): boolean {
  if (isAtOrBelow(owner, host)) return true
  const isWildcard = host[0] === 1 && host[1] === 0x2a
  return isWildcard && isAtOrBelow(owner, parentName(host) as Uint8Array)
}

function addressRecords(view: StateView, zone: ServedZone, owner: Uint8Array, labels: readonly string[]): Records {
  const address = parseReverseName([...labels, zone.text].join('.'))
  if (address !== undefined) {
    const { defaultTtlSeconds } = readParameters(view)
    return { ...nothing, rrsets: reverseRrsets(address, readAddress(view, address).confirmed, defaultTtlSeconds) }
  }
  // Part of an address: that nothing is below it would need the proof of every address there, so nothing is denied but records.
  const isPart =
    labels.length > 0 &&
    labels.every((label) => (zone.text.endsWith('.ip6.arpa') ? /^[0-9a-f]$/ : /^[0-9]{1,3}$/).test(label))
  return isPart ? { ...nothing, otherOwners: [owner] } : nothing
}

/** A name's list and its hosts change together, so a state where they differ is none that agreement can make. */
function present<T>(entry: T | undefined): T {
  if (entry === undefined) throw new Error("invariant: a name's record lists what the state does not hold")
  return entry
}

/** The name directly below the zone, or undefined where the ledger's rules leave none: the apex, `ns`, spellings that no name has. */
function ledgerNameOf(zone: ServedZone, labels: readonly string[], zones: readonly string[]): string | undefined {
  const label = labels.at(-1)
  if (zone.isReverse || label === undefined || !/^[a-z0-9-]+$/.test(label)) return undefined
  const name = `${label}.${zone.text}`
  return ledgerNameProblem(name, zones) === undefined ? name : undefined
}

/** The apex, or below the label `ns`, which no name has: what the zone's servers are and where. */
export function isOfZone(zone: ServedZone, owner: Uint8Array): boolean {
  const label = labelsBelow(owner, zone.apex).at(-1)
  return label === undefined || (label === 'ns' && !zone.isReverse)
}

/** What a question will most likely read, so that one exchange proves it. */
function hintedKeys(name: string | undefined, labels: readonly string[]): Uint8Array[] {
  if (name === undefined) return []
  const own = [stateKeys.time, stateKeys.name(name), stateKeys.lease(name), stateKeys.claim(name), stateKeys.feeFund]
  own.push(stateKeys.recordTable(name))
  const hosts: string[] = ['']
  const below = labels.slice(0, -1)
  for (let depth = 1; depth <= Math.min(below.length, HINTED_LABELS); depth++) hosts.push(below.slice(-depth).join('.'))
  return [...own, ...hosts.map((host) => stateKeys.host(name, host))]
}

/** Labels of `owner` before the zone's, as text; a byte that no name on the ledger has makes a label that matches none. */
function labelsBelow(owner: Uint8Array, apex: Uint8Array): string[] {
  const labels: string[] = []
  for (let offset = 0; offset < owner.length - apex.length; offset += 1 + (owner[offset] as number)) {
    const bytes = owner.subarray(offset + 1, offset + 1 + (owner[offset] as number))
    const isPlain = bytes.every((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x2e)
    labels.push(isPlain ? asciiLowerCase(fromUtf8(bytes)) : '\0')
  }
  return labels
}

const wireName = (text: string): Uint8Array => lowerCaseName(parseAbsoluteName(text))
