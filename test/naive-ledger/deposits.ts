import type { NaiveEvent } from './receipt.ts'
import { recordEnd } from './records.ts'
import {
  type FeeRow,
  type NaiveName,
  type NaiveOwnership,
  type NaiveParameters,
  type NaiveState,
  owned,
  pay,
  xOf,
} from './state.ts'

/** Deposits by walking over all names: docs/protocol/ledger.md, "Deposits and fees". */

type OwnedName = NaiveName & { ownership: NaiveOwnership }
export type NaiveStatus = 'free' | 'claimed' | 'active' | 'grace' | 'reserved'

const namesPerSweep = 200
const rowsPerFeeBlock = 64
const rowsPerPage = 64
const dayMs = 86_400_000
const foldedAfterMs = 400 * dayMs
const warningMs = 7n * BigInt(dayMs)

export function firstCharge(p: NaiveParameters): bigint {
  return roundUp(
    BigInt(p.feeEveryBlocks) * BigInt(p.maxBlockIntervalMs) * BigInt(p.depositRateQuanta),
    BigInt(p.depositRatePeriodMs),
  )
}

export function statusOf(state: NaiveState, p: NaiveParameters, name: string, now: number): NaiveStatus {
  const entry = state.names.find((candidate) => candidate.name === name)
  const ranOut = entry?.ownership?.ranOut
  if (entry?.ownership !== undefined) {
    if (ranOut === undefined) return 'active'
    if (now < ranOut + p.graceMs) return 'grace'
  }
  if (entry !== undefined && now < freeTimeOf(entry, p)) return 'reserved'
  return state.claims.some((claim) => claim.name === name) ? 'claimed' : 'free'
}

/** When the name became or becomes free, for a name that nobody owns any more. */
export function freeTimeOf(entry: NaiveName, p: NaiveParameters): number {
  const ranOut = entry.ownership?.ranOut
  return ranOut === undefined ? entry.freeAt : ranOut + p.graceMs + p.releaseDelayMs
}

/** Steps 1 to 6 of "Fee block". */
export function feeBlock(
  state: NaiveState,
  p: NaiveParameters,
  at: { height: number; now: number },
  nameNodes: readonly Uint8Array[],
): NaiveEvent {
  const accrued = state.carry + BigInt(at.now - state.chargedUntil) * BigInt(p.depositRateQuanta)
  const period = BigInt(p.depositRatePeriodMs)
  const due = accrued / period
  state.carry = accrued % period
  state.chargedUntil = at.now

  let charged = 0n
  for (const { ownership } of owned(state)) {
    const before = ownership.deposit
    if (ownership.ranOut !== undefined) {
      ownership.arrears += due
    } else if (ownership.deposit >= due) {
      ownership.deposit -= due
      charged += due
    } else {
      charged += ownership.deposit
      ownership.arrears = due - ownership.deposit
      ownership.deposit = 0n
      ownership.ranOut = at.now
    }
    const { deposit: left } = ownership
    if (due > 0n) ownership.charges.push({ height: at.height, charged: before - left, left })
  }
  state.f += due
  if (due > 0n) state.feeRows.push({ height: at.height, ledgerTime: at.now, f: state.f })

  const expiredBefore = state.expiredRows
  for (let looked = 0; looked < rowsPerFeeBlock; looked++) {
    const row = state.feeRows[state.expiredRows]
    if (row === undefined || row.ledgerTime + p.graceMs > at.now) break
    state.expiredRows++
  }

  foldOldRows(state, at.now, expiredBefore)
  state.pot += charged * p.quantum
  const paid = payIncome(state, p, nameNodes)
  return { kind: 'feesSettled', body: { f: state.f, charged: charged * p.quantum, paid, carried: state.pot } }
}

