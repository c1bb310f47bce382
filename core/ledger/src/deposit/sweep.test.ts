import assert from 'node:assert/strict'
import type { EventKind, LedgerEvent } from '../events.ts'
import { readName } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import {
  addNames,
  checkInvariants,
  makeSeal,
  publish,
  publishing,
  register,
  Scenario,
  type ScenarioOptions,
  textRecords,
} from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'

const quantum = 14n
/** What a quantum pays for. */
const quantumMs = 36_000
const minute = 60_000
const hour = 60 * minute
/** Fee blocks often and short times, so that a life of a name takes some hundred blocks. */
const quick: ScenarioOptions = {
  parameters: { feeEveryBlocks: 10, graceMs: hour, releaseDelayMs: 10 * minute, maxBlockIntervalMs: 10_000 },
}

function eventsOf(events: readonly LedgerEvent[], kind: EventKind): string[] {
  return events.flatMap((event) => (event.kind === kind ? [(event.body as { name: string }).name] : []))
}

/** Empty blocks of 10 s until one makes this event; the names in it. */
function until(ledger: Scenario, kind: EventKind): string[] {
  for (let blocks = 0; blocks < 20_000; blocks++) {
    const names = eventsOf(ledger.block([], 10_000).events, kind)
    if (names.length > 0) return names
  }
  throw new Error(`no ${kind}`)
}

function statusOf(ledger: Scenario, name: string): string {
  return readName(ledger.state, name, ledger).status
}

test('a name left alone runs out, has its grace, expires, is reserved, and is free again', () => {
  const ledger = new Scenario({ ...quick, termMs: 20 * quantumMs })
  register(ledger, 'alice', 'shop.acme', { deposit: 20n * quantum })
  assert.equal(publish(ledger, 'alice', publishing('shop.acme', 'www', { recordSets: [textRecords('hello')] })), 'ok')
  assert.equal(statusOf(ledger, 'shop.acme'), 'active')
  assert.deepEqual(until(ledger, 'graceStarted'), ['shop.acme'])
  const grace = readName(ledger.state, 'shop.acme', ledger)
  assert.equal(grace.status, 'grace')
  assert.equal(grace.untilLedgerMs, grace.ledgerTimeMs + hour)
  assert(ledger.scan().all('host').length === 1, 'a name in grace is in DNS')

  assert.deepEqual(until(ledger, 'nameExpired'), ['shop.acme'])
  assert.deepEqual(ledger.last?.changedNames, ['www.shop.acme'])
  assert.deepEqual(ledger.scan().all('host'), [])
  const reserved = readName(ledger.state, 'shop.acme', ledger)
  assert.equal(reserved.status, 'reserved')
  assert.equal(reserved.untilLedgerMs, (grace.untilLedgerMs as number) + 10 * minute)
  assert.equal(register(ledger, 'bob', 'shop.acme'), 'name-reserved')

  while (statusOf(ledger, 'shop.acme') === 'reserved') ledger.block([], 10_000)
  assert.equal(statusOf(ledger, 'shop.acme'), 'free')
  assert.equal(register(ledger, 'bob', 'shop.acme', { owner: ledger.key('bob') }), 'ok')
  const again = readName(ledger.state, 'shop.acme', ledger)
  assert.deepEqual(again.entry?.registration?.primaryKey, ledger.key('bob').publicKey)
})

test('a name expires when its grace ends, whether or not the sweep has come by', () => {
  const ledger = new Scenario({ ...quick, termMs: 3 * quantumMs })
  register(ledger, 'alice', 'shop.acme', { deposit: 3n * quantum })
  until(ledger, 'graceStarted')
  const { untilLedgerMs = 0 } = readName(ledger.state, 'shop.acme', ledger)
  while (readName(ledger.state, 'shop.acme', ledger).ledgerTimeMs < untilLedgerMs) ledger.block([], 7_000)
  assert.notEqual(ledger.scan().at('lease', stateKeys.lease('shop.acme')), undefined, 'the sweep has not come by')
  assert.equal(statusOf(ledger, 'shop.acme'), 'reserved')
  assert.equal(ledger.run('alice', { kind: 'topUp', body: { name: 'shop.acme', amount: 1_000n } }), 'name-reserved')
})

test('a free name whose remains the sweep has not reached is taken out by the reveal', () => {
  const ledger = new Scenario({
    parameters: { ...quick.parameters, feeEveryBlocks: 400, releaseDelayMs: 0, graceMs: 0 },
    termMs: quantumMs,
  })
  // A fee block lets the name run out and, without grace, would sweep it at once; so keep the sweep busy with others.
  addNames(ledger, 'alice', 2_000, () => 0)
  register(ledger, 'alice', 'shop.acme', { deposit: 113n * quantum })
  while (ledger.height % 400 !== 0) ledger.block([], 10_000)
  assert.equal(statusOf(ledger, 'shop.acme'), 'free')
  const { reveal, seal } = makeSeal(ledger, 'bob', 'shop.acme', { owner: ledger.key('bob') })
  ledger.run('bob', seal)
  assert.notEqual(ledger.scan().at('lease', stateKeys.lease('shop.acme')), undefined)
  assert.equal(ledger.run('bob', reveal), 'ok')
  assert.deepEqual(eventsOf(ledger.last?.receipts[0]?.events ?? [], 'nameExpired'), ['shop.acme'])
  const { entry } = readName(ledger.state, 'shop.acme', ledger)
  assert.deepEqual(entry?.registration?.primaryKey, ledger.key('bob').publicKey)
  assert.equal(entry?.revision, 3)
  checkInvariants(ledger.state, ledger.supply)
})

