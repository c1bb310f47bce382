import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, sha256 } from '@cresset/core-crypto'
import { keysBelow, layout, openMemoryStore, type Store } from '@cresset/network-storage'
import { LedgerApplication } from '../ledger-application.ts'
import { TestLedger } from '../testing/test-ledger.ts'
import { AccountIndexer } from './account-indexer.ts'
import { accountRowKey, placeOfKey } from './account-row.ts'
import { RowSweep } from './row-sweep.ts'

const rowsOf = (store: Store): Uint8Array[] => [...store.range(keysBelow(layout.accountIndex))].map(([key]) => key)
const account = (number: number): Uint8Array => sha256(utf8(`account ${number}`))

/** Accounts with few rows and with many, old and new. */
async function filled(): Promise<{ store: Store; keys: Uint8Array[] }> {
  const keys: Uint8Array[] = []
  for (let number = 0; number < 700; number++)
    for (let row = 0; row < number % 4; row++)
      keys.push(accountRowKey(account(number), { height: (number * 37 + row * 411) % 1_000, index: row }))
  for (const busy of [1_000, 1_001, 1_002])
    for (let row = 0; row < 2_000; row++)
      keys.push(accountRowKey(account(busy), { height: Math.floor(row / 2), index: row % 2 }))
  const store = openMemoryStore()
  await store.write(keys.map((key) => ({ key, value: Uint8Array.of(1) })))
  return { store, keys }
}

const keptOf = (keys: readonly Uint8Array[], below: number): string[] =>
  keys
    .filter((key) => placeOfKey(key).height >= below)
    .map(toHex)
    .sort()

test('a sweep takes all rows below its height and no other, whenever it is broken off', async () => {
  for (const below of [1, 2, 500, 999, 1_000, 5_000]) {
    const { store, keys } = await filled()
    new RowSweep(store).begin(below)
    let sweep = new RowSweep(store)
    assert.equal(sweep.isUnderWay, false, 'it begins with its first portion')
    sweep.begin(below)
    for (let portions = 0; portions === 0 || sweep.isUnderWay; portions++) {
      assert.ok(portions < keys.length / 512 + 4, `${portions} portions for ${keys.length} rows`)
      await sweep.portion()
      sweep = new RowSweep(store)
      assert.equal(sweep.below, below)
    }
    assert.deepEqual(rowsOf(store).map(toHex), keptOf(keys, below), `below ${below}`)
  }
})

test('rows that an account keeps are not read but once', async () => {
  const { store } = await filled()
  const sweep = new RowSweep(store)
  sweep.begin(2)
  let portions = 0
  for (; portions === 0 || sweep.isUnderWay; portions++) await sweep.portion()
  // One at most for each busy account, and those for the thousand rows of the others.
  assert.ok(portions <= 3 + 3, `${portions} portions`)
})

const keepBlocks = 20

async function forgetfulNode() {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({
    store: openMemoryStore(),
    genesis: ledger.genesis,
    keepBlocks,
    keepVersions: 5,
  })
  const store = openMemoryStore()
  const start = (): AccountIndexer =>
    new AccountIndexer({
      application,
      store,
      pauseMs: 0,
      onProblem: (error) => {
        throw error
      },
    })
  return { ledger, application, store, start, payer: accountOf(ledger.users[0]!.publicKey) }
}

test('on a node that forgets blocks the rows stay level, over restarts too, and each one listed can be looked up', {
  timeout: 60_000,
}, async () => {
  const { ledger, application, store, start, payer } = await forgetfulNode()
  let indexer = start()
  let mostRows = 0
  const stretch = 7
  for (let height = 1; height <= 300; height++) {
    await ledger.commit(application, [ledger.transfer(0, height - 1, 1, 1n)])
    if (height % stretch !== 0) continue
    while (indexer.page(payer, { limit: 1 })?.height !== height) await new Promise(setImmediate)
    if (height % (7 * stretch) === 0) {
      await indexer.close()
      indexer = start()
    }
    mostRows = Math.max(mostRows, rowsOf(store).length)
    const page = indexer.page(payer, { limit: 200 })!
    const oldest = application.queries.oldestHeight!
    assert.equal(page.fromHeight, oldest)
    assert.deepEqual(
      page.transactions.map((row) => row.height),
      Array.from({ length: height - oldest + 1 }, (_, back) => height - back),
    )
    for (const { id } of page.transactions) assert.ok(application.queries.transaction(id))
    const before = { height: oldest - 1, index: 0 }
    assert.deepEqual(indexer.page(payer, { limit: 200, before })!.transactions, [])
  }
  // Payer and receiver, for what is kept, half as much again, and what came before the sweep had its turn.
  const level = 2 * (1.5 * keepBlocks + 2 * stretch)
  assert.ok(mostRows <= level, `${mostRows} rows`)
  assert.ok(mostRows > 2 * keepBlocks, `${mostRows} rows`)
  await indexer.close()
})

test('an index that was away until the node forgot where it stood goes on with what is kept, and its old rows go', {
  timeout: 60_000,
}, async () => {
  const { ledger, application, store, start, payer } = await forgetfulNode()
  const commit = (): Promise<unknown> =>
    ledger.commit(application, [ledger.transfer(0, application.head.height, 1, 1n)])
  for (const awayUntil of [60, 65 + keepBlocks, 300]) {
    const before = start()
    const { height: known } = application.head
    while (before.page(payer, { limit: 1 })?.height !== known) await new Promise(setImmediate)
    await before.close()
    while (application.head.height < awayUntil) await commit()
    const indexer = start()
    while (indexer.page(payer, { limit: 1 })?.height !== awayUntil) await new Promise(setImmediate)
    const oldest = awayUntil - keepBlocks + 1
    const page = indexer.page(payer, { limit: 200 })!
    assert.deepEqual([page.fromHeight, page.transactions.length], [oldest, keepBlocks])
    assert.deepEqual([page.transactions[0]?.height, page.transactions.at(-1)?.height], [awayUntil, oldest])
    while (rowsOf(store).length > 2 * 1.5 * keepBlocks) await new Promise(setImmediate)
    await indexer.close()
  }
})
