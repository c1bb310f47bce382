import type { Refusal } from '../codes.ts'
import { delegatedProblem } from '../delegation/delegation-place.ts'
import { maxHostsPerName, type Registration } from '../entries/name.ts'
import { planHost, putHost, withdrawHost } from '../hosts/change-host.ts'
import { contentProblem } from '../hosts/content.ts'
import { hostProblem } from '../names/host.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import type { Operation } from './operation.ts'

/** The security transaction: says all there is about one host, or withdraws it. */
export const publish: Operation<'publish'> = (context, prepared, body) => {
  const { name, host } = body
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const problem = hostProblem(host, name, body.services.length > 0)
  if (problem !== undefined) return problem
  if (body.servers.length === 0 && body.recordSets.length === 0) {
    if (!owned.registration.hosts.some((other) => other.host === host)) return 'host-unknown'
    withdrawHost(context, owned, host)
    return 'ok'
  }
  const refusal = placeProblem(owned.registration, host) ?? contentProblem(context, owned, host, body)
  if (refusal !== undefined) return refusal
  const plan = planHost(context, owned, host, body, body.keyOverlap)
  if (typeof plan === 'string') return plan

  putHost(context, owned, plan)
  context.events.push({ kind: 'hostPublished', body: { name, host } })
  return 'ok'
}

/** Whether the host can stand among the others of the name. */
function placeProblem(registration: Registration, host: string): Refusal | undefined {
  const delegated = delegatedProblem(registration, host)
  if (delegated !== undefined) return delegated
  const { hosts } = registration
  const isNew = !hosts.some((other) => other.host === host)
  return isNew && hosts.length === maxHostsPerName ? 'too-many-hosts' : undefined
}