/** Of one page whose rows are all old and whose names an earlier sweep took out, the last row of each day stays. */
function foldOldRows(state: NaiveState, now: number, expiredBefore: number): void {
  const end = (state.foldedPages + 1) * rowsPerPage
  const page = state.feeRows.slice(end - rowsPerPage, end)
  if (state.feeRows.length <= end || expiredBefore < end) return
  const newest = page.at(-1) as FeeRow
  if (owned(state).some(({ ownership: { ranOut } }) => ranOut !== undefined && ranOut <= newest.ledgerTime)) return
  if (page.some(({ ledgerTime }) => now - ledgerTime <= foldedAfterMs)) return
  state.foldedPages++
  const dayOf = (row: FeeRow): number => Math.floor(row.ledgerTime / dayMs)
  for (const row of page) {
    const last = state.dailyRows.at(-1)
    if (last !== undefined && dayOf(last) === dayOf(row)) state.dailyRows.pop()
    state.dailyRows.push(row)
  }
}

function payIncome(state: NaiveState, p: NaiveParameters, nameNodes: readonly Uint8Array[]): bigint {
  const blocks = state.producers.reduce((sum, producer) => sum + producer.blocks, 0n)
  if (blocks === 0n) return 0n
  const share = nameNodes.length === 0 ? 0n : (state.pot * BigInt(p.nameNodesSharePercent)) / 100n
  const rest = state.pot - share
  let paid = 0n
  const give = (account: Uint8Array, amount: bigint): void => {
    pay(state, account, amount)
    paid += amount
  }
  for (const account of nameNodes) give(account, share / BigInt(nameNodes.length))
  for (const { account, blocks: made } of state.producers) give(account, (rest * made) / blocks)
  state.pot -= paid
  state.producers = []
  return paid
}

/** Events of the names that are due, in the order of the walk. */
export function sweep(state: NaiveState, p: NaiveParameters, height: number): NaiveEvent[] {
  const events: NaiveEvent[] = []
  let budget = namesPerSweep
  const take = (names: OwnedName[], visit: (name: OwnedName) => NaiveEvent): OwnedName | undefined => {
    const inOrder = walkOrder(state, names)
    for (const name of inOrder.slice(0, budget)) events.push(visit(name))
    const left = inOrder[budget]
    budget -= Math.min(budget, inOrder.length)
    return left
  }

  const expiredUntil = state.feeRows[state.expiredRows - 1]?.ledgerTime ?? Number.NEGATIVE_INFINITY
  take(
    owned(state).filter(({ ownership: { ranOut } }) => ranOut !== undefined && ranOut <= expiredUntil),
    (name) => expire(state, p, name, height),
  )
  take(
    owned(state).filter(({ ownership }) => ownership.ranOut !== undefined && !ownership.graceTold),
    (name) => {
      name.ownership.graceTold = true
      return { kind: 'graceStarted', body: { name: name.name, x: xOf(state, name.ownership) } }
    },
  )
  const reach = state.f + roundUp(warningMs * BigInt(p.depositRateQuanta), BigInt(p.depositRatePeriodMs))
  const left = take(
    owned(state).filter(({ ownership }) => !ownership.renewalTold && xOf(state, ownership) < reach),
    (name) => tellRenewal(state, name),
  )
  state.warnedBelow = left === undefined ? reach : xOf(state, left.ownership)
  state.warningPaused = left !== undefined
  return events
}

/** Takes out a name whose grace is over. */
export function expire(state: NaiveState, p: NaiveParameters, name: OwnedName, height: number): NaiveEvent {
  const freeAt = freeTimeOf(name, p)
  removeFromPlaces(state, name)
  recordEnd(state, name, height, freeAt)
  return { kind: 'nameExpired', body: { name: name.name, freeAt } }
}

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

function tellRenewal(state: NaiveState, name: OwnedName): NaiveEvent {
  name.ownership.renewalTold = true
  return { kind: 'renewalDue', body: { name: name.name, x: xOf(state, name.ownership) } }
}

/** By rising X, within one X from the last place to the first. */
function walkOrder(state: NaiveState, names: OwnedName[]): OwnedName[] {
  return [...names].sort(
    (a, b) => Number(xOf(state, a.ownership) - xOf(state, b.ownership)) || b.ownership.place - a.ownership.place,
  )
}

function roundUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator
}
