import type { NaiveEvent } from './receipt.ts'
import { type NaiveName, type NaiveOwnership, type NaiveState, owned, xOf } from './state.ts'

/** Where names of one X stand, and which of them the walks have told: docs/protocol/ledger.md, "Sweep" and "Index". */

type OwnedName = NaiveName & { ownership: NaiveOwnership }

/** To be called when the X of a name was set: gives it a place, and tells at once what the last walk would have told. */
export function putInPlace(state: NaiveState, name: OwnedName): NaiveEvent[] {
  const { ownership } = name
  const x = xOf(state, ownership)
  ownership.place = owned(state).filter((other) => other !== name && xOf(state, other.ownership) === x).length
  ownership.graceTold = false
  ownership.renewalTold = false
  const isPassed = x < state.warnedBelow || (state.warningPaused && x === state.warnedBelow)
  return isPassed ? [tellRenewal(state, name)] : []
}

/** To be called before the X of a name changes: the last of the same X moves into its place, also as seen by a walk that paused. */
export function removeFromPlaces(state: NaiveState, name: OwnedName): void {
  const x = xOf(state, name.ownership)
  const same = owned(state).filter(({ ownership }) => xOf(state, ownership) === x)
  const last = same.find(({ ownership }) => ownership.place === same.length - 1) as OwnedName
  const { place, graceTold, renewalTold } = name.ownership
  Object.assign(last.ownership, { place, graceTold, renewalTold })
}

export function tellRenewal(state: NaiveState, name: OwnedName): NaiveEvent {
  name.ownership.renewalTold = true
  return { kind: 'renewalDue', body: { name: name.name, x: xOf(state, name.ownership) } }
}

/** By rising X, within one X from the last place to the first. */
export function walkOrder(state: NaiveState, names: OwnedName[]): OwnedName[] {
  return [...names].sort(
    (a, b) => Number(xOf(state, a.ownership) - xOf(state, b.ownership)) || b.ownership.place - a.ownership.place,
  )
}
