import { accountOf } from '@cresset/core-crypto'
import { hostEntry } from '../entries/name.ts'
import { planServers, putHost, withdrawHost } from '../hosts/change-host.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { stateKeys } from '../state-keys.ts'
import { hasKey } from './add-server.ts'
import type { Operation } from './operation.ts'

/** Takes out the servers of a key. With the last one go the services; a host without servers and record sets is withdrawn. */
export const withdrawServer: Operation<'withdrawServer'> = (context, prepared, body) => {
  const { name, host, publicKey, keyOverlap } = body
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const before = context.state.get(hostEntry, stateKeys.host(name, host))
  if (before === undefined) return 'host-unknown'
  const isGone = hasKey(publicKey)
  const servers = before.servers.filter((server) => !isGone(server))
  if (servers.length === before.servers.length) return 'server-unknown'
  const services = servers.length === 0 ? [] : before.services
  const plan = planServers(context, owned, host, { ...before, servers, services }, keyOverlap)
  if (typeof plan === 'string') return plan

  context.events.push({ kind: 'serverWithdrawn', body: { name, host, server: accountOf(publicKey) } })
  if (servers.length === 0 && before.recordSets.length === 0) withdrawHost(context, owned, host)
  else putHost(context, owned, plan)
  return 'ok'
}
