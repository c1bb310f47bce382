import { compareBytes, equalBytes } from '@cresset/core-codec'
import { zonesEntry } from '../entries/ledger.ts'
import { type LedgerValidator, validatorsEntry } from '../entries/node.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'

/** Sorted by key. */
export type LedgerValidators = readonly LedgerValidator[]

/** Who votes on the two blocks after the one that left this state. */
export function validatorsAfter(view: StateView): {
  readonly next: LedgerValidators
  readonly afterNext: LedgerValidators
} {
  const { next, afterNext } = new StateOverlay(view).require(validatorsEntry, stateKeys.validators)
  return { next, afterNext: afterNext ?? next }
}

/** Begins a block: who was to vote on the block after the next one votes on the next one now. Returns who that is. */
export function advanceValidators(state: StateOverlay): LedgerValidators {
  const { next, afterNext } = state.require(validatorsEntry, stateKeys.validators)
  if (afterNext === undefined) return next
  state.put(validatorsEntry, stateKeys.validators, { next: afterNext, afterNext: undefined })
  return afterNext
}

/** The newest set: what votes change, two blocks ahead of where it acts. */
export function newestValidators(state: StateOverlay): LedgerValidators {
  const { next, afterNext } = state.require(validatorsEntry, stateKeys.validators)
  return afterNext ?? next
}

/** Writes the newest set. What reads the number of validators sees the new one from the block after. */
export function putValidators(state: StateOverlay, validators: LedgerValidators): void {
  if (validators.length === 0) throw new Error('invariant: somebody must vote on blocks')
  const { next } = state.require(validatorsEntry, stateKeys.validators)
  const sorted = [...validators].sort((a, b) => compareBytes(a.key, b.key))
  const isNew =
    next.length !== sorted.length ||
    next.some((known, index) => !isSameValidator(known, sorted[index] as LedgerValidator))
  state.put(validatorsEntry, stateKeys.validators, { next, afterNext: isNew ? sorted : undefined })
  const zones = state.require(zonesEntry, stateKeys.zones)
  if (zones.validatorCount !== sorted.length) {
    state.put(zonesEntry, stateKeys.zones, { ...zones, validatorCount: sorted.length })
  }
}

/** What makes `after` of `before`, sorted by key; power 0 takes one out. */
export function validatorUpdates(before: LedgerValidators, after: LedgerValidators): LedgerValidator[] {
  const updates = after.filter((validator) => {
    const known = before.find(({ key }) => equalBytes(key, validator.key))
    return known === undefined || !isSameValidator(known, validator)
  })
  for (const validator of before) {
    if (!after.some(({ key }) => equalBytes(key, validator.key))) updates.push({ ...validator, power: 0 })
  }
  return updates.sort((a, b) => compareBytes(a.key, b.key))
}

function isSameValidator(a: LedgerValidator, b: LedgerValidator): boolean {
  return (
    a.power === b.power &&
    equalBytes(a.key, b.key) &&
    equalBytes(a.nodeId, b.nodeId) &&
    equalBytes(a.account, b.account)
  )
}
