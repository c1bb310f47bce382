import { Random } from '../../tools/fuzz/random.ts'
import type { NaiveCode } from '../naive-ledger/codes.ts'
import type { GenesisPlan, History, Step, TransactionPlan } from './history.ts'
import { randomGenesis } from './random-genesis.ts'
import { allOddLabels, oddNames } from './random-names.ts'
import { recordCodes, recordsToTheirLimits } from './written-records.ts'
import { tradeToItsLimits } from './written-trade.ts'
import { anchorsByVote, zoneCodes, zonesToTheirLimits } from './written-zones.ts'

/** Histories for what random ones are too small for: walks that do not finish in one block, full names, folded rows. */
export interface WrittenHistory {
  readonly name: string
  readonly history: History
  /** Codes that its receipts must tell among others. */
  readonly tells?: readonly NaiveCode[]
}

const dayMs = 86_400_000

const labelCodes: readonly NaiveCode[] = [
  'name-too-long',
  'name-trailing-dot',
  'name-upper-case',
  'zone-unknown',
  'name-not-below-zone',
  'label-empty',
  'label-character',
  'label-hyphen',
  'label-reserved',
  'a-label-malformed',
  'a-label-disallowed',
  'a-label-not-normalized',
  'a-label-begins-with-mark',
  'a-label-context',
  'a-label-direction',
]

