import { hostLimits, type KeyOverlap } from '../actions.ts'
import { addressesOf, moveClaims } from '../addresses/address-claims.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import {
  type HostEntry,
  hostEntry,
  maxAddressesPerName,
  maxKibibytesPerName,
  nameEntry,
  type Registration,
  recordHash,
} from '../entries/name.ts'
import { hostName } from '../names/host-name.ts'
import { canList } from '../names/listing.ts'
import type { OwnedName } from '../names/status.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import { awaitRetirement, type KeyChange, retireKeys } from './retiring-keys.ts'

export type HostContent = Pick<HostEntry, 'ttlSeconds' | 'servers' | 'services' | 'recordSets'>

/** What a host will be; nothing is written yet. */
export interface HostPlan {
  readonly before: HostEntry | undefined
  readonly record: HostEntry
  /** Of the encoded record. */
  readonly bytes: number
  readonly addresses: readonly Uint8Array[]
  readonly overlap: KeyOverlap
  readonly keys: KeyChange
}

/** What it takes to give a host this content, or why it cannot have it beside what the name already holds. */
export function planHost(
  context: BlockContext,
  { entry, registration }: OwnedName,
  host: string,
  content: HostContent,
  overlap: KeyOverlap,
): HostPlan | Refusal {
  const addresses = addressesOf(content.servers)
  const others = registration.hosts.filter((other) => other.host !== host)
  const held = others.reduce((sum, other) => sum + other.addresses, addresses.length)
  if (held > maxAddressesPerName) return 'too-many-addresses'
  const before = context.state.get(hostEntry, stateKeys.host(entry.name, host))
  const keys = retireKeys(context, before, content.servers, overlap)
  if (keys === undefined) return 'too-many-retiring-keys'
  const { ttlSeconds, servers, services, recordSets } = content
  const record: HostEntry = {
    name: entry.name,
    host,
    revision: (before?.revision ?? 0) + 1,
    predecessor: before === undefined ? undefined : recordHash(hostEntry, before),
    height: context.height,
    ttlSeconds,
    servers,
    services,
    recordSets,
    retiringKeys: keys.retiring,
  }
  const bytes = hostEntry.codec.encode(record).length
  const kibibytes = others.reduce((sum, other) => sum + other.kibibytes, kibibytesOf(bytes))
  if (kibibytes > maxKibibytesPerName || !canList(registration, host)) return 'name-too-large'
  return { before, record, bytes, addresses, overlap, keys }
}

/**
 * As `planHost`, for transactions that are much shorter than the record that they rewrite: nobody pays for its bytes, so they must be few.
 */
export function planServers(...change: Parameters<typeof planHost>): HostPlan | Refusal {
  const plan = planHost(...change)
  if (typeof plan === 'string') return plan
  return plan.bytes > hostLimits.rewrittenBytes ? 'host-too-large' : plan
}

/** Writes the host's next record, and what follows from it: the name's list, the index by address, the end of old keys. */
export function putHost(context: BlockContext, owned: OwnedName, plan: HostPlan): void {
  const { before, record, bytes, addresses, overlap, keys } = plan
  const { name, host } = record
  context.state.put(hostEntry, stateKeys.host(name, host), record)
  moveClaims(context, { name, host }, addressesOf(before?.servers ?? []), addresses)
  if (keys.isNew) awaitRetirement(context, name, host, overlap)
  noteHost(context, owned, { host, addresses: addresses.length, kibibytes: kibibytesOf(bytes) })
  context.changedNames.add(hostName(host, name))
}

function kibibytesOf(bytes: number): number {
  return Math.ceil(bytes / 1_024)
}

type HostNote = Registration['hosts'][number]

/** Writes the name's record when what it says of its hosts changes or its first publish is done. */
function noteHost(context: BlockContext, { entry, registration }: OwnedName, note: HostNote): void {
  const known = registration.hosts.find(({ host }) => host === note.host)
  const isKnown = known?.addresses === note.addresses && known.kibibytes === note.kibibytes
  if (isKnown && registration.certificateInformation === undefined) return
  const others = registration.hosts.filter(({ host }) => host !== note.host)
  const hosts = [...others, note].sort((a, b) => (a.host < b.host ? -1 : 1))
  const next = succeed(context, entry, {
    registration: { ...registration, certificateInformation: undefined, hosts },
    freeAtLedgerMs: 0,
  })
  context.state.put(nameEntry, stateKeys.name(entry.name), next)
}

/** Withdraws a host that the name lists. */
export function withdrawHost(context: BlockContext, { entry, registration }: OwnedName, host: string): void {
  const { name } = entry
  const note = registration.hosts.find((other) => other.host === host)
  if (note === undefined) throw new Error('invariant: a host that is withdrawn is listed')
  endHost(context, name, note)
  const hosts = registration.hosts.filter((other) => other !== note)
  const next = succeed(context, entry, { registration: { ...registration, hosts }, freeAtLedgerMs: 0 })
  context.state.put(nameEntry, stateKeys.name(name), next)
  context.events.push({ kind: 'hostWithdrawn', body: { name, host } })
}

/** Takes a host out of the state, the index by address and DNS; the name's record is the caller's. */
export function endHost(context: BlockContext, name: string, { host, addresses }: HostNote): void {
  const { state } = context
  const key = stateKeys.host(name, host)
  if (addresses > 0) moveClaims(context, { name, host }, addressesOf(state.require(hostEntry, key).servers), [])
  state.remove(hostEntry, key)
  context.changedNames.add(hostName(host, name))
}
