import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockCodecFor, validatorsOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { stateKeys } from '@cresset/core-ledger'
import { StateTree } from '@cresset/core-state-tree'
import type { SnapshotDescription } from '@cresset/network-consensus/interface'
import { openMemoryStore, type Store } from '@cresset/network-storage'
import type { Head } from './head.ts'
import { LedgerApplication } from './ledger-application.ts'
import { openTree } from './opening.ts'
import { blockChunkCodec, entriesChunkCodec } from './snapshot-format.ts'
import { SnapshotRestore } from './snapshot-restore.ts'
import { SnapshotSource } from './snapshot-source.ts'
import { TestLedger } from './testing/test-ledger.ts'

/** Small, so that a small state makes several. */
const snapshotChunkBytes = 16_384
/** Of all these ledgers. */
const trust = { validators: validatorsOf(new TestLedger().genesis), changes: [] }

/** A ledger that gives a unit to each of these accounts too. */
function ledgerWith(users: number, accounts: readonly Uint8Array[]): TestLedger {
  const ledger = new TestLedger(users)
  for (const account of accounts) ledger.genesis.balances.push({ account, amount: 1n })
  return Object.assign(ledger, { chainId: ledger.chainIdOf(ledger.genesis) })
}

function accountNumber(index: number): Uint8Array {
  const account = new Uint8Array(32)
  new DataView(account.buffer).setUint32(28, index)
  return account
}

/** A ledger with so many accounts, a few names and three blocks: its state makes several chunks. */
async function lived(accounts: number): Promise<{ ledger: TestLedger; application: LedgerApplication }> {
  const at = ledgerWith(
    30,
    Array.from({ length: accounts }, (_, index) => accountNumber(index)),
  )
  const application = await LedgerApplication.open({
    store: openMemoryStore(),
    genesis: at.genesis,
    snapshotChunkBytes,
  })
  const registrations = ['shop', 'art', 'zoo', 'inn'].map((label, user) => at.registration(user, 0, `${label}.acme`))
  await at.commit(
    application,
    registrations.map(({ seal }) => seal),
  )
  await at.commit(
    application,
    registrations.map(({ reveal }) => reveal),
  )
  await at.commit(application, [registrations[3]!.cancel, at.transfer(9, 0, 1, 5n)])
  const offer = { name: 'art.acme', price: 7n, buyer: undefined, expiresMs: application.head.timeMs + 3_600_000 }
  await at.commit(application, [at.sign(at.users[1]!, 2, { kind: 'offerName', body: offer })])
  return { ledger: at, application }
}

async function chunksOf(
  application: LedgerApplication,
): Promise<{ description: SnapshotDescription; chunks: Uint8Array[] }> {
  const [description] = await application.listSnapshots()
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk = await application.loadSnapshotChunk(description!.height, chunks.length)
    if (chunk === undefined) return { description: description!, chunks }
    chunks.push(chunk)
  }
}

const openEmpty = (ledger: TestLedger, store: Store = openMemoryStore()): Promise<LedgerApplication> =>
  LedgerApplication.open({ store, genesis: ledger.genesis, snapshotChunkBytes })

test('a restored node has the same state, indexes and proofs, and goes on with the same roots', async () => {
  const { ledger, application } = await lived(2_000)
  const { description, chunks } = await chunksOf(application)
  assert.ok(chunks.length > 1 + description.height, `more chunks than heights, not ${chunks.length}`)
  const store = openMemoryStore()
  const restored = await openEmpty(ledger, store)
  assert.deepEqual(await restored.offerSnapshot(description, trust), { code: 'accept' })
  for (const [index, chunk] of chunks.entries()) {
    const { code } = await restored.applySnapshotChunk(index, chunk)
    assert.equal(code, index === chunks.length - 1 ? 'done' : 'accept')
  }
  assert.deepEqual(restored.info(), application.info())
  assert.deepEqual(restored.queries.names({}, { limit: 10 }), ['art.acme', 'shop.acme', 'zoo.acme'])
  const owner = accountOf(ledger.users[0]!.publicKey)
  assert.deepEqual(restored.queries.names({ owner }, { limit: 10 }), ['shop.acme'])
  const offers = restored.queries.offers({}, { limit: 10 })
  assert.deepEqual(
    offers.offers.map(({ name, price }) => [name, price]),
    [['art.acme', 7n]],
  )
  assert.deepEqual(offers, application.queries.offers({}, { limit: 10 }))
  const key = new Uint8Array(32).fill(3)
  assert.deepEqual(restored.queries.prove([key]), application.queries.prove([key]))
  assert.deepEqual(await restored.offerSnapshot(description, trust), { code: 'not-empty' })
  assert.throws(() => restored.queries.view(description.height - 1), { code: 'unknown-height' })

  const reopened = await openEmpty(ledger, store)
  for (let sequence = 0; sequence < 4; sequence++) {
    const transactions = [ledger.transfer(20, sequence, 3, 9n)]
    await ledger.commit(application, transactions)
    await ledger.commit(reopened, transactions)
    assert.deepEqual(reopened.info(), application.info())
  }
  // Its own snapshot is that of the others.
  assert.deepEqual((await chunksOf(reopened)).chunks.map(toHex), (await chunksOf(application)).chunks.map(toHex))
})

