import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'
import { recordSetsProblem, serversProblem } from './hosts.ts'
import type { NaiveEvent } from './receipt.ts'
import { hostItem, recordHash } from './records.ts'
import type { Outcome } from './registrations.ts'
import { type HostPlace, setHost, withdrawHost } from './set-host.ts'
import { type NaiveName, type NaiveOwnership, type NaiveState, owned } from './state.ts'
import type { NaiveBody } from './transaction.ts'

/** docs/protocol/ledger.md, "Servers". */

type OwnedName = NaiveName & { ownership: NaiveOwnership }
const serversPerHost = 8
const rewrittenBytes = 16_384
const hostsPerSweep = 200
const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })

export function addServer(
  state: NaiveState,
  name: OwnedName,
  body: NaiveBody<'addServer'>,
  p: Parameters<typeof recordSetsProblem>[1],
  at: HostPlace,
): Outcome {
  const { host, server, replaces, keyOverlap } = body
  const known = name.ownership.hosts.find((other) => other.host === host)
  if (known === undefined) return refuse('host-unknown')
  const left = known.servers.filter(({ publicKey }) => replaces === undefined || !equalBytes(publicKey, replaces))
  if (replaces !== undefined && left.length === known.servers.length) return refuse('server-unknown')
  if (left.some(({ publicKey }) => equalBytes(publicKey, server.publicKey))) return refuse('server-key-known')
  if (left.length >= serversPerHost) return refuse('too-many-servers')
  const content = { ...known, servers: [...left, server] }
  const problem =
    recordSetsProblem({ servers: content.servers, recordSets: known.recordSets }, p) ??
    serversProblem(name, { host, servers: [server] }, at) ??
    setHost(state, name, host, content, keyOverlap, at, rewrittenBytes)
  if (problem !== undefined) return refuse(problem)
  return {
    code: 'ok',
    events: [{ kind: 'serverAdded', body: { name: name.name, host, server: accountOf(server.publicKey) } }],
  }
}

export function withdrawServer(
  state: NaiveState,
  name: OwnedName,
  { host, publicKey, keyOverlap }: NaiveBody<'withdrawServer'>,
  at: HostPlace,
): Outcome {
  const known = name.ownership.hosts.find((other) => other.host === host)
  if (known === undefined) return refuse('host-unknown')
  const servers = known.servers.filter((server) => !equalBytes(server.publicKey, publicKey))
  if (servers.length === known.servers.length) return refuse('server-unknown')
  const events: NaiveEvent[] = [
    { kind: 'serverWithdrawn', body: { name: name.name, host, server: accountOf(publicKey) } },
  ]
  if (servers.length === 0 && known.recordSets.length === 0)
    return { code: 'ok', events: [...events, withdrawHost(name, host, at)] }
  const services = servers.length === 0 ? [] : known.services
  const problem = setHost(state, name, host, { ...known, servers, services }, keyOverlap, at, rewrittenBytes)
  return problem === undefined ? { code: 'ok', events } : refuse(problem)
}

/** Ends old keys whose time has passed, of at most 200 hosts. */
export function sweepKeys(state: NaiveState, { now, height }: { now: number; height: number }): NaiveEvent[] {
  const events: NaiveEvent[] = []
  let budget = hostsPerSweep
  for (const queue of state.queueTails.keys()) {
    const inOrder = state.waiting.filter((place) => place.queue === queue).sort((a, b) => a.position - b.position)
    for (const place of inOrder) {
      if (budget === 0 || place.until > now) break
      budget--
      state.waiting = state.waiting.filter((other) => other !== place)
      const hosts = owned(state).find(({ name }) => name === place.name)?.ownership.hosts
      const host = hosts?.find((candidate) => candidate.host === place.host)
      const left = host?.retiring.filter(({ until }) => until > now)
      if (host === undefined || left?.length === host.retiring.length) continue
      const predecessor = recordHash(hostItem(place.name, host))
      Object.assign(host, { predecessor, revision: host.revision + 1, height, retiring: left })
      events.push({ kind: 'hostKeysEnded', body: { name: place.name, host: place.host } })
    }
  }
  return events
}
