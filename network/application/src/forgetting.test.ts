import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validatorsOf } from '@cresset/core-chain'
import { sha256 } from '@cresset/core-crypto'
import { predecessorOf, stateKeys, transactionId } from '@cresset/core-ledger'
import { keysBelow, layout, openMemoryStore, type Store } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { TestLedger } from './testing/test-ledger.ts'

const keepVersions = 4
const keepBlocks = 10
const spaces = Object.entries(layout).filter(([name]) => name !== 'meta' && name !== 'tree')

const entriesOf = (store: Store): Record<string, number> =>
  Object.fromEntries(spaces.map(([name, space]) => [name, [...store.range(keysBelow(space))].length]))

const open = (store: Store, ledger: TestLedger, over: { keepBlocks?: number } = { keepBlocks }) =>
  LedgerApplication.open({ store, genesis: ledger.genesis, keepVersions, ...over })

/** From its third block on each has a transfer and a new encryption key, so that a record is replaced. */
class Chain {
  readonly ledger = new TestLedger()
  /** Of the transfer of each height. */
  readonly ids: Uint8Array[] = []
  #sequence = 3

  async begin(application: LedgerApplication): Promise<void> {
    const { seal, reveal } = this.ledger.registration(0, 0, 'shop.acme')
    assert.deepEqual(await this.ledger.commit(application, [seal]), ['ok'])
    assert.deepEqual(await this.ledger.commit(application, [reveal]), ['ok'])
  }

  async extend(application: LedgerApplication, blocks: number): Promise<void> {
    const { ledger } = this
    for (let made = 0; made < blocks; made++) {
      const { height } = application.head
      // Below 2^255 − 19, as an X25519 key is.
      const key = Uint8Array.of(...sha256(Uint8Array.of(height, height >> 8)).subarray(0, 31), 0)
      const transfer = ledger.transfer(1, this.#sequence - 3, 2, 1n)
      this.ids[height + 1] = transactionId(transfer)
      const codes = await ledger.commit(application, [
        transfer,
        ledger.sign(ledger.users[0]!, this.#sequence - 1, {
          kind: 'setEncryptionKey',
          body: { name: 'shop.acme', key },
        }),
      ])
      assert.deepEqual(codes, ['ok', 'ok'])
      this.#sequence += 1
    }
  }
}

test('old blocks go with all that belongs to them, and the newest stay whole', async () => {
  const store = openMemoryStore()
  const chain = new Chain()
  const application = await open(store, chain.ledger)
  await chain.begin(application)
  await chain.extend(application, 38)
  const level = entriesOf(store)
  await chain.extend(application, 40)
  assert.deepEqual(entriesOf(store), level)
  assert.equal(level.blocks, keepBlocks)
  assert.equal(level.replacedRecords, keepBlocks)

  const { queries } = application
  assert.equal(queries.oldestHeight, 71)
  for (const height of [3, 40, 70]) {
    assert.equal(queries.block(height), undefined)
    assert.equal(queries.lightBlock(height), undefined)
    assert.equal(queries.event(height), undefined)
    assert.equal(queries.transaction(chain.ids[height]!), undefined)
    assert.equal(queries.transactionProof(chain.ids[height]!), undefined)
  }
  for (let height = 71; height <= 80; height++) {
    assert.equal(queries.executed(height)?.transactions.length, 2)
    assert.equal(queries.transaction(chain.ids[height]!)?.height, height)
    assert.ok(queries.transactionProof(chain.ids[height]!))
  }
  // What was replaced within the kept blocks is there, and not a record more.
  const predecessor = predecessorOf(queries.view().get(stateKeys.name('shop.acme'))!)
  assert.equal(queries.records(predecessor!, 100).length, keepBlocks)
})

test('blocks stay as long as a kept version or a reader of a snapshot needs them', async () => {
  const store = openMemoryStore()
  const chain = new Chain()
  const application = await LedgerApplication.open({
    store,
    genesis: chain.ledger.genesis,
    keepVersions,
    keepBlocks: 1,
  })
  await chain.begin(application)
  await chain.extend(application, 18)
  assert.equal(application.queries.oldestHeight, 20 - keepVersions)
  const key = stateKeys.name('shop.acme')
  assert.ok(application.queries.prove([key], 16))
  await application.undo()
  await application.undo()
  assert.equal(application.head.height, 18)

  const [snapshot] = await application.listSnapshots()
  assert.ok(await application.loadSnapshotChunk(snapshot!.height, 0))
  await chain.ledger.commit(application, [])
  for (let block = 0; block < 30; block++) await chain.ledger.commit(application, [])
  assert.equal(application.queries.oldestHeight, 18)
  assert.ok(await application.loadSnapshotChunk(snapshot!.height, 1))
})

test('a node that is told to keep fewer blocks forgets the others bit by bit, and tells the engine', async () => {
  const store = openMemoryStore()
  const chain = new Chain()
  const all = await open(store, chain.ledger, {})
  await chain.begin(all)
  await chain.extend(all, 48)
  assert.equal(all.queries.oldestHeight, 1)
  assert.equal(all.info().forgetsBlocks, false)
  const few = await open(store, chain.ledger)
  assert.equal(few.info().forgetsBlocks, true)
  const oldest: (number | undefined)[] = []
  for (let block = 0; block < 7; block++) {
    const decided = chain.ledger.decide(few, [])
    const request = chain.ledger.commitRequest(decided, few.finalizeBlock(decided.input))
    const { retainHeight } = await few.commit(request)
    assert.equal(retainHeight, few.head.height - keepBlocks + 1)
    oldest.push(few.queries.oldestHeight)
  }
  assert.deepEqual(oldest, [9, 17, 25, 33, 41, 47, 48])
})

test('only who forgets blocks anyway lets a newer state take their place', async () => {
  const chain = new Chain()
  const source = await open(openMemoryStore(), chain.ledger, {})
  await chain.begin(source)
  await chain.extend(source, 30)
  const [snapshot] = await source.listSnapshots()
  const trust = { validators: validatorsOf(chain.ledger.genesis), changes: [] }

  const behind = new Chain()
  const keeping = await open(openMemoryStore(), behind.ledger, {})
  await behind.begin(keeping)
  assert.deepEqual(await keeping.offerSnapshot(snapshot!, trust), { code: 'not-empty' })
  const other = new Chain()
  const forgetting = await open(openMemoryStore(), other.ledger)
  await other.begin(forgetting)
  assert.deepEqual(await forgetting.offerSnapshot({ ...snapshot!, height: 2 }, trust), { code: 'not-newer' })
  assert.deepEqual(await forgetting.offerSnapshot(snapshot!, trust), { code: 'accept' })
  // Another peer, before anything came of the first one.
  assert.deepEqual(await forgetting.offerSnapshot({ ...snapshot!, height: 2 }, trust), { code: 'not-newer' })
  await forgetting.abandonSnapshot()
  assert.equal(forgetting.head.height, 2, 'its blocks are still there')
  assert.deepEqual(await forgetting.offerSnapshot(snapshot!, trust), { code: 'accept' })
  for (let index = 0, code = 'accept'; code === 'accept'; index++)
    ({ code } = await forgetting.applySnapshotChunk(index, (await source.loadSnapshotChunk(snapshot!.height, index))!))
  assert.deepEqual(forgetting.info().stateRoot, source.info().stateRoot)
  assert.equal(forgetting.queries.oldestHeight, snapshot!.height)
  await chain.extend(forgetting, 12)
  assert.equal(forgetting.queries.oldestHeight, forgetting.head.height - keepBlocks + 1)
})
