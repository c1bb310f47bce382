import { equalBytes } from '@cresset/core-codec'
import { putInPlace, removeFromPlaces } from './places.ts'
import type { NaiveEvent } from './receipt.ts'
import type { BlockPlace, Outcome } from './registrations.ts'
import {
  balanceOf,
  type NaiveName,
  type NaiveOwnership,
  type NaiveParameters,
  type NaiveState,
  paceOf,
  pay,
  roundUp,
  worthOf,
  xOf,
} from './state.ts'
import { statusOf } from './status.ts'

/** docs/protocol/ledger.md, "Standing orders" and "Names by term". */

const greatestX = 2n ** 52n
const warningMs = 7n * 86_400_000n

type OwnedName = NaiveName & { ownership: NaiveOwnership }
interface Now {
  readonly height: number
  readonly now: number
}

const endings = { revoked: 0, spent: 1, 'owner-changed': 2, 'name-ended': 3 } as const

/** The order is no more, if there was one. */
export function endOrder(name: NaiveName, reason: keyof typeof endings): NaiveEvent[] {
  const { ownership } = name
  const order = ownership?.standingOrder
  if (ownership === undefined || order === undefined) return []
  ownership.standingOrder = undefined
  return [{ kind: 'standingOrderEnded', body: { name: name.name, payer: order.payer, reason: endings[reason] } }]
}

/** X rises, however it was paid for; below F the arrears are income. */
export function renewBy(
  state: NaiveState,
  p: NaiveParameters,
  name: OwnedName,
  quanta: bigint,
  { height, now, payer }: Now & { readonly payer: Uint8Array },
): NaiveEvent[] {
  const { ownership } = name
  removeFromPlaces(state, name)
  state.pot += worthOf(p, ownership.arrears)
  ownership.deposit += quanta - ownership.arrears
  ownership.arrears = 0n
  ownership.ranOut = undefined
  ownership.isWhole = false
  const told = putInPlace(state, name)
  const x = xOf(state, ownership)
  const amount = worthOf(p, quanta)
  state.renewals.push({ name: name.name, order: ownership.order, height, ledgerTime: now, payer, amount, x })
  return told
}

/** What an order does when a walk comes by; undefined when there is none or it moved nothing and says nothing. */
export function refill(
  state: NaiveState,
  p: NaiveParameters,
  name: OwnedName,
  at: Now,
): { readonly grew: boolean; readonly events: NaiveEvent[] } {
  const { ownership } = name
  const order = ownership.standingOrder
  const status = statusOf(state, p, name.name, at.now)
  if (order === undefined || (status !== 'active' && status !== 'grace')) return { grew: false, events: [] }
  const { payer } = order
  const quanta = order.refill < order.left ? order.refill : order.left
  const amount = worthOf(p, quanta)
  const failed = (problem: number) => ({
    grew: false,
    events: [{ kind: 'refillFailed' as const, body: { name: name.name, payer, amount, problem } }],
  })
  if (quanta < ownership.arrears) return failed(2)
  if (xOf(state, ownership) + quanta > greatestX) return failed(1)
  if (balanceOf(state, payer) < amount) return failed(0)
  pay(state, payer, -amount)
  const events = renewBy(state, p, name, quanta, { ...at, payer })
  order.left -= quanta
  const body = { name: name.name, payer, amount, x: xOf(state, ownership), left: worthOf(p, order.left) }
  events.push({ kind: 'depositRefilled', body })
  if (order.left === 0n) events.push(...endOrder(name, 'spent'))
  return { grew: true, events }
}

export function setOrder(
  state: NaiveState,
  p: NaiveParameters,
  name: OwnedName,
  order: { refill: bigint; cap: bigint },
  from: Now & { readonly payer: Uint8Array },
): Outcome {
  const no = (code: Outcome['code']): Outcome => ({ code, events: [] })
  const { payer } = from
  if (p.nameTermMs > 0) return no('names-run-by-term')
  const [quanta, left] = [order.refill / p.quantum, order.cap / p.quantum]
  const { rate, period } = paceOf(p)
  if (quanta === 0n || quanta < roundUp(warningMs * rate, period)) return no('refill-too-small')
  if (left < quanta) return no('cap-below-refill')
  if (xOf(state, name.ownership) + left > greatestX) return no('deposit-too-large')
  name.ownership.standingOrder = { payer, refill: quanta, left }
  const body = { name: name.name, payer, refill: worthOf(p, quanta), cap: worthOf(p, left) }
  const events: NaiveEvent[] = [{ kind: 'standingOrderSet', body }]
  const x = xOf(state, name.ownership)
  const isPassed = x < state.warnedBelow || (state.warningPaused && x === state.warnedBelow)
  if (isPassed) events.push(...refill(state, p, name, from).events)
  return { code: 'ok', events }
}

/** By the payer, or else by the owner, for whom `own` looks. */
export function revokeOrder(
  state: NaiveState,
  name: string,
  signers: readonly Uint8Array[],
  own: () => OwnedName | Outcome['code'],
): Outcome {
  const found = state.names.find((entry) => entry.name === name && entry.ownership?.standingOrder !== undefined)
  if (found === undefined) return { code: 'standing-order-unknown', events: [] }
  const payer = found.ownership?.standingOrder?.payer as Uint8Array
  if (!signers.some((signer) => equalBytes(signer, payer))) {
    const owner = own()
    if (typeof owner === 'string') return { code: owner, events: [] }
  }
  return { code: 'ok', events: endOrder(found, 'revoked') }
}

/** A term begins anew. */
export function renew(
  state: NaiveState,
  p: NaiveParameters,
  name: OwnedName,
  at: BlockPlace,
  payer: Uint8Array,
): Outcome {
  if (p.nameTermMs === 0) return { code: 'names-run-by-deposit', events: [] }
  const quanta = state.f + termOf(p) - xOf(state, name.ownership)
  if (quanta <= 0n) return { code: 'renewed-already', events: [] }
  const told = renewBy(state, p, name, quanta, { height: at.height, now: at.now, payer })
  const body = { name: name.name, x: xOf(state, name.ownership) }
  return { code: 'ok', events: [...told, { kind: 'nameRenewed', body }] }
}

export function termOf(p: NaiveParameters): bigint {
  const { rate, period } = paceOf(p)
  return roundUp(BigInt(p.nameTermMs) * rate, period)
}
