import assert from 'node:assert/strict'
import test from 'node:test'
import { equalBytes, utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { checkFinality } from './finality.ts'
import { MAX_AHEAD_MS } from './freshness.ts'
import { blockHash, type Header } from './header.ts'
import { type AdvanceResult, advanceTrust, checkAnswer, checkPast, extendTrust, type LightBlock } from './light.ts'
import { HeaderChain } from './testing/header-chain.ts'
import { type Trust, trustBelow, trustFromHeader } from './trust.ts'
import { decodeValidators, encodeValidators, type ValidatorSet, validatorsHash } from './validators.ts'

const consensus = (...indexes: readonly number[]) => indexes.map((index) => `consensus ${index}`)
/** Four of genesis, then one leaves and one comes, decided at height 2: header 3 names the new set, which decides from 4 on. */
const oneChange = () =>
  new HeaderChain(4).grow(1).change(['consensus 1', 'consensus 2', 'consensus 3', 'new 1']).grow(6)
const soon = (chain: HeaderChain) => chain.genesis.timeMs + 10_000

function advanced(result: AdvanceResult): Trust {
  assert.equal(result.code, 'ok')
  return (result as Extract<AdvanceResult, { code: 'ok' }>).trust
}

test('validators named at height H decide at H + 2, and the header before names them', () => {
  const chain = oneChange()
  assert.ok(equalBytes(chain.header(3).validatorsHash, validatorsHash(chain.setAt(1))))
  assert.ok(!equalBytes(chain.header(3).nextValidatorsHash, chain.header(3).validatorsHash))
  assert.ok(equalBytes(chain.header(4).validatorsHash, chain.header(3).nextValidatorsHash))
})

test('a client walks from genesis over the headers where the validators change, and only those', () => {
  const chain = new HeaderChain(4)
    .grow(2)
    .change(['consensus 2', 'consensus 3', 'new 1', 'new 2'])
    .grow(5)
    .change(['new 1', 'new 2', 'new 3', 'new 4'])
    .grow(5)
  const nowMs = chain.genesis.timeMs + 20_000
  let trust = chain.trust
  assert.equal(advanceTrust(trust, chain.light(14), nowMs).code, 'too-little-overlap')
  for (const height of [4, 10]) trust = advanced(advanceTrust(trust, chain.light(height), nowMs))
  assert.equal(trust.height, 10)
  const answer = checkAnswer(chain.proof(14), trust, { nowMs, maxStalenessMs: 60_000 })
  assert.equal(answer.code, 'ok')
  assert.deepEqual(
    trust.earlier.map(({ height }) => height),
    [0, 4],
  )
})

test('an answer of validators that the client does not know yet is refused until it has walked', () => {
  const chain = oneChange()
  const clock = { nowMs: soon(chain), maxStalenessMs: 60_000 }
  const genesis = chain.trust
  assert.equal(checkAnswer(chain.proof(6), genesis, clock).code, 'wrong-validators')
  const trust = advanced(advanceTrust(genesis, chain.light(3), clock.nowMs))
  assert.equal(checkAnswer(chain.proof(6), trust, clock).code, 'ok')
})

test('removed validators cannot forge what comes after they left', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const old = chain.setAt(1)
  const trust = advanced(advanceTrust(chain.trust, chain.light(3), nowMs))
  const forged = chain.make(7, { timeMs: nowMs }, old)
  const certificate = chain.certify(forged, old, { signers: consensus(0, 1, 2, 3) })
  const block: LightBlock = { header: forged, certificate, validators: old, nextValidators: old }
  const proof = {
    engine: 'quorum' as const,
    stateHeight: 7,
    stateRoot: certificate.stateRoot,
    evidence: { header: forged, certificate },
  }
  assert.equal(checkAnswer(proof, trust, { nowMs, maxStalenessMs: 60_000 }).code, 'wrong-validators')
  assert.equal(checkPast(proof, trust, nowMs).code, 'wrong-validators')
  // They claim to have been elected again: header 7 of a set of which only they signed skips nothing that the client knows.
  const alone = chain.certify(forged, old, { signers: consensus(0) })
  assert.equal(advanceTrust(trust, { ...block, certificate: alone }, nowMs).code, 'too-little-overlap')
  // With the names of the new set and their own signatures.
  const stolen = { ...forged, validatorsHash: chain.header(4).validatorsHash }
  const byOld = chain.certify(stolen, old, { signers: consensus(0, 1, 2, 3) })
  const theft = { header: stolen, certificate: byOld, validators: chain.setAt(4), nextValidators: chain.setAt(4) }
  assert.equal(advanceTrust(trust, theft, nowMs).code, 'bad-signature')
})

