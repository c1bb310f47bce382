import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { transactionCodec, transactionId } from '@cresset/core-ledger'
import { openLmdbStore, openMemoryStore, type Store } from '@cresset/network-storage'
import { LedgerApplication } from '../ledger-application.ts'
import { TestLedger } from '../testing/test-ledger.ts'
import type { AccountFilter, AccountPage } from './account-index.ts'
import { AccountIndexer as Indexer } from './account-indexer.ts'
import { partsOfTransaction } from './parts-of-transaction.ts'

/** One whose store does not fail. */
class AccountIndexer extends Indexer {
  override page(account: Uint8Array, filter: AccountFilter): AccountPage {
    return super.page(account, filter) as AccountPage
  }
}

const user = (ledger: TestLedger, index: number): Uint8Array => accountOf(ledger.users[index]!.publicKey)

async function open(store: Store = openMemoryStore(), ledger = new TestLedger()) {
  return { ledger, application: await LedgerApplication.open({ store, genesis: ledger.genesis }) }
}

/** Runs until it knows of every committed block. */
async function caughtUp(application: LedgerApplication, store: Store): Promise<AccountIndexer> {
  const indexer = new AccountIndexer({ application, store, pauseMs: 1, onProblem: fail })
  await untilIndexed(indexer, application.head.height)
  return indexer
}

function fail(error: Error): never {
  throw error
}

async function untilIndexed(indexer: AccountIndexer, height: number): Promise<void> {
  while (indexer.page(new Uint8Array(32), { limit: 1 }).height < height) await new Promise(setImmediate)
}

const places = ({ transactions }: AccountPage): string[] =>
  transactions.map(({ height, index }) => `${height}.${index}`)

test('a transfer is in the lists of both, with what it was to each, and nothing waits for the commit', async () => {
  const { ledger, application } = await open()
  const indexer = new AccountIndexer({ application, store: openMemoryStore(), pauseMs: 1, onProblem: fail })
  const bytes = ledger.transfer(0, 0, 1, 5_000n)
  await ledger.commit(application, [bytes])
  await ledger.commit(application, [ledger.transfer(2, 0, 2, 7n)])
  await untilIndexed(indexer, 2)
  const same = {
    height: 1,
    index: 0,
    id: transactionId(bytes),
    timeMs: application.queries.header(1)!.timeMs,
    kind: 'transfer' as const,
    code: 'ok' as const,
    amount: 5_000n,
  }
  const page = (account: number): AccountPage => indexer.page(user(ledger, account), { limit: 10 })
  assert.deepEqual(page(0), {
    transactions: [{ ...same, role: 'payer', direction: 'out', counterpart: user(ledger, 1) }],
    fromHeight: 1,
    height: 2,
    next: undefined,
  })
  assert.deepEqual(page(1).transactions, [{ ...same, role: 'other', direction: 'in', counterpart: user(ledger, 0) }])
  assert.deepEqual(
    page(2).transactions.map(({ direction, counterpart }) => [direction, counterpart]),
    [['out', user(ledger, 2)]],
    'paid to oneself: once',
  )
  assert.deepEqual(page(3).transactions, [])
  await indexer.close()
})

test('a transaction that failed is in the list of those who signed it and of nobody else', async () => {
  const { ledger, application } = await open()
  assert.deepEqual(await ledger.commit(application, [ledger.transfer(0, 0, 1, 10n ** 15n)]), ['balance-too-low'])
  const indexer = await caughtUp(application, openMemoryStore())
  const [own] = indexer.page(user(ledger, 0), { limit: 1 }).transactions
  assert.deepEqual([own?.code, own?.amount, own?.counterpart], ['balance-too-low', undefined, undefined])
  assert.deepEqual(places(indexer.page(user(ledger, 1), { limit: 1 })), [])
  await indexer.close()
})

