import assert from 'node:assert/strict'
import { accountOf } from '@cresset/core-crypto'
import type { LedgerEvent } from '../events.ts'
import { readFeeStatement } from '../fee-statement.ts'
import { readName } from '../queries.ts'
import { register, Scenario } from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'

const quantum = 14n
const firstCharge = 17n * quantum

function settled(events: readonly LedgerEvent[]) {
  return events.flatMap((event) => (event.kind === 'feesSettled' ? [event.body] : []))
}

/** Empty blocks up to the next fee block, which is executed too. */
function untilFeeBlock(ledger: Scenario, elapsedMs: number) {
  do ledger.block([], elapsedMs)
  while (ledger.height % ledger.parameters.feeEveryBlocks !== 0)
  return settled(ledger.last?.events ?? [])
}

moneyTest(
  'registration takes whole quanta, the first charge goes to the pot, the rest of a quantum stays with the payer',
  'deposits',
  () => {
    const ledger = new Scenario()
    const before = ledger.balance('alice')
    // 71,428 quanta are 999,992; 8 of the million stay. Alice pays for both transactions.
    assert.equal(register(ledger, 'alice', 'shop.acme', { deposit: 1_000_000n }), 'ok')
    const { pot } = ledger.scan().single('income')
    const fees = pot - firstCharge
    assert.equal(ledger.balance('alice'), before - 999_992n - fees)
    assert.equal(readName(ledger.state, 'shop.acme', ledger).balance, 999_992n - firstCharge)
  },
)

moneyTest('every nth block charges for the ledger time since the last one', 'what fee blocks charge', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  const before = readName(ledger.state, 'shop.acme', ledger).balance as bigint
  // Two blocks of 1 s were made for the registration: 57 of 10 s and the fee block at height 60 are 582 s, 16 quanta.
  const [event] = untilFeeBlock(ledger, 10_000)
  assert.equal(ledger.height, 60)
  assert.equal(event?.paidQuanta, 16)
  assert.equal(event?.charged, 16n * quantum)
  assert.equal(readName(ledger.state, 'shop.acme', ledger).balance, before - 16n * quantum)
  // 582 s left 6 s over: with 600 s they make 606 s, 16 quanta and 30 s.
  untilFeeBlock(ledger, 10_000)
  assert.equal(readName(ledger.state, 'shop.acme', ledger).balance, before - 32n * quantum)
  // 30 s and 600 s are 630 s: 17 quanta.
  untilFeeBlock(ledger, 10_000)
  assert.equal(readName(ledger.state, 'shop.acme', ledger).balance, before - 49n * quantum)
})

moneyTest(
  'blocks made to burn deposits: 20 blocks a second and an idle network charge the same within one interval',
  'what fee blocks charge',
  () => {
    const hourMs = 3_600_000
    const charged = [50, 10_000].map((elapsedMs) => {
      const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 } })
      register(ledger, 'alice', 'shop.acme')
      const before = readName(ledger.state, 'shop.acme', ledger).balance as bigint
      for (let blocks = hourMs / 10 / elapsedMs; blocks > 0; blocks--) ledger.block([], elapsedMs)
      return before - (readName(ledger.state, 'shop.acme', ledger).balance as bigint)
    }) as [bigint, bigint]
    const interval = (10n * 10_000n * quantum) / 36_000n + quantum
    assert(charged[0] - charged[1] <= interval && charged[1] - charged[0] <= interval, `${charged}`)
    // A tenth of an hour is 10 quanta.
    assert(charged[0] <= 10n * quantum && charged[0] >= 9n * quantum)
  },
)

moneyTest(
  'a name that cannot pay the whole charge pays what it has left, and the fee block takes no more',
  'what fee blocks charge',
  () => {
    const ledger = new Scenario()
    register(ledger, 'alice', 'poor.acme', { deposit: 19n * quantum })
    register(ledger, 'alice', 'rich.acme')
    assert.equal(readName(ledger.state, 'poor.acme', ledger).balance, 2n * quantum)
    const [event] = untilFeeBlock(ledger, 10_000)
    const moved = BigInt(event?.paidQuanta as number)
    assert.equal(event?.charged, (moved + 2n) * quantum)
    const poor = readName(ledger.state, 'poor.acme', ledger)
    assert.deepEqual([poor.status, poor.balance], ['grace', 0n])
    assert.equal(poor.untilLedgerMs, poor.ledgerTimeMs + ledger.parameters.graceMs)
  },
)

moneyTest('a name paid up to F exactly is active until F moves past it', 'deposits of chosen length', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'edge.acme', { deposit: (17n + 16n) * quantum })
  untilFeeBlock(ledger, 10_000)
  const edge = readName(ledger.state, 'edge.acme', ledger)
  assert.deepEqual([edge.status, edge.balance], ['active', 0n])
  untilFeeBlock(ledger, 10_000)
  assert.equal(readName(ledger.state, 'edge.acme', ledger).status, 'grace')
})

