import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainIdOf, checkFinality, finalityProofCodec, validatorsOf } from '@cresset/core-chain'
import { concatBytes, toHex } from '@cresset/core-codec'
import { accountOf, verifyMerkleProof } from '@cresset/core-crypto'
import { accountEntry, stateKeys, transactionId } from '@cresset/core-ledger'
import { verifyProof } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { genesisTimeMs, TestLedger, testKey } from './testing/test-ledger.ts'

async function open(ledger = new TestLedger()): Promise<{ ledger: TestLedger; application: LedgerApplication }> {
  return { ledger, application: await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis }) }
}

test('a transfer goes from the pool into a block and can be proved from genesis', async () => {
  const { ledger, application } = await open()
  const bytes = ledger.transfer(0, 0, 1, 5_000n)
  const { code, id } = application.checkTx(bytes)
  assert.equal(code, 'ok')
  const proposal = application.prepareProposal({
    height: 1,
    timeMs: 1_750_000_001_000,
    proposer: ledger.proposer,
    maxBytes: 1_000_000,
  })
  assert.deepEqual(proposal, [bytes])
  const decided = ledger.decide(application, proposal)
  assert.deepEqual(application.processProposal(decided.input), { code: 'accept' })
  assert.deepEqual(await ledger.commit(application, proposal), ['ok'])
  assert.equal(application.pendingTransactions().count, 0)

  const key = stateKeys.account(accountOf(ledger.users[1]!.publicKey))
  const { proofs, finality } = application.queries.prove([key])
  const state = checkFinality(finalityProofCodec.decode(finality), validatorsOf(ledger.genesis), ledger.chainId)
  assert.equal(state.code, 'ok')
  assert.ok(state.code === 'ok')
  const proven = verifyProof({ root: state.stateRoot, key, proof: proofs[0]! })
  assert.ok(proven.ok && proven.value)
  assert.equal(accountEntry.codec.decode(proven.value).balance, 1_000_005_000n)

  const receipt = application.queries.transactionProof(id)!
  const leaf = concatBytes(id, receipt.receipt)
  assert.ok(verifyMerkleProof(leaf, receipt.index, receipt.count, receipt.siblings, state.receiptsRoot))
  assert.equal(toHex(application.queries.transaction(id)!.bytes), toHex(bytes))
  assert.equal(toHex(transactionId(bytes)), toHex(id))
})

test('own transactions that keep waiting are handed out again in turns, those of peers and those final never', async () => {
  const { ledger, application } = await open()
  const own = [0, 1, 2, 3].map((user) => ledger.transfer(user, 0, 7, 5n))
  for (const bytes of own) application.checkTx(bytes, 'local')
  application.checkTx(ledger.transfer(4, 0, 7, 5n), 'peer')
  assert.deepEqual(application.transactionsToRepeat(65_536), [], 'they were only just passed on')
  const room = own[0]!.length + own[1]!.length
  assert.deepEqual(application.transactionsToRepeat(room), [own[0], own[1]])
  assert.deepEqual(application.transactionsToRepeat(room), [own[2], own[3]])
  await ledger.commit(application, [own[0]!, own[3]!])
  assert.deepEqual(application.transactionsToRepeat(65_536), [own[1], own[2]])
})

test('what a proposal may not hold is refused by its code', async () => {
  const { ledger, application } = await open(new TestLedger(8, { maxBlockUnits: '1000', maxBlockBytes: '65536' }))
  const good = ledger.transfer(0, 0, 1, 5n)
  const bad = good.slice()
  bad[bad.length - 1]! ^= 1
  const verdict = (transactions: Uint8Array[]): string =>
    application.processProposal(ledger.decide(application, transactions).input).code
  assert.equal(verdict([good]), 'accept')
  assert.equal(verdict([bad]), 'signature-bad', 'a bad copy of a transaction that is known to be good')
  assert.equal(verdict([good.subarray(0, -1)]), 'transaction-malformed')
  assert.equal(verdict([good, good]), 'sequence-not-next')
  assert.equal(verdict([ledger.transfer(0, 1, 1, 5n)]), 'sequence-not-next')
  assert.equal(verdict([ledger.transfer(0, 0, 1, 5n, { chainId: 'other-0011223344556677' })]), 'wrong-chain')
  assert.equal(verdict([ledger.transfer(0, 0, 1, 5n, { fee: 1n })]), 'fee-too-low')
  assert.equal(
    verdict([ledger.sign(testKey('nobody'), 0, { kind: 'cancel', body: { name: 'a.acme' } })]),
    'fee-unpayable',
  )
  const many = Array.from({ length: 300 }, (_, sequence) => ledger.transfer(1, sequence, 2, 1n))
  assert.equal(verdict(many), 'block-over-units')
  assert.equal(application.info().height, 0)
})