test('a removed set of which more than a third stayed cannot certify without two thirds of a set that it names', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const trust = advanced(advanceTrust(chain.trust, chain.light(3), nowMs))
  const old = chain.setAt(1)
  const forged = chain.make(7, { timeMs: nowMs }, old)
  // Two that stayed are a half of the trusted set, and with one that left they would be three of four of the old one: skipping believes that.
  // So two of the current four have to lie, one more than the ledger bears.
  const two = chain.certify(forged, old, { signers: consensus(0, 1, 2) })
  const one = chain.certify(forged, old, { signers: consensus(0, 1) })
  const attempt = (certificate: LightBlock['certificate']) =>
    advanceTrust(trust, { header: forged, certificate, validators: old, nextValidators: old }, nowMs).code
  assert.equal(attempt(one), 'too-little-overlap')
  assert.equal(attempt(two), 'ok')
})

/** Three trusted or six, of which `stay` are still there after the change, in a set of `size`. */
function skipping(trusted: number, stay: number, size: number, powers: readonly number[] = []) {
  const chain = new HeaderChain(trusted)
  const old = Array.from({ length: stay }, (_, index) => `consensus ${index}`)
  const fresh = Array.from({ length: size - stay }, (_, index) => `fresh ${index}`)
  chain.change([...old, ...fresh], powers).grow(4)
  const verdict = (signers: readonly string[]) =>
    advanceTrust(chain.trust, chain.light(5, { signers }), soon(chain)).code
  return { old, fresh, verdict }
}

test('skipping needs more than one third of the trusted set: exactly a third is too little', () => {
  const exact = skipping(6, 2, 9)
  assert.equal(exact.verdict([...exact.old, ...exact.fresh]), 'too-little-overlap')
  const above = skipping(6, 3, 9)
  assert.equal(above.verdict([...above.old, ...above.fresh]), 'ok')
  const seven = skipping(7, 3, 9)
  assert.equal(seven.verdict([...seven.old, ...seven.fresh]), 'ok')
  // Those who stayed count only if they signed.
  assert.equal(above.verdict([...above.old.slice(1), ...above.fresh]), 'too-little-overlap')
})

test('skipping needs more than two thirds of the new set: exactly two thirds are too few', () => {
  const { old, fresh, verdict } = skipping(6, 3, 9)
  assert.equal(verdict([...old, ...fresh.slice(0, 3)]), 'too-little-overlap')
  assert.equal(verdict([...old, ...fresh.slice(0, 4)]), 'ok')
})

test('in an engine of crash faults a majority decides, and is not enough to skip', () => {
  const chain = new HeaderChain(5, 'majority').change(consensus(0, 1, 2, 3, 5)).grow(4)
  const verdict = (height: number, ...signers: number[]) =>
    advanceTrust(chain.trust, chain.light(height, { signers: consensus(...signers) }), soon(chain)).code
  assert.equal(verdict(2, 0, 1, 2), 'ok', 'walking goes by the rule of the engine')
  assert.equal(verdict(5, 0, 1, 2), 'too-little-overlap')
  assert.equal(verdict(5, 0, 1, 2, 3), 'ok')
})

test('stake counts by power, not by heads', () => {
  const chain = new HeaderChain(3, 'stake').change(['consensus 0', 'fresh 0', 'fresh 1'], [1, 5, 9]).grow(4)
  const verdict = (...signers: string[]) => advanceTrust(chain.trust, chain.light(5, { signers }), soon(chain)).code
  // One of three trusted stakes is a third exactly, whatever it is in the new set.
  assert.equal(verdict('consensus 0', 'fresh 0', 'fresh 1'), 'too-little-overlap')
  const two = new HeaderChain(3, 'stake').change(['consensus 0', 'consensus 1', 'fresh 0'], [1, 4, 10]).grow(4)
  const from = (...signers: string[]) => advanceTrust(two.trust, two.light(5, { signers }), soon(two)).code
  assert.equal(from('consensus 0', 'consensus 1', 'fresh 0'), 'ok')
  // Two of three heads, and with power 5 of 15 far from two thirds.
  assert.equal(from('consensus 0', 'consensus 1'), 'too-little-overlap')
})

