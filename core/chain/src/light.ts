import { equalBytes } from '@cresset/core-codec'
import { checkSignature } from '@cresset/core-crypto'
import type { CommitCertificate, SignatureCheck } from './certificate.ts'
import { checkFinality, type FinalityCode, type FinalityProof, type FinalState } from './finality.ts'
import { type FreshnessProblem, freshnessProblem, MAX_AHEAD_MS } from './freshness.ts'
import type { Header } from './header.ts'
import { expiredByMs, type Trust, trustBelow, withNewest } from './trust.ts'
import { powerOf, type ValidatorSet, validatorsHash } from './validators.ts'

/** A header as a node serves it to a light client. */
export interface LightBlock {
  readonly header: Header
  readonly certificate: CommitCertificate
  /** The set that decided it, and the one that it names for the next height. */
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
}

/** Trust is older than the trusting period: nothing may be built on it. */
export type TrustExpired = { code: 'trust-expired'; byMs: number }

/**
 * - `not-newer`, `time-not-rising`: does not come after the trusted header
 * - `wrong-parent`: the next height, and not on top of the trusted block
 * - `too-little-overlap`: another set, of which too few are in the trusted one; a header in between may be nearer
 * - `wrong-next-validators`: the next set is not the one that the header names
 */
export type AdvanceCode =
  | FinalityCode
  | 'not-newer'
  | 'time-not-rising'
  | 'wrong-parent'
  | 'too-little-overlap'
  | 'wrong-next-validators'

export type AdvanceResult =
  | { code: 'ok'; trust: Trust }
  | { code: AdvanceCode }
  | TrustExpired
  | { code: 'ahead'; byMs: number }

/**
 * Moves trust to a later header. It was decided by the trusted set; or, skipping what lies between, by another set of which more than two
 * thirds signed, and these are more than one third of the trusted set: one of them is honest as long as fewer are faulty. Pure.
 */
export function advanceTrust(
  trust: Trust,
  block: LightBlock,
  nowMs: number,
  check: SignatureCheck = checkSignature,
): AdvanceResult {
  const { header, certificate, nextValidators } = block
  const tooOldByMs = expiredByMs(trust, trust.trustingPeriodMs, nowMs)
  if (tooOldByMs > 0) return { code: 'trust-expired', byMs: tooOldByMs }
  if (header.height <= trust.height) return { code: 'not-newer' }
  if (header.timeMs <= trust.timeMs) return { code: 'time-not-rising' }
  if (header.timeMs - nowMs > MAX_AHEAD_MS) return { code: 'ahead', byMs: header.timeMs - nowMs }
  const isNext = header.height === trust.height + 1
  if (isNext && !equalBytes(header.parentHash, trust.blockHash)) return { code: 'wrong-parent' }
  const isTrustedSet = equalBytes(header.validatorsHash, validatorsHash(trust.validators))
  // The trusted header names the set of the next height itself, so there is nothing to skip.
  if (isNext && !isTrustedSet) return { code: 'wrong-validators' }
  const deciding = isTrustedSet ? trust.validators : block.validators
  if (!isTrustedSet && !allowsSkip(trust.validators, deciding, certificate)) return { code: 'too-little-overlap' }
  const proof: FinalityProof = {
    engine: 'quorum',
    stateHeight: header.height,
    stateRoot: certificate.stateRoot,
    evidence: { header, certificate },
  }
  const final = checkFinality(proof, deciding, trust.chainId, check)
  if (final.code !== 'ok') return final
  if (!equalBytes(header.nextValidatorsHash, validatorsHash(nextValidators))) return { code: 'wrong-next-validators' }
  const newest = { height: final.height, timeMs: final.timeMs, blockHash: final.blockHash, validators: nextValidators }
  return { code: 'ok', trust: withNewest(trust, newest, nowMs) }
}

/** By power, in integers: 3 × a stake can pass 2^53. Says nothing of the signatures themselves. */
function allowsSkip(trusted: ValidatorSet, deciding: ValidatorSet, { signatures }: CommitCertificate): boolean {
  const signers = new Set(signatures.map(({ validatorIndex }) => validatorIndex))
  const signed = powerOf(deciding, signers)
  if (3n * BigInt(signed) <= 2n * BigInt(deciding.totalPower)) return false
  const keys = [...signers].flatMap((index) => deciding.validators[index]?.key ?? [])
  const known = trusted.validators.flatMap(({ key }, index) =>
    keys.some((other) => equalBytes(other, key)) ? [index] : [],
  )
  return 3n * BigInt(powerOf(trusted, known)) > BigInt(trusted.totalPower)
}

/**
 * Answer of `checkAnswer`; `stale` and `ahead` still give the final state, which the trusted set certified but which is not new.
 * `conflicting-header`: two blocks of one height are certified; more than a third of the validators lied, and this is the evidence.
 */
export type AnswerCheck =
  | FinalState
  | { code: FinalityCode | 'conflicting-header' }
  | TrustExpired
  | (FreshnessProblem & { state: FinalState })

/** Finality under the newest trusted set, then freshness, then the age of the trust. Pure: the client's clock comes in. */
export function checkAnswer(
  proof: FinalityProof,
  trust: Trust,
  clock: { nowMs: number; maxStalenessMs: number },
  check?: SignatureCheck,
): AnswerCheck {
  const state = checkFinality(proof, trust.validators, trust.chainId, check)
  if (state.code !== 'ok') return state
  const problem = freshnessProblem(state.timeMs, clock.nowMs, clock.maxStalenessMs)
  if (problem !== undefined) return { ...problem, state }
  return expiredOrConflicting(state, trust, clock.nowMs) ?? state
}

/**
 * What was certified at some height in the past: a receipt, a block. Under the set that was trusted below that height, as long as that
 * trust is not older than the trusting period. `wrong-validators`: walk from `trustBelow` up to the height.
 */
export function checkPast(
  proof: FinalityProof,
  trust: Trust,
  nowMs: number,
  check?: SignatureCheck,
): FinalState | { code: FinalityCode | 'conflicting-header' } | TrustExpired {
  const base = trustBelow(trust, proof.evidence.header.height)
  const state = checkFinality(proof, base.validators, trust.chainId, check)
  if (state.code !== 'ok') return state
  return expiredOrConflicting(state, base, nowMs) ?? state
}

function expiredOrConflicting(
  state: FinalState,
  trust: Trust,
  nowMs: number,
): TrustExpired | { code: 'conflicting-header' } | undefined {
  const byMs = expiredByMs(trust, trust.trustingPeriodMs, nowMs)
  if (byMs > 0) return { code: 'trust-expired', byMs }
  const isSame = state.height === trust.height
  if (isSame && !equalBytes(state.blockHash, trust.blockHash)) return { code: 'conflicting-header' }
  return undefined
}

/** Moves trust to a newer checked header that changes no validators; any other leaves it as it is. */
export function extendTrust(trust: Trust, state: FinalState, nowMs: number): Trust {
  if (state.height <= trust.height || state.timeMs <= trust.timeMs) return trust
  if (!equalBytes(state.nextValidatorsHash, validatorsHash(trust.validators))) return trust
  const { height, timeMs, blockHash } = state
  return withNewest(trust, { height, timeMs, blockHash, validators: trust.validators }, nowMs)
}
