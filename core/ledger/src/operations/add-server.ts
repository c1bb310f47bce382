import { equalBytes } from '@cresset/core-codec'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { hostLimits, type Server } from '../actions.ts'
import type { Refusal } from '../codes.ts'
import { hostEntry } from '../entries/name.ts'
import { planServers, putHost } from '../hosts/change-host.ts'
import { newServersProblem } from '../hosts/content.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { recordSetsProblem } from '../names/record-sets.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** One more server of a published host, or one in the place of another: with a new key, certificate or address. */
export const addServer: Operation<'addServer'> = (context, prepared, body) => {
  const { name, host, server, replaces, keyOverlap } = body
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const before = context.state.get(hostEntry, stateKeys.host(name, host))
  if (before === undefined) return 'host-unknown'
  const servers = serversWith(before.servers, server, replaces)
  if (typeof servers === 'string') return servers
  const content = { ...before, servers }
  const refusal =
    recordSetsProblem(content.recordSets, { hasServers: true }, context.parameters) ??
    newServersProblem(context, owned, host, [server])
  if (refusal !== undefined) return refusal
  const plan = planServers(context, owned, host, content, keyOverlap)
  if (typeof plan === 'string') return plan

  putHost(context, owned, plan)
  context.events.push({ kind: 'serverAdded', body: { name, host, server: accountOf(server.publicKey) } })
  return 'ok'
}

/** A server is known by its key. */
export function hasKey(key: PublicKey) {
  return ({ publicKey }: Pick<Server, 'publicKey'>): boolean => equalBytes(publicKey, key)
}

function serversWith(servers: readonly Server[], server: Server, replaces: PublicKey | undefined): Server[] | Refusal {
  const isReplaced = replaces === undefined ? () => false : hasKey(replaces)
  const others = servers.filter((other) => !isReplaced(other))
  if (replaces !== undefined && others.length === servers.length) return 'server-unknown'
  if (others.some(hasKey(server.publicKey))) return 'server-key-known'
  return others.length === hostLimits.servers ? 'too-many-servers' : [...others, server]
}