test('trust as old as the trusting period may be extended, and one millisecond older it may not', () => {
  const chain = oneChange()
  const trust = chain.trust
  const edgeMs = trust.timeMs + trust.trustingPeriodMs
  assert.equal(advanceTrust(trust, chain.light(3), edgeMs).code, 'ok')
  assert.deepEqual(advanceTrust(trust, chain.light(3), edgeMs + 1), { code: 'trust-expired', byMs: 1 })
  const fresh = chain.make(1, { timeMs: edgeMs })
  const certificate = chain.certify(fresh, chain.setAt(1))
  const proof = {
    engine: 'quorum' as const,
    stateHeight: 1,
    stateRoot: certificate.stateRoot,
    evidence: { header: fresh, certificate },
  }
  const at = (nowMs: number) => checkAnswer(proof, trust, { nowMs, maxStalenessMs: 60_000 })
  assert.equal(at(edgeMs).code, 'ok')
  assert.deepEqual(at(edgeMs + 1), { code: 'trust-expired', byMs: 1 })
  assert.deepEqual(checkPast(proof, trust, edgeMs + 1), { code: 'trust-expired', byMs: 1 })
})

test('a checked answer moves trust on, so that a client in use does not expire', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const walked = advanced(advanceTrust(chain.trust, chain.light(3), nowMs))
  const state = checkFinality(chain.proof(6), walked.validators, chain.chainId)
  assert.ok(state.code === 'ok')
  const trust = extendTrust(walked, state, nowMs)
  assert.deepEqual([trust.height, trust.timeMs], [6, chain.header(6).timeMs])
  assert.equal(extendTrust(trust, { ...state, height: 5 }, nowMs), trust)
  // A header that names other validators is good to read from; trust moves there only together with their set.
  assert.equal(extendTrust(walked, { ...state, nextValidatorsHash: sha256() }, nowMs), walked)
})

test('headers out of order, off the chain, from the future or with a false next set are told apart', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const trust = advanced(advanceTrust(chain.trust, chain.light(3), nowMs))
  const attempt = (header: Header, set: ValidatorSet, next = set) =>
    advanceTrust(
      trust,
      { header, certificate: chain.certify(header, set), validators: set, nextValidators: next },
      nowMs,
    ).code
  const set = chain.setAt(4)
  assert.equal(attempt(chain.header(3), set), 'not-newer')
  assert.equal(attempt(chain.make(5, { timeMs: trust.timeMs }), set), 'time-not-rising')
  assert.equal(attempt(chain.make(5, { timeMs: nowMs + MAX_AHEAD_MS + 1 }), set), 'ahead')
  assert.equal(attempt(chain.make(4, { parentHash: sha256() }), set), 'wrong-parent')
  assert.equal(attempt(chain.make(4, {}, chain.setAt(1)), chain.setAt(1)), 'wrong-validators')
  assert.equal(attempt(chain.make(5), set, chain.setAt(1)), 'wrong-next-validators')
  assert.equal(attempt(chain.make(5, { chainId: 'other-0000000000000000' }), set), 'wrong-chain')
  assert.equal(attempt(chain.header(4), set), 'ok')
})

test('a second block of the trusted height is refused, however well it is signed', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const state = checkFinality(chain.proof(2), chain.setAt(1), chain.chainId)
  assert.ok(state.code === 'ok')
  const trust = extendTrust(chain.trust, state, nowMs)
  const other = chain.make(2, { transactionsRoot: sha256(utf8('another body')) })
  const certificate = chain.certify(other, chain.setAt(1))
  const proof = {
    engine: 'quorum' as const,
    stateHeight: 2,
    stateRoot: certificate.stateRoot,
    evidence: { header: other, certificate },
  }
  assert.equal(checkAnswer(proof, trust, { nowMs, maxStalenessMs: 60_000 }).code, 'conflicting-header')
  assert.equal(checkAnswer(chain.proof(2), trust, { nowMs, maxStalenessMs: 60_000 }).code, 'ok')
})

