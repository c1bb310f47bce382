import { Random } from '../../tools/fuzz/random.ts'
import type { GenesisPlan, History, Step, TransactionPlan } from './history.ts'
import { randomGenesis } from './random-genesis.ts'

/** Histories for what random ones are too small for: walks that do not finish in one block, full names, folded rows. */
export interface WrittenHistory {
  readonly name: string
  readonly history: History
}

const dayMs = 86_400_000

const quietGenesis: GenesisPlan = {
  parameters: {
    ...randomGenesis(new Random(1)).parameters,
    depositRateQuanta: 1,
    depositRatePeriodMs: 10_000,
    feeEveryBlocks: 10,
    quantum: 14,
    transactionFeeBase: 100,
    transactionFeePerByte: 1,
    nameNodesSharePercent: 20,
    maxBlockIntervalMs: 10_000,
    revealWindowMs: 60_000,
    bond: 1_000,
    maxOpenSealsWithoutBond: 4,
    graceMs: 300_000,
    releaseDelayMs: 300_000,
    maxBlockBytes: 1_048_576,
    maxBlockUnits: 20_000,
    maxTransactionBytes: 65_536,
  },
  validators: 1,
  nameNodes: 1,
  balances: { e1: '100000000000', e2: '100000000000' },
}

function genesis(changes: Record<string, number> = {}): GenesisPlan {
  return { ...quietGenesis, parameters: { ...quietGenesis.parameters, ...changes } }
}

function blocks(transactions: readonly TransactionPlan[], size: number): Step[] {
  const steps: Step[] = []
  for (let start = 0; start < transactions.length; start += size)
    steps.push({ afterMs: 1_000, transactions: transactions.slice(start, start + size) })
  return steps
}

function sealsOf(count: number, deposit: (index: number) => number): TransactionPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    by: 'e1',
    act: {
      kind: 'seal',
      id: `s${index}`,
      label: `n${index}`,
      zone: 'acme',
      owner: 'e1',
      deposit: String(deposit(index) * 14),
    },
  }))
}

function revealsOf(count: number): TransactionPlan[] {
  return Array.from({ length: count }, (_, index) => ({ by: 'e2', act: { kind: 'reveal', id: `s${index}` } }))
}

/** 230 names that are paid to three different times run out, expire and get free, more at once than a block sweeps. */
function manyNamesRunOut(): Step[] {
  return [
    ...blocks(
      sealsOf(230, (index) => 60 + (index % 3)),
      60,
    ),
    ...blocks(revealsOf(230), 60),
    { afterMs: 10_000, times: 60 },
    { afterMs: 1_000, transactions: [{ by: 'e1', act: { kind: 'topUp', name: 'n7.acme', amount: '14000' } }] },
    { afterMs: 10_000, times: 70 },
    { afterMs: 1_000, transactions: [{ by: 'e1', act: { kind: 'cancel', name: 'n7.acme' } }] },
    ...blocks(
      Array.from({ length: 5 }, (_, index) => ({
        by: 'e2',
        act: { kind: 'seal', id: `again${index}`, label: `n${index}`, zone: 'acme', owner: 'e2', deposit: '5000' },
      })),
      5,
    ),
    ...blocks(
      Array.from({ length: 5 }, (_, index) => ({ by: 'e2', act: { kind: 'reveal', id: `again${index}` } })),
      5,
    ),
    { afterMs: 10_000, times: 30 },
  ]
}

/** 230 claims wait behind one seal that lapses: more than a block settles. */
function manyClaimsWait(): Step[] {
  const parked: TransactionPlan = {
    by: 'e2',
    act: { kind: 'seal', id: 'parked', label: 'parked', zone: 'acme', owner: 'e2', deposit: '5000' },
  }
  return [
    { afterMs: 1_000, transactions: [parked] },
    ...blocks(
      sealsOf(230, () => 400),
      80,
    ),
    ...blocks(revealsOf(230), 80),
    { afterMs: 10_000, times: 12 },
  ]
}

