import { encodeItem, equalBytes } from '@cresset/core-codec'
import { distinct } from './addresses.ts'
import type { NaiveCode } from './codes.ts'
import type { NaiveEvent } from './receipt.ts'
import { hostItem, nextRevision, recordHash } from './records.ts'
import type { NaiveHost, NaiveName, NaiveOwnership, NaiveState, RetiringKey } from './state.ts'
import type { NaiveHostContent, NaiveServer } from './transaction.ts'

type OwnedName = NaiveName & { ownership: NaiveOwnership }
export interface HostPlace {
  chainId: string
  blockTime: number
  height: number
  now: number
}

const overlapsMs = [0, 60_000, 600_000, 3_600_000, 21_600_000, 172_800_000]
const addressesPerName = 128
const kibibytesPerName = 256
const listedBytesPerName = 4_096
const retiringPerHost = 8

/** The last steps of whatever gives a host another content; undefined when it is done. */
export function setHost(
  state: NaiveState,
  name: OwnedName,
  host: string,
  content: NaiveHostContent,
  overlap: number,
  at: HostPlace,
  mostBytes = Number.POSITIVE_INFINITY,
): NaiveCode | undefined {
  const { ownership } = name
  const known = ownership.hosts.find((other) => other.host === host)
  const others = ownership.hosts.filter((other) => other !== known)
  const count = ({ servers }: { servers: NaiveServer[] }) =>
    distinct(servers.flatMap((server) => server.addresses)).length
  if (others.reduce((sum, other) => sum + count(other), count(content)) > addressesPerName) return 'too-many-addresses'
  const retiring = retiringAfter(known, content.servers, overlap, at.now)
  if (retiring.length > retiringPerHost) return 'too-many-retiring-keys'

  const { ttl, servers, services, recordSets } = content
  const revision = (known?.revision ?? 0) + 1
  const predecessor = known === undefined ? undefined : recordHash(hostItem(name.name, known))
  const { height } = at
  const next = { host, revision, predecessor, height, ttl, servers, services, recordSets, retiring, kibibytes: 0 }
  const bytes = encodeItem(hostItem(name.name, next)).length
  next.kibibytes = Math.ceil(bytes / 1_024)
  const kibibytes = others.reduce((sum, other) => sum + other.kibibytes, next.kibibytes)
  if (kibibytes > kibibytesPerName || isListFull(ownership, host)) return 'name-too-large'
  if (bytes > mostBytes) return 'host-too-large'

  const isSame = known?.kibibytes === next.kibibytes && count(known) === count(content)
  if (!isSame || ownership.certificate !== undefined) nextRevision(name, at.height)
  ownership.certificate = undefined
  ownership.hosts = [...others, next]
  const until = at.now + (overlapsMs[overlap] as number)
  const begins = known?.servers.some(
    ({ publicKey }) => !servers.some((server) => equalBytes(server.publicKey, publicKey)),
  )
  if (begins && overlap > 0 && servers.length > 0) {
    const position = state.queueTails[overlap - 1] as number
    state.queueTails[overlap - 1] = position + 1
    state.waiting.push({ queue: overlap - 1, position, name: name.name, host, until })
  }
  return undefined
}

/** Whether the name's record has no room for the text of one more host or delegation. */
export function isListFull({ hosts, delegations }: NaiveOwnership, host: string): boolean {
  const listed = new Set([...hosts, ...delegations].map((other) => other.host))
  if (listed.has(host)) return false
  return [...listed, host].join('').length > listedBytesPerName
}

function retiringAfter(
  known: NaiveHost | undefined,
  servers: NaiveServer[],
  overlap: number,
  now: number,
): RetiringKey[] {
  if (known === undefined || overlap === 0 || servers.length === 0) return []
  const until = now + (overlapsMs[overlap] as number)
  const all: RetiringKey[] = [
    ...known.retiring.filter((key) => key.until > now),
    ...distinct(known.servers.map(({ publicKey }) => publicKey)).map((publicKey) => ({ publicKey, until })),
  ].filter(({ publicKey }) => !servers.some((server) => equalBytes(server.publicKey, publicKey)))
  // Of a key that retires twice the later time counts.
  return all.filter(
    ({ publicKey }, index) => !all.slice(index + 1).some((later) => equalBytes(later.publicKey, publicKey)),
  )
}

export function withdrawHost(name: OwnedName, host: string, at: { height: number }): NaiveEvent {
  nextRevision(name, at.height)
  name.ownership.hosts = name.ownership.hosts.filter((other) => other.host !== host)
  return { kind: 'hostWithdrawn', body: { name: name.name, host } }
}
