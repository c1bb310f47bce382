import { equalBytes } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { hostLimits, type KeyOverlap, keyOverlapMs, keyOverlaps, type Server } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import { type HostEntry, hostEntry, type RetiringKey, recordHash } from '../entries/name.ts'
import { type RetirementQueues, retirementEntry, retirementQueuesEntry } from '../entries/retirement.ts'
import { hostName } from '../names/host-name.ts'
import { stateKeys } from '../state-keys.ts'

/** Hosts that one block takes old keys from. */
export const maxHostsRetired = 200

const noQueues: RetirementQueues = { queues: keyOverlaps.slice(1).map(() => ({ head: 0, tail: 0 })) }

export interface KeyChange {
  readonly retiring: RetiringKey[]
  /** Some of them begin to retire with this change. */
  readonly isNew: boolean
}

/**
 * The old keys that stay beside those of `servers`, and until when. With the overlap `none` all end now, also those of earlier
 * changes: a stolen key must not stay. Undefined when there would be too many.
 */
export function retireKeys(
  { ledgerTimeMs }: Pick<BlockContext, 'ledgerTimeMs'>,
  before: HostEntry | undefined,
  servers: readonly Server[],
  overlap: KeyOverlap,
): KeyChange | undefined {
  // Without servers there are no services, so nothing that a key could be for.
  if (before === undefined || overlap === 'none' || servers.length === 0) return { retiring: [], isNew: false }
  const isServed = (key: PublicKey): boolean => servers.some(({ publicKey }) => equalBytes(publicKey, key))
  const untilLedgerMs = ledgerTimeMs + keyOverlapMs(overlap)
  const leaving: RetiringKey[] = []
  for (const { publicKey } of before.servers) {
    if (!isServed(publicKey) && !includesKey(leaving, publicKey)) leaving.push({ publicKey, untilLedgerMs })
  }
  const earlier = before.retiringKeys.filter(
    ({ publicKey, untilLedgerMs: until }) =>
      until > ledgerTimeMs && !isServed(publicKey) && !includesKey(leaving, publicKey),
  )
  const retiring = [...earlier, ...leaving]
  return retiring.length > hostLimits.retiringKeys ? undefined : { retiring, isNew: leaving.length > 0 }
}

function includesKey(keys: readonly RetiringKey[], key: PublicKey): boolean {
  return keys.some(({ publicKey }) => equalBytes(publicKey, key))
}

/** Has the sweep look at the host when this overlap has passed. */
export function awaitRetirement(context: BlockContext, name: string, host: string, overlap: KeyOverlap): void {
  const { state, ledgerTimeMs } = context
  const index = keyOverlaps.findIndex(([length]) => length === overlap) - 1
  const { queues } = state.get(retirementQueuesEntry, stateKeys.retirementQueues) ?? noQueues
  const { head, tail } = queues[index] as { head: number; tail: number }
  const place = { name, host, untilLedgerMs: ledgerTimeMs + keyOverlapMs(overlap) }
  state.put(retirementEntry, stateKeys.retirement(index, tail), place)
  state.put(retirementQueuesEntry, stateKeys.retirementQueues, { queues: queues.with(index, { head, tail: tail + 1 }) })
}

/** Takes old keys whose time has passed out of their hosts, and so out of DNS. */
export function sweepRetiringKeys(context: BlockContext): void {
  const { state, ledgerTimeMs } = context
  const before = state.get(retirementQueuesEntry, stateKeys.retirementQueues)
  if (before === undefined) return
  let budget = maxHostsRetired
  const queues = before.queues.map(({ head, tail }, index) => {
    let at = head
    for (; at < tail && budget > 0; at++) {
      const key = stateKeys.retirement(index, at)
      const { name, host, untilLedgerMs } = state.require(retirementEntry, key)
      if (untilLedgerMs > ledgerTimeMs) break
      state.remove(retirementEntry, key)
      endKeys(context, name, host)
      budget--
    }
    return { head: at, tail }
  })
  if (queues.some(({ head }, index) => head !== before.queues[index]?.head))
    state.put(retirementQueuesEntry, stateKeys.retirementQueues, { queues })
}

/** The host may have ended since, or changed so that its keys end later or have ended already. */
function endKeys(context: BlockContext, name: string, host: string): void {
  const { state, ledgerTimeMs, height } = context
  const key = stateKeys.host(name, host)
  const before = state.get(hostEntry, key)
  if (before === undefined) return
  const retiringKeys = before.retiringKeys.filter(({ untilLedgerMs }) => untilLedgerMs > ledgerTimeMs)
  if (retiringKeys.length === before.retiringKeys.length) return
  const revision = before.revision + 1
  state.put(hostEntry, key, { ...before, revision, predecessor: recordHash(hostEntry, before), height, retiringKeys })
  context.changedNames.add(hostName(host, name))
  context.events.push({ kind: 'hostKeysEnded', body: { name, host } })
}