test('a proposal never holds what would have it refused, whatever waits in the pool', async () => {
  const poor = testKey('poor')
  const ledger = new TestLedger(8)
  ledger.genesis.balances.push({ account: accountOf(poor.publicKey), amount: 1_000n })
  const changed = new TestLedger(8)
  Object.assign(changed, { genesis: ledger.genesis, chainId: chainIdOf(ledger.genesis) })
  const { application } = await open(changed)
  const transfer = (sequence: number): Uint8Array =>
    changed.sign(poor, sequence, {
      kind: 'transfer',
      body: { to: new Uint8Array(32), amount: 500n, memo: new Uint8Array(0) },
    })
  // Each alone could pay its fee; the second, after the first, cannot.
  for (const bytes of [transfer(0), transfer(1), transfer(2), changed.transfer(0, 0, 1, 5n)]) {
    assert.equal(application.checkTx(bytes).code, 'ok')
  }
  const request = { height: 1, timeMs: genesisTimeMs + 1_000, proposer: changed.proposer, maxBytes: 1_000_000 }
  const proposal = application.prepareProposal(request)
  assert.equal(proposal.length, 2)
  assert.equal(application.processProposal(changed.decide(application, proposal).input).code, 'accept')
  await changed.commit(application, proposal)
  assert.deepEqual(application.prepareProposal({ ...request, height: 2, timeMs: genesisTimeMs + 2_000 }), [])

  // A clock behind the last block's time: no proposal, and nobody is thrown out of the pool for it.
  const waiting = changed.transfer(0, 1, 1, 5n)
  application.checkTx(waiting)
  assert.deepEqual(application.prepareProposal({ ...request, height: 2, timeMs: genesisTimeMs }), [])
  assert.deepEqual(application.prepareProposal({ ...request, height: 2, timeMs: genesisTimeMs + 2_000 }), [waiting])
})

test('sent again, a final transaction is told apart from one whose sequence is used', async () => {
  const { ledger, application } = await open()
  const bytes = ledger.transfer(0, 0, 1, 5n)
  const { id } = application.checkTx(bytes)
  assert.equal(application.checkTx(bytes).code, 'already-known')
  const waiting = application.awaitReceipt(id, 5_000)
  await ledger.commit(application, [bytes])
  assert.equal((await waiting)!.receipt.code, 'ok')
  assert.equal(application.checkTx(bytes).code, 'already-final')
  assert.equal(application.checkTx(ledger.transfer(0, 0, 2, 9n)).code, 'sequence-used')
  assert.equal(await application.awaitReceipt(new Uint8Array(32), 10), undefined)
  const aborted = new AbortController()
  const given = application.awaitReceipt(new Uint8Array(32), 60_000, aborted.signal)
  aborted.abort()
  assert.equal(await given, undefined)
})

test('the feed tells every block once, from a height on, to readers as slow as they like', async () => {
  const { ledger, application } = await open()
  const stop = new AbortController()
  const seen: number[] = []
  const reader = (async () => {
    for await (const event of application.feed.follow(1, stop.signal)) {
      seen.push(event.height)
      const stored = application.queries.event(event.height)
      assert.deepEqual(event, stored, 'as it can be read again')
      if (event.height === 4) stop.abort()
    }
  })()
  for (let sequence = 0; sequence < 4; sequence++)
    await ledger.commit(application, sequence === 2 ? [] : [ledger.transfer(sequence, 0, 7, 5n)])
  await reader
  assert.deepEqual(seen, [1, 2, 3, 4])
})

test('names are listed by zone and by owner, from the events of blocks', async () => {
  const { ledger, application } = await open()
  const { queries } = application
  const owner = accountOf(ledger.users[0]!.publicKey)
  const registrations = ['shop', 'art', 'zoo'].map((label, user) => ledger.registration(user, 0, `${label}.acme`))
  await ledger.commit(
    application,
    registrations.map(({ seal }) => seal),
  )
  assert.deepEqual(queries.names({}, { limit: 10 }), [])
  await ledger.commit(
    application,
    registrations.map(({ reveal }) => reveal),
  )
  assert.deepEqual(queries.names({ zone: 'acme' }, { limit: 10 }), ['art.acme', 'shop.acme', 'zoo.acme'])
  assert.deepEqual(queries.names({ zone: 'acme' }, { after: 'art.acme', limit: 1 }), ['shop.acme'])
  assert.deepEqual(queries.names({ owner }, { limit: 10 }), ['shop.acme'])
  assert.deepEqual(queries.names({ owner, zone: 'other' }, { limit: 10 }), [])
  await ledger.commit(application, [registrations[0]!.cancel])
  assert.deepEqual(queries.names({ owner }, { limit: 10 }), [])
  assert.deepEqual(queries.names({}, { after: 'art.acme', limit: 10 }), ['zoo.acme'])
})