test('pages go from the newest to the oldest without a gap, all kinds or one', async () => {
  const { ledger, application } = await open()
  for (let round = 0; round < 6; round++) {
    const hash = new Uint8Array(32).fill(round)
    const notarize = ledger.sign(ledger.users[0]!, round * 3, { kind: 'notarize', body: { hash, form: 'plain' } })
    await ledger.commit(application, [
      notarize,
      ledger.transfer(0, round * 3 + 1, 1, 1n),
      ledger.transfer(0, round * 3 + 2, 1, 1n),
    ])
  }
  const indexer = await caughtUp(application, openMemoryStore())
  const all = (filter: Omit<AccountFilter, 'before'>): string[] => {
    const found: string[] = []
    for (let before: AccountFilter['before'], pages = 0; pages < 30; pages++) {
      const page = indexer.page(user(ledger, 0), { ...filter, before })
      assert.ok(page.transactions.length <= filter.limit)
      found.push(...places(page))
      if (page.next === undefined) break
      before = page.next
    }
    return found
  }
  const expected = [6, 5, 4, 3, 2, 1].flatMap((height) => [2, 1, 0].map((index) => `${height}.${index}`))
  for (const limit of [1, 4, 18, 1000]) assert.deepEqual(all({ limit }), expected, `by ${limit}`)
  assert.deepEqual(
    all({ limit: 4, kind: 'notarize' }),
    [6, 5, 4, 3, 2, 1].map((height) => `${height}.0`),
  )
  assert.deepEqual(all({ limit: 4, kind: 'buyName' }), [])
  await indexer.close()
})

test('an index that is stopped in the middle of a batch goes on from its last whole one, on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'account-index-'))
  try {
    const { ledger, application } = await open()
    const heights = 300
    for (let height = 1; height <= heights; height++) {
      const count = height === 200 ? 600 : 1
      const transfers = Array.from({ length: count }, (_, index) => {
        const sequence = height - 1 + (height > 200 ? 599 : 0) + index
        return ledger.transfer(0, sequence, 1, 1n, { validUntilMs: application.head.timeMs + 3_600_000 })
      })
      await ledger.commit(application, transfers)
    }
    const path = join(folder, 'accounts')
    let known = 0
    for (let starts = 1; known < heights; starts++) {
      assert.ok(starts < 50, 'every start gets further')
      const store = await openLmdbStore({ path })
      const indexer = new AccountIndexer({ application, store, pauseMs: 1, onProblem: fail })
      const began = indexer.page(user(ledger, 0), { limit: 1 }).height
      assert.ok(began >= known, `it knew ${known} and begins at ${began}`)
      // Turns of the event loop until its first batch is under way, and written on the later starts.
      await untilIndexed(indexer, starts === 1 ? 0 : Math.min(began + 1, heights))
      await indexer.close()
      known = indexer.page(user(ledger, 0), { limit: 1 }).height
      await store.close()
    }
    const store = await openLmdbStore({ path })
    const indexer = await caughtUp(application, store)
    const { transactions, fromHeight, height } = indexer.page(user(ledger, 1), { limit: 1_000 })
    assert.deepEqual([transactions.length, fromHeight, height], [899, 1, heights])
    assert.equal(new Set(transactions.map(({ id }) => toHex(id))).size, 899)
    await indexer.close()
    await store.close()
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('while transactions wait for blocks all the time the index goes on, more slowly', async () => {
  const { ledger, application } = await open()
  for (let sequence = 0; sequence < 40; sequence++)
    await ledger.commit(application, [ledger.transfer(0, sequence, 1, 5n), ledger.transfer(2, sequence, 3, 5n)])
  const asked: number[] = []
  const busy = new Proxy(application, {
    get(target, property) {
      if (property === 'pendingTransactions') return () => ({ count: asked.push(1_000) && 1_000, bytes: 200_000 })
      const value = Reflect.get(target, property, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const indexer = await caughtUp(busy, openMemoryStore())
  assert.equal(indexer.page(user(ledger, 0), { limit: 100 }).transactions.length, 40)
  assert.ok(asked.length > 0, 'it looks how busy the node is')
  await indexer.close()
})

test('after a restored snapshot the list says from which height it knows', async () => {
  const { ledger, application } = await open()
  for (let sequence = 0; sequence < 3; sequence++) {
    await ledger.commit(application, [ledger.transfer(0, sequence, 1, 1n)])
  }
  const [description] = await application.listSnapshots()
  const restored = (await open(openMemoryStore(), ledger)).application
  const store = openMemoryStore()
  const indexer = new AccountIndexer({ application: restored, store, pauseMs: 1, onProblem: fail })
  await restored.offerSnapshot(description!, { validators: validatorsOf(ledger.genesis), changes: [] })
  for (let index = 0; index < description!.chunks; index++) {
    await restored.applySnapshotChunk(index, (await application.loadSnapshotChunk(description!.height, index))!)
  }
  assert.equal(restored.head.height, 3)
  await ledger.commit(restored, [ledger.transfer(0, 3, 1, 1n)])
  await untilIndexed(indexer, 4)
  const { transactions, ...known } = indexer.page(user(ledger, 1), { limit: 10 })
  assert.deepEqual(known, { fromHeight: 4, height: 4, next: undefined })
  assert.deepEqual(
    transactions.map(({ height }) => height),
    [4],
  )
  await indexer.close()
})

test('rows of a chain that the node no longer has, or of another ledger, are made anew', async () => {
  const { ledger, application } = await open()
  const store = openMemoryStore()
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 1n)])
  await ledger.commit(application, [ledger.transfer(0, 1, 1, 1n)])
  await (await caughtUp(application, store)).close()
  await application.undo()
  await ledger.commit(application, [ledger.transfer(0, 1, 2, 1n)])
  const again = await caughtUp(application, store)
  while (places(again.page(user(ledger, 2), { limit: 9 })).length === 0) await new Promise(setImmediate)
  assert.deepEqual(places(again.page(user(ledger, 1), { limit: 9 })), ['1.0'])
  await again.close()

  const other = await open(openMemoryStore(), new TestLedger(8, { quantum: '15' }))
  await other.ledger.commit(other.application, [other.ledger.transfer(0, 0, 3, 1n)])
  const foreign = await caughtUp(other.application, store)
  assert.deepEqual(places(foreign.page(user(ledger, 2), { limit: 9 })), [])
  assert.deepEqual(places(foreign.page(user(ledger, 3), { limit: 9 })), ['1.0'])
  await foreign.close()
})

test('a store that fails ends the index, once, and not the node', async () => {
  const { ledger, application } = await open()
  const problems: string[] = []
  const store = { ...openMemoryStore(), get: () => undefined, range: () => [][Symbol.iterator]() }
  const broken = { ...store, write: () => Promise.reject(new Error('no space')) } as unknown as Store
  const indexer = new AccountIndexer({
    application,
    store: broken,
    pauseMs: 1,
    onProblem: ({ message }) => problems.push(message),
  })
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 1n)])
  await ledger.commit(application, [ledger.transfer(0, 1, 1, 1n)])
  while (problems.length === 0) await new Promise(setImmediate)
  await indexer.close()
  assert.deepEqual(problems, ['no space'])
  assert.equal(indexer.page(user(ledger, 0), { limit: 1 }), undefined)
})

