import { credit } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import { nodeEntry } from '../entries/node.ts'
import { type Stake, stakeEntry, type Unbondings, unbondingEntry, unbondingsEntry } from '../entries/stake.ts'
import { stateKeys } from '../state-keys.ts'

/** Parts that one block gives back. */
export const maxUnbonded = 200

const none: Unbondings = { head: 0, tail: 0 }

/** Takes a part of the stake on its way back: it can be lost until it arrives. */
export function beginUnbonding(context: BlockContext, stake: Stake, amount: bigint): number {
  const { state, ledgerTimeMs, parameters } = context
  const readyLedgerMs = ledgerTimeMs + parameters.unbondingMs
  const { head, tail } = state.get(unbondingsEntry, stateKeys.unbondings) ?? none
  state.put(stakeEntry, stateKeys.stake(stake.node), {
    ...stake,
    bonded: stake.bonded - amount,
    unbonding: [...stake.unbonding, { amount, readyLedgerMs }],
  })
  // The delay never gets shorter, so what comes later is due later.
  state.put(unbondingEntry, stateKeys.unbonding(tail), { node: stake.node, readyLedgerMs })
  state.put(unbondingsEntry, stateKeys.unbondings, { head, tail: tail + 1 })
  return readyLedgerMs
}

/** Gives back what has waited long enough. */
export function sweepUnbonding(context: BlockContext): void {
  const { state, zones, ledgerTimeMs } = context
  if (zones.engine !== 'stake') return
  const { head, tail } = state.get(unbondingsEntry, stateKeys.unbondings) ?? none
  let at = head
  for (; at < tail && at - head < maxUnbonded; at++) {
    const key = stateKeys.unbonding(at)
    const { node, readyLedgerMs } = state.require(unbondingEntry, key)
    if (readyLedgerMs > ledgerTimeMs) break
    state.remove(unbondingEntry, key)
    giveBack(context, node)
  }
  if (at > head) state.put(unbondingsEntry, stateKeys.unbondings, { head: at, tail })
}

function giveBack({ state, events }: BlockContext, node: Uint8Array): void {
  const key = stateKeys.stake(node)
  const stake = state.require(stakeEntry, key)
  const [due, ...rest] = stake.unbonding
  if (due === undefined) throw new Error('invariant: every place in the queue is a part of a stake')
  credit(state, stake.account, due.amount)
  const isOver = rest.length === 0 && stake.bonded === 0n && state.get(nodeEntry, stateKeys.node(node)) === undefined
  if (isOver) state.remove(stakeEntry, key)
  else state.put(stakeEntry, key, { ...stake, unbonding: rest })
  events.push({ kind: 'unbonded', body: { node, to: stake.account, amount: due.amount } })
}