const quietGenesis: GenesisPlan = {
  parameters: {
    ...randomGenesis(new Random(1)).parameters,
    depositRateQuanta: 1,
    depositRatePeriodMs: 10_000,
    feeEveryBlocks: 10,
    quantum: 14,
    nameTermMs: 0,
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

function hostsOf(name: string, count: number): TransactionPlan[] {
  return Array.from({ length: count }, (_, index) => ({
    by: 'e1',
    act: { kind: 'publish', name, host: `h${index}`, owner: 'e1', recordSets: [{ type: 16, data: ['0161'] }] },
  }))
}

/** 230 names that are paid to three different times run out, expire and get free, more at once than a block sweeps. */
function manyNamesRunOut(): Step[] {
  return [
    ...blocks(
      sealsOf(230, (index) => 60 + (index % 3)),
      60,
    ),
    ...blocks(revealsOf(230), 60),
    // Names that hold much take more of the sweep's time.
    ...blocks([...hostsOf('n3.acme', 40), ...hostsOf('n4.acme', 15)], 30),
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

/** More names with standing orders fall due at once than a block sweeps; some payers run dry, some orders are revoked or spent. */
function manyOrders(): Step[] {
  const quarterDayMs = dayMs / 4
  const order = (index: number): TransactionPlan => {
    const act = {
      kind: 'setStandingOrder',
      name: `n${index}.acme`,
      refill: '560',
      cap: String(14 * (40 + (index % 3) * 15)),
    } as const
    return index % 5 === 0 ? { by: 'poor', with: ['e1'], act } : { by: 'e1', act }
  }
  const act = (plan: TransactionPlan['act']): TransactionPlan => ({ by: 'e1', act: plan })
  return [
    { afterMs: 1_000, transactions: [act({ kind: 'transfer', to: 'poor', amount: '20000' })] },
    ...blocks(
      sealsOf(230, (index) => (index < 225 ? 31 : 28)),
      60,
    ),
    ...blocks(revealsOf(230), 60),
    ...blocks(
      Array.from({ length: 230 }, (_, index) => order(index)),
      60,
    ),
    { afterMs: quarterDayMs, times: 96 },
    {
      afterMs: 1_000,
      transactions: [
        act({ kind: 'setStandingOrder', name: 'n7.acme' }),
        act({ kind: 'cancel', name: 'n8.acme' }),
        act({ kind: 'topUp', name: 'n9.acme', amount: '42' }),
        { by: 'e1', with: ['e2'], act: { kind: 'changeKey', name: 'n11.acme', to: 'e2' } },
        act({ kind: 'transfer', to: 'poor', amount: '10000' }),
      ],
    },
    { afterMs: quarterDayMs, times: 200 },
  ]
}

/** 64 hosts, one more, one withdrawn, and one more again; then large ones, and long ones and delegations of another name. */
function manyHosts(): Step[] {
  const put = (name: string, host: string, recordSets: { type: number; data: string[] }[]): TransactionPlan => ({
    by: 'e1',
    act: { kind: 'publish', name, host, owner: 'e1', recordSets },
  })
  const host = (index: number, data = '0161') => put('n0.acme', `h${index}`, [{ type: 16, data: [data] }])
  const large = Array.from({ length: 15 }, (_, index) => ({ type: 65_300 + index, data: ['00'.repeat(4_000)] }))
  const long = (index: number) => put('n1.acme', `l${index}${'.a'.repeat(110)}`, [{ type: 16, data: ['0161'] }])
  const withdrawal: TransactionPlan = {
    by: 'e1',
    act: { kind: 'publish', name: 'n0.acme', host: 'h3', owner: 'e1' },
  }
  const hosts = Array.from({ length: 65 }, (_, index) => host(index))
  const delegations = Array.from({ length: 17 }, (_, index): TransactionPlan => {
    const to = { servers: [['ns.example', []]] } as const
    return { by: 'e1', act: { kind: 'setDelegation', name: 'n1.acme', host: `d${index}`, to } }
  })
  return [
    { afterMs: 1_000, transactions: sealsOf(2, () => 400) },
    { afterMs: 1_000, transactions: revealsOf(2) },
    ...blocks([...hosts, host(1, '0162'), withdrawal, host(70), host(71)], 30),
    ...blocks(
      [1, 2, 4, 5].map((index) => put('n0.acme', `h${index}`, large)),
      2,
    ),
    ...blocks(
      Array.from({ length: 20 }, (_, index) => long(index)),
      10,
    ),
    { afterMs: 1_000, transactions: [...delegations, put('n1.acme', 'x.d0', [{ type: 16, data: ['0161'] }])] },
    { afterMs: 10_000, times: 70 },
    { afterMs: 1_000, transactions: [{ by: 'e1', act: { kind: 'cancel', name: 'n0.acme' } }] },
  ]
}

/** Servers come and go, old keys end, confirmed addresses are lost, and more hosts share an address than are listed. */
function serversAndAddresses(): Step[] {
  const act = (plan: TransactionPlan['act']): TransactionPlan => ({ by: 'e1', act: plan })
  const home = '7f000001'
  const put = (name: string, host: string, keys: string[], overlap: number, addresses = [home]): TransactionPlan =>
    act({
      kind: 'publish',
      name,
      host,
      owner: 'e1',
      overlap,
      servers: keys.map((key, index) => ({ key, addresses: index === 0 ? addresses : ['7f000002'] })),
      services: [[443, 0, true]],
    })
  const add = (key: string, overlap: number, replaces?: string, name = 'n0.acme'): TransactionPlan => {
    const server = { key, addresses: ['7f000003'] }
    const head = {
      kind: 'addServer',
      name,
      host: name === 'n0.acme' ? 'www' : 'a',
      owner: 'e1',
      server,
      overlap,
    } as const
    return act(replaces === undefined ? head : { ...head, replaces })
  }
  const withdraw = (key: string, overlap = 0): TransactionPlan =>
    act({ kind: 'withdrawServer', name: 'n0.acme', host: 'www', key, overlap })
  const confirm = (name: string, host: string, isConfirmed = true): TransactionPlan =>
    act({ kind: 'confirmAddress', address: home, name, host, isConfirmed })
  const labels = Array.from({ length: 20 }, (_, index) => `h${index}`)
  return [
    { afterMs: 1_000, transactions: sealsOf(10, () => 400) },
    { afterMs: 1_000, transactions: revealsOf(10) },
    {
      afterMs: 1_000,
      transactions: [put('n0.acme', 'www', ['ph1'], 0), confirm('n0.acme', 'www'), confirm('n0.acme', 'www')],
    },
    { afterMs: 1_000, transactions: [add('ph2', 1), add('ph2', 1), add('ph4', 1, 'ph2'), add('h3', 2, 'ph4')] },
    // Keys of one minute end; those of ten stay; h3 comes back before its time.
    { afterMs: 10_000, times: 7 },
    {
      afterMs: 1_000,
      transactions: [add('ph4', 2, 'h3'), add('h3', 1, 'ph4'), withdraw('ph1', 3), withdraw('nobody')],
    },
    { afterMs: 10_000, times: 70 },
    { afterMs: 1_000, transactions: [withdraw('h3', 1), put('n0.acme', 'www', ['ph1', 'ph2'], 1)] },
    // Two names that fill the places of an address, one that finds none, and one that is confirmed all the same.
    ...blocks(
      Array.from({ length: 10 }, (_, index) =>
        ['a', 'b', 'c'].map((host) => put(`n${index}.acme`, host, ['ph1'], 0)),
      ).flat(),
      15,
    ),
    { afterMs: 1_000, transactions: [confirm('n9.acme', 'a'), confirm('n9.acme', 'z'), confirm('n0.acme', 'a')] },
    { afterMs: 1_000, transactions: [put('n1.acme', 'a', ['ph1'], 0, ['0a000001']), put('n9.acme', 'a', ['ph1'], 0)] },
    { afterMs: 1_000, transactions: labels.map((host) => put('n2.acme', host, ['ph1'], 0)) },
    { afterMs: 1_000, transactions: labels.map((host) => confirm('n2.acme', host)) },
    // More addresses than a name may have.
    {
      afterMs: 1_000,
      transactions: labels.map((host, index) => {
        const addresses = Array.from({ length: 8 }, (_, at) => `7f01${toByte(index)}${toByte(at)}`)
        return put('n3.acme', host, ['ph1'], 0, addresses)
      }),
    },
    // More servers than a host may have.
    {
      afterMs: 1_000,
      transactions: Array.from({ length: 8 }, (_, index) => add(`ph${20 + index}`, 0, undefined, 'n5.acme')),
    },
    // A host too large to be changed server by server.
    {
      afterMs: 1_000,
      transactions: [
        { by: 'e1', act: { ...(put('n5.acme', 'a', ['ph1'], 0).act as PublishAct), recordSets: largeSets } },
        add('ph2', 0, undefined, 'n5.acme'),
        act({ kind: 'withdrawServer', name: 'n5.acme', host: 'a', key: 'ph1', overlap: 1 }),
      ],
    },
    // A certificate of later.
    {
      afterMs: 1_000,
      transactions: [
        act({
          kind: 'publish',
          name: 'n6.acme',
          host: 'a',
          owner: 'e1',
          servers: [
            { key: 'ph1', addresses: [home], certificate: { key: 'ph1', host: 'a.n6.acme', fromMs: 30 * dayMs } },
          ],
        }),
      ],
    },
    // More old keys than a host may have.
    {
      afterMs: 1_000,
      transactions: Array.from({ length: 10 }, (_, index) => put('n4.acme', 'a', [`ph${10 + index}`], 4)),
    },
    { afterMs: 1_000, transactions: [put('n4.acme', 'a', ['ph1'], 0), put('n4.acme', 'a', ['ph2'], 1)] },
    { afterMs: 10_000, times: 5 },
    { afterMs: 1_000, transactions: ['n2', 'n4', 'n9'].map((label) => act({ kind: 'cancel', name: `${label}.acme` })) },
    { afterMs: 10_000, times: 70 },
  ]
}

type PublishAct = Extract<TransactionPlan['act'], { kind: 'publish' }>
const largeSets = [65_300, 65_301, 65_302, 65_303, 65_304].map((type) => ({ type, data: ['00'.repeat(4_000)] }))

const toByte = (value: number): string => value.toString(16).padStart(2, '0')

/** Fee blocks of nearly three years of ledger time, two a day: old rows are folded while names live on. */
function manyYears(): Step[] {
  const topUp = (amount: string): Step => ({
    afterMs: dayMs,
    transactions: [{ by: 'e1', act: { kind: 'topUp', name: 'n0.acme', amount } }],
  })
  return [
    { afterMs: 1_000, transactions: sealsOf(3, (index) => 700 + 900 * index) },
    { afterMs: 1_000, transactions: revealsOf(3) },
    { afterMs: dayMs / 2, times: 750 },
    topUp('14'),
    { afterMs: dayMs / 2, times: 750 },
    topUp('14000'),
    { afterMs: dayMs / 2, times: 600 },
  ]
}

const yearly = { maxBlockIntervalMs: dayMs / 2, feeEveryBlocks: 1, depositRatePeriodMs: dayMs / 2, graceMs: 30 * dayMs }

/** Every label that there is a rule for. */
function oddNamesAreTopped(): Step[] {
  const topUp = (name: string): TransactionPlan => ({ by: 'e1', act: { kind: 'topUp', name, amount: '14' } })
  return blocks([...allOddLabels.map((label) => `${label}.acme`), ...oddNames].map(topUp), 30)
}

/** The only member decides on an upgrade; a later one takes its place. */
function rulesUnknown(): Step[] {
  const upgrade = (version: number, blocks: number): TransactionPlan => ({
    by: 'e1',
    with: ['v0'],
    act: { kind: 'propose', node: 'v0', change: { kind: 'upgrade', version, blocks } },
  })
  return [
    { afterMs: 1_000, transactions: [upgrade(3, 10), upgrade(2, 15), upgrade(2, 9)] },
    { afterMs: 1_000, times: 30 },
  ]
}

/** The only member changes the price of transactions; those after it in its block pay the old one, those of the next block the new one. */
function priceChanges(): Step[] {
  const payment: TransactionPlan = { by: 'e1', act: { kind: 'transfer', to: 'e2', amount: '5' } }
  const change: TransactionPlan = {
    by: 'e1',
    with: ['v0'],
    act: { kind: 'propose', node: 'v0', change: { kind: 'parameters', changes: [['transactionFeeBase', '70000']] } },
  }
  return [
    { afterMs: 1_000, transactions: [payment, change, payment] },
    { afterMs: 1_000, transactions: [payment] },
  ]
}

export const writtenHistories: readonly WrittenHistory[] = [
  { name: 'more names run out at once than a block sweeps', history: written(genesis(), manyNamesRunOut()) },
  { name: 'more claims fall due at once than a block settles', history: written(genesis(), manyClaimsWait()) },
  { name: 'blocks end before rules that nobody here has', history: written(genesis(), rulesUnknown()) },
  { name: 'the price of transactions changes in a block that goes on', history: written(genesis(), priceChanges()) },
  {
    name: 'names come and go where a walk has paused',
    history: written(
      genesis({ maxBlockIntervalMs: dayMs / 4, feeEveryBlocks: 2, depositRatePeriodMs: dayMs }),
      walkPauses(),
    ),
  },
  {
    name: 'more standing orders fall due at once than a block sweeps',
    history: written(
      genesis({ maxBlockIntervalMs: dayMs / 4, feeEveryBlocks: 2, depositRatePeriodMs: dayMs, graceMs: 3 * dayMs }),
      manyOrders(),
    ),
  },
  { name: 'more hosts than a name may have', history: written(genesis(), manyHosts()) },
  { name: 'names that nobody can have', history: written(genesis(), oddNamesAreTopped()), tells: labelCodes },
  { name: 'transfers and sales to their limits', history: written(genesis(), tradeToItsLimits()) },
  { name: 'records of names to their limits', history: written(genesis(), recordsToTheirLimits()), tells: recordCodes },
  { name: 'keys of zones to their limits', history: written(genesis(), zonesToTheirLimits()), tells: zoneCodes },
  {
    name: 'anchors are named by as many as change the keys of nodes',
    history: written({ ...genesis({ setNodeKeysThresholdPercent: 99 }), validators: 3 }, anchorsByVote()),
    tells: ['ok', 'zone-without-anchors', 'zone-key-foreign'],
  },
  { name: 'servers, old keys and addresses to their limits', history: written(genesis(), serversAndAddresses()) },
  { name: 'fee rows of over 400 days are folded', history: written(genesis(yearly), manyYears()) },
  {
    name: 'rows are folded while names that ran out then are in grace',
    history: written(genesis({ ...yearly, graceMs: 500 * dayMs, releaseDelayMs: 100 * dayMs }), manyYears()),
  },
]

function written(plan: GenesisPlan, steps: Step[]): History {
  return { seed: 0, genesis: plan, steps }
}
