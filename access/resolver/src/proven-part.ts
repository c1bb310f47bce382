import type { Client, RestsOn } from '@cresset/access-client'
import { asciiLowerCase, fromUtf8 } from '@cresset/core-codec'
import {
  type BlockPoint,
  hostName,
  ledgerNameProblem,
  type NameEntry,
  readAddress,
  readDelegation,
  readDomainCertificate,
  readHost,
  readName,
  readParameters,
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
import { proveTable } from './proven-table.ts'
import type { ServedZone } from './served-zones.ts'

/** What the ledger proves about one owner name: all that decides the answer to any question for it. */
export interface ProvenPart {
  readonly zone: ServedZone
  readonly rrsets: readonly Rrset[]
  /** Names that exist, with records that no question for this owner can ask for. */
  readonly otherOwners: readonly Uint8Array[]
  readonly rests: RestsOn
}

/** Labels of a host for which proofs are asked for at once; deeper ones cost a round trip each. */
const HINTED_LABELS = 6

/**
 * Proves all that bears on `owner`: the zone's own records, whether the ledger name is registered and paid for, which hosts and
 * delegations it has, and of these the ones at or above the owner and the wildcards that could cover it.
 * @throws ClientError
 */
export async function provePart(
  client: Client,
  zone: ServedZone,
  owner: Uint8Array,
  servers: readonly ZoneServer[],
): Promise<ProvenPart> {
  const labels = labelsBelow(owner, zone.apex)
  const name = ledgerNameOf(zone, labels, client.genesis.zones)
  const { value, rests } = await client.query(
    (view, at) => {
      const own = zone.isReverse
        ? addressRecords(view, zone, owner, labels)
        : name === undefined
          ? nothing
          : nameRecords(view, name, owner, at)
      // Read for every answer, so that one that no name was read for rests on a proven height too.
      const { defaultTtlSeconds: ttlSeconds } = readParameters(view)
      const { parameters } = client.genesis
      const served = own.isOwned ? servedRecords(view, name as string) : undefined
      // The proven height is the serial: when the zone last changed is nothing that one proof shows.
      const apex = zoneRrsets({ zone: zone.text, servers, serial: at.height, ttlSeconds, parameters })
      return { ...own, apex, served, defaultTtlSeconds: ttlSeconds }
    },
    [stateKeys.parameters, ...hintedKeys(name, labels)],
  )
  const { served, defaultTtlSeconds, taken, cuts } = value
  const part = { zone, rrsets: [...value.apex, ...value.rrsets], otherOwners: value.otherOwners, rests }
  const isTaken = (place: Uint8Array): boolean =>
    taken.some((host) => equalNames(host, place)) || cuts.some((cut) => isAtOrBelow(place, cut))
  // Where hosts and delegations have the owner itself, the table adds nothing.
  const isAnswered = isTaken(owner) || part.rrsets.some((rrset) => equalNames(rrset.owner, owner))
  if (served === undefined || name === undefined || isAnswered) return part
  const host = labels.slice(0, -1).join('.')
  const { height } = rests
  const table = await proveTable(client, { height, name, served, owner, host, defaultTtlSeconds, isTaken })
  return {
    ...part,
    rrsets: [...part.rrsets, ...table.rrsets],
    otherOwners: [...part.otherOwners, ...table.otherOwners],
  }
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