/** Renewal warnings of names that are all paid alike pause after 200 of them; then names come and go within that quantum. */
function walkPauses(): Step[] {
  const quarterDayMs = dayMs / 4
  const act = (plan: TransactionPlan['act']): TransactionPlan => ({ by: 'e1', act: plan })
  return [
    ...blocks(
      sealsOf(233, (index) => (index < 230 ? 31 : 28)),
      60,
    ),
    ...blocks(revealsOf(233), 60),
    // The walk comes to the quantum of 230 names in the last of these.
    { afterMs: quarterDayMs, times: 96 },
    {
      afterMs: 1_000,
      transactions: [
        act({ kind: 'topUp', name: 'n230.acme', amount: '42' }),
        act({ kind: 'cancel', name: 'n5.acme' }),
        act({ kind: 'cancel', name: 'n229.acme' }),
        act({ kind: 'topUp', name: 'n231.acme', amount: '42' }),
      ],
    },
    { afterMs: 1_000, transactions: [act({ kind: 'cancel', name: 'n231.acme' })] },
    { afterMs: quarterDayMs, times: 40 },
  ]
}

/** 64 hosts, one more, one withdrawn, and one more again. */
function manyHosts(): Step[] {
  const host = (index: number, data = '0161'): TransactionPlan => ({
    by: 'e1',
    act: { kind: 'publish', name: 'n0.acme', host: `h${index}`, owner: 'e1', recordSets: [{ type: 16, data: [data] }] },
  })
  const withdrawal: TransactionPlan = {
    by: 'e1',
    act: { kind: 'publish', name: 'n0.acme', host: 'h3', owner: 'e1' },
  }
  const hosts = Array.from({ length: 65 }, (_, index) => host(index))
  return [
    { afterMs: 1_000, transactions: sealsOf(1, () => 400) },
    { afterMs: 1_000, transactions: revealsOf(1) },
    ...blocks([...hosts, host(1, '0162'), withdrawal, host(70), host(71)], 30),
    { afterMs: 10_000, times: 70 },
    { afterMs: 1_000, transactions: [{ by: 'e1', act: { kind: 'cancel', name: 'n0.acme' } }] },
  ]
}

/** Fee blocks of over three years of ledger time, several a day: old rows are folded while names live on. */
function manyYears(): Step[] {
  const topUp = (amount: string): Step => ({
    afterMs: dayMs,
    transactions: [{ by: 'e1', act: { kind: 'topUp', name: 'n0.acme', amount } }],
  })
  return [
    { afterMs: 1_000, transactions: sealsOf(3, (index) => 700 + 900 * index) },
    { afterMs: 1_000, transactions: revealsOf(3) },
    { afterMs: dayMs / 4, times: 1_500 },
    topUp('14'),
    { afterMs: dayMs / 4, times: 1_500 },
    topUp('14000'),
    { afterMs: dayMs / 4, times: 2_000 },
  ]
}

const yearly = { maxBlockIntervalMs: dayMs / 4, feeEveryBlocks: 2, depositRatePeriodMs: dayMs / 2, graceMs: 30 * dayMs }

export const writtenHistories: readonly WrittenHistory[] = [
  { name: 'more names run out at once than a block sweeps', history: written(genesis(), manyNamesRunOut()) },
  { name: 'more claims fall due at once than a block settles', history: written(genesis(), manyClaimsWait()) },
  {
    name: 'names come and go where a walk has paused',
    history: written(
      genesis({ maxBlockIntervalMs: dayMs / 4, feeEveryBlocks: 2, depositRatePeriodMs: dayMs }),
      walkPauses(),
    ),
  },
  { name: 'more hosts than a name may have', history: written(genesis(), manyHosts()) },
  { name: 'fee rows of over 400 days are folded', history: written(genesis(yearly), manyYears()) },
  {
    name: 'rows are folded while names that ran out then are in grace',
    history: written(genesis({ ...yearly, graceMs: 500 * dayMs, releaseDelayMs: 100 * dayMs }), manyYears()),
  },
]

function written(plan: GenesisPlan, steps: Step[]): History {
  return { seed: 0, genesis: plan, steps }
}