test('altered, missing, foreign and repeated chunks are refused, and the ledger is at genesis again', async () => {
  const { ledger, application } = await lived(800)
  const { description, chunks } = await chunksOf(application)
  const last = chunks.length - 1
  const attempt = async (
    offered: typeof description,
    given: readonly (readonly [number, Uint8Array])[],
  ): Promise<string> => {
    const store = openMemoryStore()
    const target = await openEmpty(ledger, store)
    const genesisState = target.info()
    let code = (await target.offerSnapshot(offered, trust)).code
    for (const [index, chunk] of given)
      if (code === 'accept') code = (await target.applySnapshotChunk(index, chunk)).code
    assert.notEqual(code, 'done')
    // Refused at once or stopped on the way: whoever opens the store finds the genesis state.
    assert.deepEqual((await openEmpty(ledger, store)).info(), genesisState)
    if (code !== 'accept' && code !== 'wrong-chunk') {
      assert.deepEqual(target.info(), genesisState)
      await ledger.commit(target, [ledger.transfer(0, 0, 1, 5n)])
    }
    return code
  }
  const numbered = chunks.map((chunk, index) => [index, chunk] as const)
  const flipped = (chunk: Uint8Array): Uint8Array => chunk.with(chunk.length - 1, chunk.at(-1)! ^ 1)
  const replaced = (at: number, chunk: Uint8Array) =>
    numbered.map((one) => (one[0] === at ? ([at, chunk] as const) : one))

  assert.equal(await attempt(description, numbered.slice(0, last)), 'accept', 'incomplete')
  assert.equal(await attempt(description, numbered.slice(1)), 'wrong-chunk')
  assert.equal(await attempt({ ...description, stateRoot: new Uint8Array(32) }, numbered), 'not-final')
  assert.equal(await attempt({ ...description, height: description.height + 1 }, numbered), 'not-final')
  assert.equal(await attempt(description, replaced(0, flipped(chunks[0]!))), 'not-final')
  assert.equal(await attempt(description, replaced(1, chunks[2]!)), 'wrong-root', 'the next one')
  assert.equal(await attempt(description, replaced(2, chunks[1]!)), 'malformed', 'the one before')
  assert.equal(await attempt(description, replaced(1, flipped(chunks[1]!))), 'wrong-root')
  assert.equal(await attempt(description, replaced(last, chunks[last]!.subarray(0, 100))), 'malformed')
  const first = entriesChunkCodec.decode(chunks[1]!)
  const { entries } = first
  const without = (changed: Partial<typeof first>) =>
    replaced(1, entriesChunkCodec.encode({ ...first, ...changed })).slice(0, 2)
  assert.equal(await attempt(description, without({ entries: entries.slice(1) })), 'wrong-root', 'the first left out')
  assert.equal(await attempt(description, without({ entries: entries.toSpliced(3, 1) })), 'wrong-root', 'one left out')
  assert.equal(
    await attempt(description, without({ entries: entries.slice(0, -1) })),
    'wrong-root',
    'the last left out',
  )
  const altered = entries.with(4, { ...entries[4]!, value: Uint8Array.of(1) })
  assert.equal(await attempt(description, without({ entries: altered })), 'wrong-root', 'another value')
  assert.equal(await attempt(description, without({ proof: undefined })), 'wrong-root', 'said to be the last')
  assert.equal(await attempt(description, without({ proof: entriesChunkCodec.decode(chunks[2]!).proof })), 'wrong-root')
  const swapped = [entries[1]!, entries[0]!, ...entries.slice(2)]
  assert.equal(await attempt(description, without({ entries: swapped })), 'malformed')
  assert.equal(await attempt({ ...description, chunks: 1 }, numbered), 'malformed')
})

test('a liar about the number of chunks does not make a node hold the state in memory', async () => {
  const { ledger, application } = await lived(2_000)
  const { description, chunks } = await chunksOf(application)
  const attempt = async (offered: typeof description): Promise<string> => {
    const { genesis } = ledger
    const store = openMemoryStore()
    const restore = new SnapshotRestore(store, genesis, blockCodecFor(genesis.parameters), offered, trust, {
      enough: snapshotChunkBytes,
      atMost: 3 * snapshotChunkBytes,
    })
    let code = 'accept'
    for (let index = 0; code === 'accept' && index < chunks.length; index++)
      code = await restore.apply(index, chunks[index]!)
    // Written in several versions, of which only the last stays.
    if (code === 'done') {
      const tree = openTree(store)
      assert.deepEqual(tree.rootAt(offered.height), offered.stateRoot)
      assert.equal(tree.versionExists(offered.height - 1), false)
    }
    return code
  }
  assert.equal(await attempt(description), 'done')
  assert.equal(await attempt({ ...description, chunks: 60_000 }), 'too-much')
})

