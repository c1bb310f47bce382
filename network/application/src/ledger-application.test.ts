import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFinality, finalityProofCodec, validatorsOf } from '@cresset/core-chain'
import { concatBytes, toHex } from '@cresset/core-codec'
import { accountOf, verifyMerkleProof } from '@cresset/core-crypto'
import { accountEntry, stateKeys, transactionId } from '@cresset/core-ledger'
import { verifyProof } from '@cresset/core-state-tree'
import { openMemoryStore } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { TestLedger } from './testing/test-ledger.ts'

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