test('who pays by an agreement or a sale, and who is paid, see the other side; several payments have no one answer', () => {
  const ledger = new TestLedger()
  const [payer, a, b] = [user(ledger, 0), user(ledger, 1), user(ledger, 2)]
  const carried = transactionCodec.decode(ledger.transfer(0, 0, 0, 1n))
  const hash = new Uint8Array(32)
  const paid = (from: Uint8Array, to: Uint8Array, amount: bigint) => ({
    kind: 'agreementPaid' as const,
    body: { agreement: hash, from, to, amount },
  })
  const notarize = { kind: 'notarize' as const, body: { hash, form: 'plain' as const } }
  const transaction = { ...carried, unsigned: { ...carried.unsigned, action: notarize } }
  const seen = (events: ReturnType<typeof paid>[]) =>
    partsOfTransaction(transaction, { code: 'ok', events, units: 1 }).map(
      ({ account, role, direction, amount, counterpart }) =>
        `${[payer, a, b].findIndex((known) => toHex(known) === toHex(account))} ${role} ${direction} ${amount} ${
          counterpart && [payer, a, b].findIndex((known) => toHex(known) === toHex(counterpart))
        }`,
    )
  assert.deepEqual(seen([paid(a, b, 5n)]), [
    '0 payer undefined undefined undefined',
    '1 other out 5 2',
    '2 other in 5 1',
  ])
  assert.deepEqual(seen([paid(a, b, 5n), paid(payer, b, 6n)]), [
    '0 payer out 6 2',
    '1 other out 5 2',
    '2 other undefined undefined undefined',
  ])
})
