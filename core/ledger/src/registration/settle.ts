import { accountOf } from '@cresset/core-crypto'
import { credit, creditTreasury } from '../accounts.ts'
import { addIncome, type BlockContext } from '../block-context.ts'
import type { Code } from '../codes.ts'
import { firstChargeQuanta, openLease, termQuanta } from '../deposit/fund.ts'
import { emptyHoldings, type NameEntry, nameEntry } from '../entries/name.ts'
import {
  type Claim,
  claimEntry,
  openSealCountEntry,
  type SealEntry,
  type SealPosition,
  sealEntry,
} from '../entries/registration.ts'
import { succeed } from '../names/succeed.ts'
import { isByTerm, worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { dequeue, positionAt, queueOf } from './queue.ts'

/** Places of the queue that one block settles. */
export const maxSettled = 200
/** Blocks for each validator before a seal can lapse, so that no few proposers can keep a reveal out. */
const blocksPerValidator = 4

/** Closes an open seal; its bond goes back or is lost. */
export function closeSeal(
  context: BlockContext,
  place: { readonly sender: Uint8Array; readonly sequence: number },
  seal: SealEntry,
  bondTo: 'sender' | 'treasury',
  reason: Code,
): void {
  const { state } = context
  const { sender, sequence } = place
  forgetSeal(context, sender, sequence)
  dequeue(state, seal.order)
  if (bondTo === 'sender') credit(state, sender, seal.bond)
  else creditTreasury(state, seal.bond)
  context.events.push({ kind: 'sealClosed', body: { sender, sequence, reason, bond: seal.bond, bondTo } })
}

/** The seal is open no longer; its place in the queue stays. */
export function forgetSeal({ state }: BlockContext, sender: Uint8Array, sequence: number): void {
  state.remove(sealEntry, stateKeys.seal(sender, sequence))
  const key = stateKeys.openSealCount(sender)
  const { count } = state.require(openSealCountEntry, key)
  if (count === 1) state.remove(openSealCountEntry, key)
  else state.put(openSealCountEntry, key, { count: count - 1 })
}

/** Works off the queue from its oldest end: claims become names, seals that nobody revealed in time lapse. */
export function settleQueue(context: BlockContext): void {
  const { state } = context
  for (let settled = 0; settled < maxSettled; settled++) {
    const order = queueOf(state).head
    if (order === 0) return
    const position = positionAt(state, order)
    if (position.claimedName !== undefined) {
      register(context, state.require(claimEntry, stateKeys.claim(position.claimedName)))
    } else if (!lapse(context, position)) {
      return
    }
  }
}

function lapse(context: BlockContext, place: SealPosition): boolean {
  const { state, parameters, zones, ledgerTimeMs, height } = context
  const seal = state.require(sealEntry, stateKeys.seal(place.sender, place.sequence))
  const windowIsOver = ledgerTimeMs - seal.ledgerTimeMs >= parameters.revealWindowMs
  const blocksAreOver = height - seal.height >= blocksPerValidator * zones.validatorCount
  if (!windowIsOver || !blocksAreOver) return false
  closeSeal(context, place, seal, 'treasury', 'expired')
  return true
}

/** No older seal is open: the claim becomes the name. */
function register(context: BlockContext, claim: Claim): void {
  const { state, parameters, height, ledgerTimeMs } = context
  const { name, order, sender, sequence, primaryKey, certificateInformation, depositQuanta, bond } = claim
  dequeue(state, order)
  state.remove(claimEntry, stateKeys.claim(name))
  credit(state, sender, bond)
  // A vote may have raised the rate since the claim was made.
  const charge = Math.min(firstChargeQuanta(parameters), depositQuanta)
  const firstCharge = worthOf(charge, parameters)
  addIncome(context, firstCharge)
  const registration = { primaryKey, height, ledgerTimeMs, order, certificateInformation, ...emptyHoldings }
  const before = state.get(nameEntry, stateKeys.name(name))
  const entry: NameEntry =
    before === undefined
      ? { name, revision: 1, predecessor: undefined, height, ownerships: 1, registration, freeAtLedgerMs: 0 }
      : succeed(context, before, { ownerships: before.ownerships + 1, registration, freeAtLedgerMs: 0 })
  state.put(nameEntry, stateKeys.name(name), entry)
  context.events.push({
    kind: 'nameRegistered',
    body: { name, owner: accountOf(primaryKey), sender, sequence, firstCharge },
  })
  openLease(context, name, isByTerm(parameters) ? termQuanta(parameters) : depositQuanta - charge)
}
