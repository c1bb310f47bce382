import type { ActionBody } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import { delegationProblem } from '../delegation/delegation-content.ts'
import { delegationPlaceProblem } from '../delegation/delegation-place.ts'
import { endDelegation } from '../delegation/end-delegation.ts'
import { takeTableFee } from '../delegation/table-fee.ts'
import { delegationEntry } from '../entries/delegation.ts'
import { nameEntry, recordHash } from '../entries/name.ts'
import { hostProblem } from '../names/host.ts'
import { hostName } from '../names/host-name.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import type { OwnedName } from '../names/status.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

type Content = NonNullable<ActionBody<'setDelegation'>['delegation']>

/** Hands a host and all below it to other name servers, changes that, or takes it back. */
export const setDelegation: Operation<'setDelegation'> = (context, prepared, { name, host, delegation }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const { delegations } = owned.registration
  const isListed = delegations.includes(host)
  if (delegation === undefined) {
    if (!isListed) return 'delegation-unknown'
    const unpaid = takeTableFee(context, prepared, name)
    if (unpaid !== undefined) return unpaid
    endDelegation(context, name, host)
    listDelegations(
      context,
      owned,
      delegations.filter((other) => other !== host),
    )
    context.events.push({ kind: 'delegationEnded', body: { name, host } })
    return 'ok'
  }
  const refusal =
    hostProblem(host, name, false) ??
    delegationPlaceProblem(owned.registration, host) ??
    delegationProblem(context, name, host, delegation)
  if (refusal !== undefined) return refusal
  // One that changes hides what it hid.
  const unpaid = isListed ? undefined : takeTableFee(context, prepared, name)
  if (unpaid !== undefined) return unpaid

  putDelegation(context, name, host, delegation)
  if (!isListed) listDelegations(context, owned, [...delegations, host])
  context.changedNames.add(hostName(host, name))
  context.events.push({ kind: 'delegationSet', body: { name, host } })
  return 'ok'
}

function putDelegation({ state, height }: BlockContext, name: string, host: string, content: Content): void {
  const key = stateKeys.delegation(name, host)
  const before = state.get(delegationEntry, key)
  state.put(delegationEntry, key, {
    name,
    host,
    revision: (before?.revision ?? 0) + 1,
    predecessor: before === undefined ? undefined : recordHash(delegationEntry, before),
    height,
    ...content,
  })
}

function listDelegations(context: BlockContext, { entry, registration }: OwnedName, unsorted: readonly string[]): void {
  const delegations = [...unsorted].sort()
  const next = succeed(context, entry, { registration: { ...registration, delegations }, freeAtLedgerMs: 0 })
  context.state.put(nameEntry, stateKeys.name(entry.name), next)
}
