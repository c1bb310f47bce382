import { distinct } from './addresses.ts'
import { endOrder, refill } from './orders.ts'
import { removeFromPlaces, tellRenewal, walkOrder } from './places.ts'
import type { NaiveEvent } from './receipt.ts'
import { recordEnd } from './records.ts'
import {
  type FeeRow,
  type NaiveName,
  type NaiveOwnership,
  type NaiveParameters,
  type NaiveState,
  owned,
  paceOf,
  pay,
  roundUp,
  worthOf,
  xOf,
} from './state.ts'
import { freeTimeOf } from './status.ts'

/** Deposits by walking over all names: docs/protocol/ledger.md, "Deposits and fees". */

type OwnedName = NaiveName & { ownership: NaiveOwnership }

const namesPerSweep = 200
const rowsPerFeeBlock = 64
const rowsPerPage = 64
const dayMs = 86_400_000
const foldedAfterMs = 400 * dayMs
const warningMs = 7n * BigInt(dayMs)

export function firstCharge(p: NaiveParameters): bigint {
  if (p.nameTermMs > 0) return 0n
  return roundUp(
    BigInt(p.feeEveryBlocks) * BigInt(p.maxBlockIntervalMs) * BigInt(p.depositRateQuanta),
    BigInt(p.depositRatePeriodMs),
  )
}

/** Steps 1 to 6 of "Fee block". */
export function feeBlock(
  state: NaiveState,
  p: NaiveParameters,
  at: { height: number; now: number },
  nameNodes: readonly Uint8Array[],
): NaiveEvent {
  const { rate, period } = paceOf(p)
  const accrued = state.carry + BigInt(at.now - state.chargedUntil) * rate
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
  state.pot += worthOf(p, charged)
  const paid = payIncome(state, p, nameNodes)
  return { kind: 'feesSettled', body: { f: state.f, charged: worthOf(p, charged), paid, carried: state.pot } }
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
export function sweep(state: NaiveState, p: NaiveParameters, at: { height: number; now: number }): NaiveEvent[] {
  const events: NaiveEvent[] = []
  let budget = namesPerSweep
  /** Visits those that are due, one by one as they stand then; returns the next when the budget is spent. */
  const take = (
    isDue: (name: OwnedName) => boolean,
    visit: (name: OwnedName) => NaiveEvent[],
    costOf: (name: OwnedName) => number = () => 1,
  ): OwnedName | undefined => {
    for (;;) {
      const [next] = walkOrder(state, owned(state).filter(isDue))
      if (next === undefined || budget === 0) return next
      budget = Math.max(0, budget - costOf(next))
      events.push(...visit(next))
    }
  }
  const refillOr = (name: OwnedName, tell: () => NaiveEvent): NaiveEvent[] => {
    const { grew, events: told } = refill(state, p, name, at)
    return grew ? told : [...told, tell()]
  }

  const expiredUntil = state.feeRows[state.expiredRows - 1]?.ledgerTime ?? Number.NEGATIVE_INFINITY
  take(
    ({ ownership: { ranOut } }) => ranOut !== undefined && ranOut <= expiredUntil,
    (name) => expire(state, p, name, at.height),
    ({ ownership }) => endingCost(ownership),
  )
  take(
    ({ ownership }) => ownership.ranOut !== undefined && !ownership.graceTold,
    (name) => {
      name.ownership.graceTold = true
      const x = xOf(state, name.ownership)
      return refillOr(name, () => ({ kind: 'graceStarted', body: { name: name.name, x } }))
    },
  )
  // One block walks over 128 pages at most. After a lower rate the walk waits until F has come so far again.
  const longest = (state.warnedBelow / 64n + 128n) * 64n
  const wanted = state.f + warningQuanta(p)
  const reach = wanted < longest ? wanted : longest
  if (reach <= state.warnedBelow) return events
  const left = take(
    ({ ownership }) => !ownership.renewalTold && xOf(state, ownership) < reach,
    (name) => {
      const told = tellRenewal(state, name)
      return refillOr(name, () => told)
    },
  )
  state.warnedBelow = left === undefined ? reach : xOf(state, left.ownership)
  state.warningPaused = left !== undefined
  return events
}

/** What a name is paid for less than when its owner is told. */
export function warningQuanta(p: NaiveParameters): bigint {
  const { rate, period } = paceOf(p)
  return roundUp(warningMs * rate, period)
}

/** In names that hold nothing: 1, and 1 for a delegation, and 1 for each 16 addresses and KiB of hosts. */
export function endingCost({ hosts, delegations }: NaiveOwnership): number {
  const held = hosts.flatMap(({ servers, kibibytes }) => [
    distinct(servers.flatMap(({ addresses }) => addresses)).length,
    kibibytes,
  ])
  return 1 + delegations.length + Math.floor(held.reduce((sum, count) => sum + count, 0) / 16)
}

/** Takes out a name whose grace is over. */
export function expire(state: NaiveState, p: NaiveParameters, name: OwnedName, height: number): NaiveEvent[] {
  const freeAt = freeTimeOf(name, p)
  const ended = endOrder(name, 'name-ended')
  removeFromPlaces(state, name)
  recordEnd(state, name, height, freeAt)
  return [...ended, { kind: 'nameExpired', body: { name: name.name, freeAt } }]
}