test('income goes to the producers of non-empty blocks by count and a fifth to the name nodes; the rest of the division stays', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  for (let index = 0; index < 3; index++)
    ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 100n } })
  const { pot, producers } = ledger.scan().single('income')
  assert.equal(
    producers.reduce((sum, { blocks }) => sum + blocks, 0),
    5,
  )
  const validators = ledger.validators.map((pair) => accountOf(pair.publicKey))
  const balances = () => validators.map((account) => ledger.balanceOf(account))
  const before = balances()
  const [event] = untilFeeBlock(ledger, 10_000)
  const income = pot + (event?.charged as bigint)
  const share = income / 5n / 4n
  const blocksOf = [1n, 2n, 1n, 1n]
  const gained = balances().map((balance, index) => balance - (before[index] as bigint))
  assert.deepEqual(
    gained,
    blocksOf.map((blocks) => share + ((income - income / 5n) * blocks) / 5n),
  )
  assert.equal(
    event?.paid,
    gained.reduce((sum, amount) => sum + amount, 0n),
  )
  assert.equal(event?.carried, income - (event?.paid as bigint))
  assert.deepEqual(ledger.scan().single('income'), { pot: event?.carried, producers: [] })
})

moneyTest('an interval of empty blocks carries its income over to the next one', 'income', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', 'shop.acme')
  untilFeeBlock(ledger, 10_000)
  const [event] = untilFeeBlock(ledger, 10_000)
  assert.equal(event?.paid, 0n)
  assert((event?.charged as bigint) > 0n)
  assert.equal(ledger.scan().single('income').pot, event?.carried)
  ledger.run('bob', { kind: 'topUp', body: { name: 'shop.acme', amount: 100n } })
  const [next] = untilFeeBlock(ledger, 10_000)
  assert((next?.paid as bigint) > (event?.charged as bigint))
})

test('without name nodes the producers get everything', () => {
  const ledger = new Scenario({ roles: ['transaction'] })
  register(ledger, 'alice', 'shop.acme')
  const [event] = untilFeeBlock(ledger, 10_000)
  assert((event?.carried as bigint) < 4n)
})

moneyTest(
  'with rate 0 nothing is charged, a deposit is not needed and the name stays',
  'a ledger with currency and rate 0',
  () => {
    const ledger = new Scenario({ parameters: { depositRateQuanta: 0, feeEveryBlocks: 10 } })
    assert.equal(register(ledger, 'alice', 'shop.acme', { deposit: 0n }), 'ok')
    for (let interval = 0; interval < 20; interval++) untilFeeBlock(ledger, 20_000)
    const { status, balance, paidUntilLedgerMs } = readName(ledger.state, 'shop.acme', ledger)
    assert.deepEqual([status, balance, paidUntilLedgerMs], ['active', 0n, undefined])
  },
)

test('the fee statement of a name adds up to what it paid', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 } })
  for (let interval = 0; interval < 3; interval++) untilFeeBlock(ledger, 10_000)
  register(ledger, 'alice', 'shop.acme')
  const before = readName(ledger.state, 'shop.acme', ledger).balance as bigint
  for (let interval = 0; interval < 100; interval++) untilFeeBlock(ledger, 10_000)
  const lines = readFeeStatement(ledger.state, 'shop.acme', 1_000) ?? []
  assert.equal(lines.length, 100)
  const { balance } = readName(ledger.state, 'shop.acme', ledger)
  assert.equal(lines[0]?.balance, balance)
  assert.equal(
    lines.reduce((sum, { charged }) => sum + charged, 0n),
    before - (balance as bigint),
  )
  assert.equal(readFeeStatement(ledger.state, 'shop.acme', 7)?.length, 7)
  assert.equal(readFeeStatement(ledger.state, 'other.acme', 7), undefined)
})

moneyTest(
  'paidUntilLedgerMs names the first ledger time at which a fee block ends the name',
  'deposits of chosen length',
  () => {
    const ledger = new Scenario({ parameters: { feeEveryBlocks: 10, depositRateQuanta: 7 } })
    register(ledger, 'alice', 'shop.acme', { deposit: 2_000n * quantum })
    const predicted = readName(ledger.state, 'shop.acme', ledger).paidUntilLedgerMs as number
    let previous = 0
    for (;;) {
      const { status, ledgerTimeMs, paidUntilLedgerMs } = readName(ledger.state, 'shop.acme', ledger)
      if (status === 'grace') {
        assert(previous < predicted && predicted <= ledgerTimeMs)
        return
      }
      assert.equal(paidUntilLedgerMs, predicted)
      if (ledger.height % 10 === 0) previous = ledgerTimeMs
      ledger.block([], 10_000)
    }
  },
)
