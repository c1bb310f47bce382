import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { openLmdbStore, openMemoryStore, type Store } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { GenesisDiffersError, StateDamagedError } from './state-errors.ts'
import { TestLedger } from './testing/test-ledger.ts'

const keepVersions = 4

/** Blocks of transfers, failures, empty ones and a name that is sealed, revealed, given and cancelled. */
function* history(ledger: TestLedger): Generator<Uint8Array[]> {
  const name = ledger.registration(0, 0, 'shop.acme')
  yield [name.seal, ledger.transfer(1, 0, 2, 10n)]
  yield [name.reveal, ledger.transfer(1, 1, 2, 0n), ledger.transfer(2, 0, 1, 10n ** 15n)]
  yield []
  yield [ledger.transfer(3, 0, 4, 1n), ledger.transfer(3, 1, 4, 1n), ledger.transfer(3, 2, 4, 1n)]
  yield []
  yield []
  yield [name.cancel]
  for (let index = 0; index < 12; index++)
    yield index % 3 === 0 ? [] : [ledger.transfer(5, Math.floor((index * 2) / 3), 6, 7n)]
}

/** Roots and receipts of every block, with `between` run before each. */
async function replay(
  ledger: TestLedger,
  store: Store,
  between: (application: LedgerApplication) => Promise<LedgerApplication>,
): Promise<string[]> {
  let application = await LedgerApplication.open({ store, genesis: ledger.genesis, keepVersions })
  const log = [toHex(application.info().stateRoot)]
  for (const transactions of history(ledger)) {
    application = await between(application)
    const codes = await ledger.commit(application, transactions)
    const { receiptsRoot } = ledger.lastRoots!
    log.push(`${codes.join(' ')} ${toHex(application.info().stateRoot)} ${toHex(receiptsRoot)}`)
  }
  return log
}

const same = (application: LedgerApplication): Promise<LedgerApplication> => Promise.resolve(application)

test('the same blocks give the same roots and receipts on every store, after restarts, with cold and warm caches', async (context) => {
  const ledger = new TestLedger()
  const expected = await replay(ledger, openMemoryStore(), same)
  assert.ok(new Set(expected).size > 10)

  const memory = openMemoryStore()
  const reopened = await replay(ledger, memory, () =>
    LedgerApplication.open({ store: memory, genesis: ledger.genesis, keepVersions }),
  )
  assert.deepEqual(reopened, expected, 'reopened before every block')

  const warm = await replay(ledger, openMemoryStore(), async (application) => {
    for (const transactions of history(ledger)) for (const bytes of transactions) application.checkTx(bytes)
    return application
  })
  assert.deepEqual(warm, expected, 'with everything in the pool and the caches')

  const folder = await mkdtemp(join(tmpdir(), 'cresset-application-'))
  context.after(() => rm(folder, { recursive: true }))
  let store = await openLmdbStore({ path: folder })
  const current: Store = {
    get: (key) => store.get(key),
    range: (options) => store.range(options),
    write: (batch) => store.write(batch),
    get statistics() {
      return store.statistics
    },
    close: () => store.close(),
  }
  const onDisk = await replay(ledger, current, async () => {
    await store.close()
    store = await openLmdbStore({ path: folder })
    return LedgerApplication.open({ store: current, genesis: ledger.genesis, keepVersions })
  })
  await store.close()
  assert.deepEqual(onDisk, expected, 'on LMDB, closed and opened before every block')
})

test('two candidates of one height do not touch each other, and either can be committed', async () => {
  const ledger = new TestLedger()
  for (const chosen of [0, 1]) {
    const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
    const candidates = [[ledger.transfer(0, 0, 1, 5n)], [ledger.transfer(0, 0, 2, 6n), ledger.transfer(1, 0, 2, 7n)]]
    const decided = candidates.map((transactions) => ledger.decide(application, transactions))
    const executed = decided.map((one) => application.finalizeBlock(one.input))
    assert.notDeepEqual(executed[0]!.stateRoot, executed[1]!.stateRoot)
    assert.equal(application.info().height, 0)
    await application.commit(ledger.commitRequest(decided[chosen]!, executed[chosen]!))
    assert.deepEqual(application.info().stateRoot, executed[chosen]!.stateRoot)
    await assert.rejects(
      application.commit(ledger.commitRequest(decided[1 - chosen]!, executed[1 - chosen]!)),
      /while 1 is the last one/,
    )
  }
})

