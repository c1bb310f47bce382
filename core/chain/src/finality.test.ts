import assert from 'node:assert/strict'
import test from 'node:test'
import { sha256, signSync } from '@cresset/core-crypto'
import { checkCommitCertificate, commitCertificateCodec } from './certificate.ts'
import { checkFinality, type FinalityProof, finalityProofCodec } from './finality.ts'
import { MAX_AHEAD_MS } from './freshness.ts'
import { chainIdOf, validatorsOf } from './genesis.ts'
import { blockHash } from './header.ts'
import { checkAnswer } from './light.ts'
import { certify, genesisOf, headerOf, keyOf, votingKeysOf } from './testing/material.ts'
import { trustFromGenesis } from './trust.ts'
import { commitVoteBytes } from './votes.ts'

const genesis = genesisOf(4)
const chainId = chainIdOf(genesis)
const set = validatorsOf(genesis)
const header = headerOf(genesis)

function proofBy(signers: readonly number[]): FinalityProof {
  const certificate = certify(genesis, header, signers)
  const { height: stateHeight, stateRoot } = certificate
  return { engine: 'quorum', stateHeight, stateRoot, evidence: { header, certificate } }
}

test('a quorum of the trusted set proves block, state and receipts', () => {
  const proof = proofBy([0, 2, 3])
  const state = checkFinality(finalityProofCodec.decode(finalityProofCodec.encode(proof)), set, chainId)
  assert.equal(state.code, 'ok')
  if (state.code !== 'ok') return
  assert.deepEqual(state.blockHash, blockHash(header))
  assert.deepEqual(state.stateRoot, proof.stateRoot)
  assert.equal(state.timeMs, header.timeMs)
  assert.deepEqual([state.signers, state.validators], [3, 4])
})

test('at every n from 1 to 10, ⌊2n/3⌋+1 signers decide and one fewer do not', () => {
  for (let count = 1; count <= 10; count++) {
    const some = genesisOf(count)
    const all = validatorsOf(some)
    const own = headerOf(some)
    const needed = Math.floor((2 * count) / 3) + 1
    const signers = Array.from({ length: needed }, (_, index) => index)
    const verdict = (certificate: ReturnType<typeof certify>) =>
      checkCommitCertificate(certificate, all, chainIdOf(some))
    assert.equal(verdict(certify(some, own, signers)), 'ok', `${needed} of ${count}`)
    if (needed > 1)
      assert.equal(verdict(certify(some, own, signers.slice(1))), 'no-quorum', `${needed - 1} of ${count}`)
  }
})

test('signers count once, in rising order, and only members', () => {
  const good = certify(genesis, header, [0, 1, 2])
  const [first, second, third] = good.signatures
  const check = (signatures: typeof good.signatures) => checkCommitCertificate({ ...good, signatures }, set, chainId)
  assert.equal(check([first!, first!, second!]), 'signers-not-distinct')
  assert.equal(check([second!, first!, third!]), 'signers-not-distinct')
  assert.equal(check([first!, second!, { ...third!, validatorIndex: 7 }]), 'unknown-signer')
  assert.equal(check([first!, second!, { ...second!, validatorIndex: 3 }]), 'bad-signature')
  assert.equal(check([first!, second!]), 'no-quorum')
})

test('a vote for another view, height, root or chain is not a vote for this one', () => {
  const good = certify(genesis, header, [0, 1, 2])
  const other = sha256(new Uint8Array(1))
  for (const change of [
    { view: 1 },
    { height: 2 },
    { stateRoot: other },
    { receiptsRoot: other },
    { blockHash: other },
  ]) {
    assert.equal(checkCommitCertificate({ ...good, ...change }, set, chainId), 'bad-signature', JSON.stringify(change))
  }
  assert.equal(checkCommitCertificate(good, set, `${chainId}0`), 'bad-signature')
})

test('one changed byte anywhere in an encoded proof is refused', () => {
  const bytes = finalityProofCodec.encode(proofBy([0, 1, 2]))
  const sound = (candidate: Uint8Array): boolean => {
    try {
      return checkFinality(finalityProofCodec.decode(candidate), set, chainId).code === 'ok'
    } catch {
      return false
    }
  }
  assert.ok(sound(bytes))
  for (let index = 0; index < bytes.length; index += 3) {
    const changed = Uint8Array.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 1
    assert.ok(!sound(changed), `byte ${index}`)
  }
})

test('parts that do not belong together are told apart', () => {
  const proof = proofBy([0, 1, 2])
  const other = headerOf(genesis, { timeMs: header.timeMs + 1 })
  const withEvidence = (evidence: FinalityProof['evidence']) => checkFinality({ ...proof, evidence }, set, chainId).code
  assert.equal(withEvidence({ ...proof.evidence, header: other }), 'wrong-block')
  assert.equal(checkFinality({ ...proof, stateRoot: sha256(new Uint8Array(2)) }, set, chainId).code, 'wrong-root')
  assert.equal(checkFinality({ ...proof, stateHeight: 2 }, set, chainId).code, 'wrong-height')
  assert.equal(checkFinality(proof, set, 'other-0000000000000000').code, 'wrong-chain')
  assert.equal(checkFinality(proof, validatorsOf(genesisOf(5)), chainId).code, 'wrong-validators')
})

test('a header that names another set is refused although strangers signed it well', () => {
  const strange = headerOf(genesis, { validatorsHash: sha256(new Uint8Array(3)) })
  const certificate = certify(genesis, strange, [0, 1, 2])
  const proof: FinalityProof = {
    engine: 'quorum',
    stateHeight: 1,
    stateRoot: certificate.stateRoot,
    evidence: { header: strange, certificate },
  }
  assert.equal(checkFinality(proof, set, chainId).code, 'wrong-validators')
})

test('certificates round-trip, and a key outside the set cannot help', () => {
  const good = certify(genesis, header, [1, 2, 3])
  assert.deepEqual(commitCertificateCodec.decode(commitCertificateCodec.encode(good)), good)
  const forged = good.signatures.map((one, index) =>
    index === 0 ? { ...one, signature: signSync(keyOf('a stranger'), commitVoteBytes(chainId, good)) } : one,
  )
  assert.equal(checkCommitCertificate({ ...good, signatures: forged }, set, chainId), 'bad-signature')
  assert.equal(votingKeysOf(genesis).length, 4)
})

test('an answer is as fresh as its header, by the clock that is passed in', () => {
  const trust = trustFromGenesis(genesis)
  const { maxStalenessMs } = genesis.parameters
  const at = (nowMs: number) => checkAnswer(proofBy([0, 1, 2]), trust, { nowMs, maxStalenessMs })
  assert.equal(at(header.timeMs + maxStalenessMs).code, 'ok')
  const stale = at(header.timeMs + maxStalenessMs + 7)
  assert.ok(stale.code === 'stale' && stale.byMs === 7 && stale.state.height === 1)
  assert.equal(at(header.timeMs - MAX_AHEAD_MS).code, 'ok')
  assert.equal(at(header.timeMs - MAX_AHEAD_MS - 1).code, 'ahead')
})
