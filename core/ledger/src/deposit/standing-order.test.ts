import assert from 'node:assert/strict'
import { executeBlock } from '../execute-block.ts'
import { readName } from '../queries.ts'
import { accountNamed, addNames, keyPairFor, ownerOf, register, Scenario } from '../testing/index.ts'
import { moneyTest } from '../testing/ledger-test.ts'
import { readRenewals } from './renewals.ts'

const dayMs = 86_400_000
/** One quantum a quarter of a day, so that the 7 days of warnings are 28 quanta. */
const parameters = {
  feeEveryBlocks: 10,
  maxBlockIntervalMs: dayMs / 4,
  depositRatePeriodMs: dayMs / 4,
  graceMs: 7 * dayMs,
}
const quantum = 14n

function start(depositQuanta = 60n): Scenario {
  const ledger = new Scenario({ parameters })
  register(ledger, 'alice', 'shop.acme', { deposit: depositQuanta * quantum })
  return ledger
}

function order(ledger: Scenario, refill: bigint, cap: bigint, payer = 'alice') {
  const body = { name: 'shop.acme', order: { refill: refill * quantum, cap: cap * quantum } }
  return ledger.run(payer, { kind: 'setStandingOrder', body }, { cosigners: [ownerOf('shop.acme')] })
}

function revoke(ledger: Scenario, payer: string, cosigners = [keyPairFor('stranger')]) {
  return ledger.run(payer, { kind: 'setStandingOrder', body: { name: 'shop.acme', order: undefined } }, { cosigners })
}

/** Empty blocks of a quarter day until an event comes; its block's events. */
function until(ledger: Scenario, kind: string, blocks = 400) {
  for (let made = 0; made < blocks; made++) {
    const { events } = ledger.block([], dayMs / 4)
    if (events.some((event) => event.kind === kind)) return events
  }
  throw new Error(`no ${kind}`)
}

const status = (ledger: Scenario) =>
  readName(ledger.state, 'shop.acme', { height: ledger.height, timeMs: ledger.timeMs }).status

moneyTest(
  'a deposit is refilled before it runs out, until the cap is spent; then the owner is told',
  'standing orders pay deposits',
  () => {
    const ledger = start()
    assert.equal(order(ledger, 40n, 100n), 'ok')
    const before = ledger.balance('alice')
    const refills: bigint[] = []
    for (let left = 3; left > 0; left--) {
      const events = until(ledger, 'depositRefilled')
      assert(!events.some(({ kind }) => kind === 'renewalDue'))
      for (const event of events) if (event.kind === 'depositRefilled') refills.push(event.body.amount / quantum)
    }
    assert.deepEqual(refills, [40n, 40n, 20n])
    assert.equal(ledger.balance('alice'), before - 100n * quantum)
    assert.equal(ledger.scan().all('standingOrder').length, 0)
    assert.equal(status(ledger), 'active')
    until(ledger, 'renewalDue')
    until(ledger, 'graceStarted')
    const told = readRenewals(ledger.state, 'shop.acme', { limit: 10 })
    assert.deepEqual(
      told?.renewals.map(({ place, amount }) => [place, amount / quantum]),
      [
        [2, 20n],
        [1, 40n],
        [0, 40n],
      ],
    )
  },
)

moneyTest(
  'a payer without money is tried again when the deposit has run out, and pays the arrears then',
  'standing orders pay deposits',
  () => {
    const ledger = start()
    assert.equal(order(ledger, 40n, 400n, 'bob'), 'ok')
    const rich = ledger.balance('bob')
    const transfer = (from: string, to: string, amount: bigint) =>
      ledger.run(from, { kind: 'transfer', body: { to: accountNamed(to), amount, memo: new Uint8Array(0) } })
    // All but the fee, whose length the amount may change by a byte.
    assert.equal(transfer('bob', 'alice', rich - 1_000n), 'ok')
    const events = until(ledger, 'refillFailed')
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'refillFailed' || kind === 'renewalDue').map(({ kind }) => kind),
      ['refillFailed', 'renewalDue'],
    )
    assert.equal(transfer('alice', 'bob', 100_000n), 'ok')
    const late = until(ledger, 'depositRefilled')
    assert(!late.some(({ kind }) => kind === 'graceStarted'))
    assert.equal(status(ledger), 'active')
  },
)

moneyTest('an order for a name that is due already runs at once', 'standing orders pay deposits', () => {
  const ledger = start()
  until(ledger, 'renewalDue')
  assert.equal(order(ledger, 40n, 100n), 'ok')
  assert.equal(ledger.scan().single('standingOrder').leftQuanta, 60)
})

moneyTest(
  'payer and owner can revoke, others cannot; a change of owner and the end of the name end it',
  'standing orders pay deposits',
  () => {
    const ledger = start()
    assert.equal(order(ledger, 40n, 100n, 'bob'), 'ok')
    assert.equal(revoke(ledger, 'carol'), 'not-primary-key')
    assert.equal(revoke(ledger.copy(), 'bob'), 'ok')
    assert.equal(revoke(ledger.copy(), 'carol', [ownerOf('shop.acme')]), 'ok')

    const cancelled = ledger.copy()
    const [receipt] = cancelled.block([
      cancelled.transaction(
        'alice',
        { kind: 'cancel', body: { name: 'shop.acme' } },
        { cosigners: [ownerOf('shop.acme')] },
      ),
    ]).receipts
    const ended = receipt?.events.find(({ kind }) => kind === 'standingOrderEnded')
    assert.equal(ended?.kind === 'standingOrderEnded' && ended.body.reason, 'name-ended')

    const changed = ledger.run(
      'alice',
      { kind: 'changeKey', body: { name: 'shop.acme', newKey: keyPairFor('new owner').publicKey } },
      { cosigners: [ownerOf('shop.acme'), keyPairFor('new owner')] },
    )
    assert.equal(changed, 'ok')
    assert.equal(ledger.scan().all('standingOrder').length, 0)
  },
)

moneyTest(
  'the block in which orders fall due reads as much at 500 names as at 10,000, and runs 200 at most',
  'standing orders pay deposits',
  () => {
    const reads = [500, 10_000].map((count) => {
      const ledger = new Scenario({ parameters, funds: 10n ** 15n })
      addNames(ledger, 'alice', count, (index) => (index < 300 ? 40 : 20_000 + (index % 5_000)))
      for (let index = 0; index < 300; index++) {
        const action = {
          kind: 'setStandingOrder',
          body: { name: `n${index}.acme`, order: { refill: 40n * quantum, cap: 40n * quantum } },
        } as const
        const transaction = ledger.transaction('bob', action, { cosigners: [keyPairFor('owner of many')] })
        const block = { ...ledger, height: ledger.height + 1, timeMs: ledger.timeMs + 1, proposer: accountNamed('x') }
        const result = executeBlock(ledger.state, { ...block, transactions: [transaction], misbehaviour: [] }, ledger)
        if ('refused' in result) throw new Error(result.refused)
        ledger.state.apply(result.changes)
        ledger.height += 1
        ledger.timeMs += 1
      }
      const refilled: number[] = []
      let most = 0
      for (let made = 0; made < 60; made++) {
        ledger.state.reads = 0
        const { events } = ledger.block([], dayMs / 4)
        const count = events.filter(({ kind }) => kind === 'depositRefilled').length
        if (count > 0) refilled.push(count)
        most = Math.max(most, ledger.state.reads)
      }
      assert.deepEqual(refilled, [200, 100])
      return most
    })
    assert.equal(reads[0], reads[1])
  },
)