test('the sweep takes at most 200 names a block and works off a backlog in the blocks after', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10, graceMs: 0 } })
  addNames(ledger, 'alice', 450, (index) => index % 2)
  const expired: number[] = []
  const told: number[] = []
  for (let blocks = 0; blocks < 16; blocks++) {
    const { events, changes } = ledger.block([], 20_000)
    expired.push(eventsOf(events, 'nameExpired').length)
    told.push(eventsOf(events, 'graceStarted').length + eventsOf(events, 'renewalDue').length)
    assert(eventsOf(events, 'nameExpired').length + eventsOf(events, 'graceStarted').length <= 200)
    if (ledger.height > 12) assert.deepEqual(changes, [], 'nothing is left to do')
  }
  assert.deepEqual(expired.slice(9), [200, 200, 50, 0, 0, 0, 0])
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    0,
    'names that expire at once are not told of grace',
  )
  checkInvariants(ledger.state, ledger.supply)
})

test('every owner is told once of grace, and once that renewal is due', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 } })
  // 7 days are 16,800 quanta, so all of these are in reach of the warning; X from 10 to 40 runs out first.
  addNames(ledger, 'alice', 300, (index) => 16_800 + (index % 31))
  const due: string[] = []
  for (let blocks = 0; blocks < 200; blocks++) due.push(...eventsOf(ledger.block([], 10_000).events, 'renewalDue'))
  assert.equal(due.length, 300)
  assert.equal(new Set(due).size, 300)
})

test('many names of one quantum are told of over several blocks, each once', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 } })
  addNames(ledger, 'alice', 450, () => 16_800)
  const due: string[][] = []
  for (let blocks = 0; blocks < 14; blocks++) due.push(eventsOf(ledger.block([], 10_000).events, 'renewalDue'))
  assert.deepEqual(due.map((names) => names.length).slice(9), [200, 200, 50, 0, 0])
  assert.equal(new Set(due.flat()).size, 450)
})

moneyTest(
  'a deposit that ends within the warning time is told of at once',
  'deposits of chosen length, and top-ups',
  () => {
    const ledger = new Scenario()
    register(ledger, 'alice', 'shop.acme', { deposit: 1_000n * quantum })
    assert.deepEqual(eventsOf(ledger.last?.events ?? [], 'renewalDue'), ['shop.acme'])
    ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 1_000n * quantum } })
    assert.deepEqual(eventsOf(ledger.last?.receipts[0]?.events ?? [], 'renewalDue'), ['shop.acme'])
    ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 16_000n * quantum } })
    assert.deepEqual(eventsOf(ledger.last?.receipts[0]?.events ?? [], 'renewalDue'), [])
  },
)

moneyTest('a top-up in grace pays for the time in grace and makes the name active again', 'top-ups', () => {
  const ledger = new Scenario(quick)
  register(ledger, 'alice', 'shop.acme', { deposit: 5n * quantum })
  until(ledger, 'graceStarted')
  for (let blocks = 0; blocks < 100; blocks++) ledger.block([], 10_000)
  assert.equal(statusOf(ledger, 'shop.acme'), 'grace')
  const { paidQuanta: f } = ledger.scan().single('feeFund')
  const { paidQuanta: x = 0 } = readName(ledger.state, 'shop.acme', ledger)
  const arrears = f - x
  assert(arrears > 20, 'time in grace counts')
  const short = { name: 'shop.acme', amount: BigInt(arrears - 1) * quantum }
  assert.equal(ledger.run('bob', { kind: 'topUp', body: short }), 'amount-below-arrears')
  const { pot } = ledger.scan().single('income')
  const transaction = ledger.transaction('bob', {
    kind: 'topUp',
    body: { name: 'shop.acme', amount: BigInt(arrears + 3) * quantum },
  })
  ledger.block([transaction])
  const fee = 100n + BigInt(transaction.bytes.length)
  const after = readName(ledger.state, 'shop.acme', ledger)
  assert.deepEqual([after.status, after.balance], ['active', 3n * quantum])
  assert.equal(ledger.scan().single('income').pot, pot + fee + BigInt(arrears) * quantum)
})

test('an empty block changes no entry; a fee block and a block with an open seal do', () => {
  const ledger = new Scenario()
  assert.deepEqual(ledger.block().changes, [])
  register(ledger, 'alice', 'shop.acme')
  for (let blocks = 0; blocks < 5; blocks++) assert.deepEqual(ledger.block([], 10_000).changes, [])
  const { seal, reveal } = makeSeal(ledger, 'alice', 'other.acme')
  ledger.run('alice', seal)
  assert.equal(ledger.block().changes.length, 1, 'time, while a seal is open')
  ledger.run('alice', reveal)
  while (ledger.height % 60 !== 59) assert.deepEqual(ledger.block([], 10_000).changes, [])
  assert(ledger.block([], 10_000).changes.length > 1)
  assert.deepEqual(ledger.block([], 10_000).changes, [])
})