test('a candidate pushed out by many others is executed again when it is decided', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const first = ledger.decide(application, [ledger.transfer(0, 0, 1, 5n)])
  const executed = application.finalizeBlock(first.input)
  for (let index = 0; index < 20; index++) {
    application.finalizeBlock(ledger.decide(application, [ledger.transfer(0, 0, 1, BigInt(100 + index))]).input)
  }
  await application.commit(ledger.commitRequest(first, executed))
  assert.deepEqual(application.info().stateRoot, executed.stateRoot)
})

test('a stop between execution and commit leaves nothing behind', async () => {
  const ledger = new TestLedger()
  const store = openMemoryStore()
  const before = await LedgerApplication.open({ store, genesis: ledger.genesis })
  await ledger.commit(before, [ledger.transfer(0, 0, 1, 5n)])
  const decided = ledger.decide(before, [ledger.transfer(0, 1, 1, 5n)])
  const executed = before.finalizeBlock(decided.input)

  const after = await LedgerApplication.open({ store, genesis: ledger.genesis })
  assert.equal(after.info().height, 1)
  assert.deepEqual(after.finalizeBlock(decided.input), executed)
  await after.commit(ledger.commitRequest(decided, executed))
  assert.equal(after.info().height, 2)
})

test('a write that fails changes nothing that can be read', async () => {
  const ledger = new TestLedger()
  const inner = openMemoryStore()
  let isFull = false
  const store: Store = {
    get: (key) => inner.get(key),
    range: (options) => inner.range(options),
    write: (batch) => (isFull ? Promise.reject(new Error('no space left')) : inner.write(batch)),
    statistics: inner.statistics,
    close: () => inner.close(),
  }
  const application = await LedgerApplication.open({ store, genesis: ledger.genesis })
  const events: number[] = []
  application.feed.onCommit(({ height }) => events.push(height))
  isFull = true
  const before = application.info()
  await assert.rejects(ledger.commit(application, [ledger.transfer(0, 0, 1, 5n)]), /no space left/)
  assert.equal(before.height, 0)
  assert.deepEqual(application.info(), before)
  assert.deepEqual(events, [])
  isFull = false
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 5n)])
  assert.equal(application.info().height, 1)
})

test('a store of another ledger, and one whose parts do not fit, are refused', async () => {
  const ledger = new TestLedger()
  const store = openMemoryStore()
  const application = await LedgerApplication.open({ store, genesis: ledger.genesis })
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 5n)])
  const other = new TestLedger(9)
  await assert.rejects(LedgerApplication.open({ store, genesis: other.genesis }), GenesisDiffersError)

  // The newest block without its state: what a store that breaks its batches apart would leave.
  const copy = openMemoryStore()
  const entries = [...store.range({ gte: Uint8Array.of(1), lt: Uint8Array.of(31) })]
  await copy.write(entries.filter(([key]) => key[0] !== 2).map(([key, value]) => ({ key, value })))
  await assert.rejects(LedgerApplication.open({ store: copy, genesis: ledger.genesis }), StateDamagedError)
})

test('undo takes blocks back to the very bytes that were stored, and the blocks can be made again', async () => {
  const ledger = new TestLedger()
  const store = openMemoryStore()
  const application = await LedgerApplication.open({ store, genesis: ledger.genesis, keepVersions: 256 })
  const dump = (): string[] =>
    [...store.range({ gte: Uint8Array.of(1), lt: Uint8Array.of(31) })].map(
      ([key, value]) => `${toHex(key)} ${toHex(value)}`,
    )
  const dumps = [dump()]
  const blocks = [...history(ledger)]
  for (const transactions of blocks) {
    await ledger.commit(application, transactions)
    dumps.push(dump())
  }
  const reverted: number[] = []
  application.feed.onCommit((event) => event.reverted && reverted.push(event.height))
  for (let height = blocks.length; height > 0; height--) {
    await application.undo()
    assert.deepEqual(dump(), dumps[height - 1], `back at ${height - 1}`)
    assert.equal(application.info().height, height - 1)
  }
  assert.equal(reverted.length, blocks.length)
  for (const transactions of blocks) await ledger.commit(application, transactions)
  assert.deepEqual(dump(), dumps.at(-1))
})

test('versions past keepVersions cannot be undone or read, and their entries leave the store', async () => {
  const ledger = new TestLedger()
  const store = openMemoryStore()
  const application = await LedgerApplication.open({ store, genesis: ledger.genesis, keepVersions: 3 })
  for (let sequence = 0; sequence < 12; sequence++)
    await ledger.commit(application, [ledger.transfer(0, sequence, 1, 5n)])
  assert.throws(() => application.queries.view(8), { code: 'unknown-height' })
  assert.throws(() => application.queries.view(13), { code: 'unknown-height' })
  application.queries.view(9)
  for (let count = 0; count < 3; count++) await application.undo()
  await assert.rejects(application.undo(), { code: 'unknown-height' })
})