test('what replaced validators certified stays checkable until the trust in them expires', () => {
  const chain = oneChange()
  const nowMs = soon(chain)
  const genesis = chain.trust
  const trust = advanced(advanceTrust(genesis, chain.light(3), nowMs))
  assert.equal(checkPast(chain.proof(2), trust, nowMs).code, 'ok')
  assert.equal(checkPast(chain.proof(3), trust, nowMs).code, 'ok')
  assert.equal(checkPast(chain.proof(5), trust, nowMs).code, 'ok')
  const edgeMs = genesis.timeMs + genesis.trustingPeriodMs
  assert.equal(checkPast(chain.proof(2), trust, edgeMs).code, 'ok')
  assert.deepEqual(checkPast(chain.proof(2), trust, edgeMs + 5), { code: 'trust-expired', byMs: 5 })
  assert.equal(checkAnswer(chain.proof(2), trust, { nowMs, maxStalenessMs: 60_000 }).code, 'wrong-validators')
})

test('a receipt from between two trusted headers is reached by walking up from the one below it', () => {
  const chain = new HeaderChain(6)
    .change(consensus(0, 1, 2, 3, 4, 6))
    .grow(4)
    .change(consensus(0, 1, 2, 3, 6, 7))
    .grow(6)
  const nowMs = chain.genesis.timeMs + 20_000
  const skipped = advanced(advanceTrust(chain.trust, chain.light(8), nowMs))
  assert.equal(checkPast(chain.proof(4), skipped, nowMs).code, 'wrong-validators')
  const below = trustBelow(skipped, 4)
  assert.equal(below.height, 0)
  const walked = advanced(advanceTrust(below, chain.light(2), nowMs))
  assert.equal(checkPast(chain.proof(4), walked, nowMs).code, 'ok')
})

test('trust begins at a header whose hash a person gave, and at no other', () => {
  const chain = oneChange()
  const { header, nextValidators } = chain.light(5)
  const pin = { height: 5, blockHash: blockHash(header) }
  const start = (given: Header, set = nextValidators) => trustFromHeader(chain.genesis, pin, given, set)
  const result = start(header)
  assert.ok(result.code === 'ok')
  assert.equal(checkAnswer(chain.proof(7), result.trust, { nowMs: soon(chain), maxStalenessMs: 60_000 }).code, 'ok')
  assert.equal(start({ ...header, timeMs: header.timeMs + 1 }).code, 'wrong-block')
  assert.equal(start(chain.header(4)).code, 'wrong-height')
  assert.equal(start(header, chain.setAt(1)).code, 'wrong-next-validators')
  const foreign = { ...header, chainId: 'other-0000000000000000' }
  const theirs = { height: 5, blockHash: blockHash(foreign) }
  assert.equal(trustFromHeader(chain.genesis, theirs, foreign, nextValidators).code, 'wrong-chain')
})

test('a set travels as the bytes that its hash covers, and in no other order', () => {
  const set = oneChange().setAt(4)
  const bytes = encodeValidators(set)
  assert.deepEqual(decodeValidators(bytes, 'pbft'), set)
  // The two last rows of the list, in each other's place: rows are of one length, behind the list's head.
  const row = (bytes.length - 1) / 4
  const swapped = new Uint8Array([
    ...bytes.subarray(0, 1 + 2 * row),
    ...bytes.subarray(1 + 3 * row),
    ...bytes.subarray(1 + 2 * row, 1 + 3 * row),
  ])
  assert.throws(() => decodeValidators(swapped, 'pbft'), { name: 'CodecError', code: 'not-canonical' })
  const twice = new Uint8Array([...bytes.subarray(0, 1 + 3 * row), ...bytes.subarray(1 + 2 * row, 1 + 3 * row)])
  assert.throws(() => decodeValidators(twice, 'pbft'), { name: 'CodecError', code: 'out-of-range' })
})