test('a chunk may have more entries than a call has room for arguments', async () => {
  const entries = Array.from({ length: 160_001 }, (_, index) => {
    const key = new Uint8Array(32)
    new DataView(key.buffer).setUint32(0, index)
    return { key, value: Uint8Array.of(1) }
  })
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
  const update = tree.update(1, entries)
  await store.write(update.writes)
  tree.applied(update)
  entries.pop()
  const proof = tree.prove(entries.at(-1)!.key)

  const ledger = new TestLedger()
  const { genesis } = ledger
  const decided = ledger.decide(await openEmpty(ledger), [])
  const certificate = ledger.certify(decided, { stateRoot: update.root, receiptsRoot: update.root })
  const description = { height: 1, stateRoot: update.root, chunks: 9 }
  const restore = new SnapshotRestore(openMemoryStore(), genesis, blockCodecFor(genesis.parameters), description, trust)
  assert.equal(
    await restore.apply(0, blockChunkCodec.encode({ block: ledger.encode(decided.block), certificate })),
    'accept',
  )
  assert.equal(await restore.apply(1, entriesChunkCodec.encode({ entries, proof })), 'accept')
})

test('a version that is being read stays although newer blocks come, for a while', async () => {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({
    store: openMemoryStore(),
    genesis: ledger.genesis,
    keepVersions: 2,
  })
  await ledger.commit(application, [ledger.transfer(0, 0, 1, 5n)])
  const { description, chunks } = await chunksOf(application)
  for (let sequence = 1; sequence < 10; sequence++)
    await ledger.commit(application, [ledger.transfer(0, sequence, 1, 5n)])
  assert.deepEqual(await application.loadSnapshotChunk(description.height, 1), chunks[1])
  assert.equal(await application.loadSnapshotChunk(description.height, chunks.length), undefined)
  assert.equal(await application.loadSnapshotChunk(description.height + 50, 0), undefined)
})

test('chunks are alike in length although somebody filled one place of the key space', async () => {
  // Accounts whose entries lie together: whoever has money to spare can find as many as he likes.
  const together: Uint8Array[] = []
  for (let index = 0; together.length < 400; index++) {
    const account = accountNumber(index)
    if (stateKeys.account(account)[0] === 0xa5) together.push(account)
  }
  const ledger = ledgerWith(8, together)
  const chunkBytes = 1_024
  const options = { store: openMemoryStore(), genesis: ledger.genesis, snapshotChunkBytes: chunkBytes }
  const application = await LedgerApplication.open(options)
  await ledger.commit(application, [])
  const { description, chunks } = await chunksOf(application)
  assert.ok(chunks.length > 10, `${chunks.length} chunks of ${chunks.map(({ length }) => length)}`)
  for (const chunk of chunks.slice(1, -1)) {
    const { entries } = entriesChunkCodec.decode(chunk)
    const bytes = entries.map(({ key, value }) => key.length + value.length)
    const total = bytes.reduce((sum, more) => sum + more, 0)
    assert.ok(total >= chunkBytes && total - bytes.at(-1)! < chunkBytes)
  }
  const restored = await LedgerApplication.open({ ...options, store: openMemoryStore() })
  await restored.offerSnapshot(description, trust)
  const codes: string[] = []
  for (const [index, chunk] of chunks.entries()) codes.push((await restored.applySnapshotChunk(index, chunk)).code)
  assert.deepEqual(codes, [...chunks.slice(1).map(() => 'accept'), 'done'])
})

test('nobody makes a version stay for ever by reading it', async () => {
  const height = { current: 1 }
  const versions = new Set([1, 5_001])
  const tree = { versionExists: (version: number) => versions.has(version), iterate: () => [], prove: () => undefined }
  const head = (): Head => ({ height: height.current }) as Head
  const queries = { block: () => ({ block: new Uint8Array(1), certificate: new Uint8Array(1) }) }
  const source = new SnapshotSource(() => ({ tree: tree as never, head: head() }), queries as never, 100)
  let keptUntil = 0
  for (; height.current < 40_000; height.current += 500) {
    source.chunk(1, 0)
    if (height.current > 5_000) source.chunk(5_001, 0)
    if (source.heldFrom(height.current) === 1) keptUntil = height.current
  }
  // Asked for all the time, the version is let go; the other reader kept none older than its own.
  assert.ok(keptUntil >= 16_000 && keptUntil <= 17_000, `${keptUntil}`)
})
