import type { SignatureCheck } from './certificate.ts'
import { checkFinality, type FinalityCode, type FinalityProof, type FinalState } from './finality.ts'
import { chainIdOf, type Genesis, genesisDigest, validatorsOf } from './genesis.ts'
import type { Parameters } from './parameters.ts'
import type { ValidatorSet } from './validators.ts'

/** What a client believes without asking anybody. Validators are those of genesis: no vote changes them yet. */
export interface Trust {
  readonly chainId: string
  readonly genesisDigest: Uint8Array
  readonly validators: ValidatorSet
  /** Newest header checked, 0 for genesis, and its block time. */
  readonly height: number
  readonly timeMs: number
}

export function trustFromGenesis(genesis: Genesis): Trust {
  return {
    chainId: chainIdOf(genesis),
    genesisDigest: genesisDigest(genesis),
    validators: validatorsOf(genesis),
    height: 0,
    timeMs: genesis.timeMs,
  }
}

export type FreshnessRule = Pick<Parameters, 'maxStalenessMs' | 'trustingPeriodMs'>

/** A certified header may be this far ahead of the client's clock: validators allow 2 s, and clocks of clients drift. */
export const MAX_AHEAD_MS = 60_000

/**
 * - `stale`: certified, but older than allowed; `byMs` says by how much
 * - `ahead`: from the client's future; its clock is wrong, or a quorum lied
 */
export type FreshnessProblem = { code: 'stale' | 'ahead'; byMs: number }

/** Whether a certified header is recent enough to answer with. `nowMs` is the client's clock. */
export function freshnessProblem(
  headerTimeMs: number,
  nowMs: number,
  maxStalenessMs: number,
): FreshnessProblem | undefined {
  const ageMs = nowMs - headerTimeMs
  if (ageMs > maxStalenessMs) return { code: 'stale', byMs: ageMs - maxStalenessMs }
  if (-ageMs > MAX_AHEAD_MS) return { code: 'ahead', byMs: -ageMs }
  return undefined
}

/** Whether trust is too old to build on: its validators may since have left and sold their keys. */
export function trustExpired(trust: Trust, nowMs: number, trustingPeriodMs: number): boolean {
  return nowMs - trust.timeMs > trustingPeriodMs
}

/** Answer of `checkAnswer`; `stale` and `ahead` still give the final state, which is true but not new. */
export type AnswerCheck = FinalState | { code: FinalityCode } | (FreshnessProblem & { state: FinalState })

/** Finality under the trusted set, then freshness. Pure: the client's clock comes in. */
export function checkAnswer(
  proof: FinalityProof,
  trust: Trust,
  clock: { nowMs: number; maxStalenessMs: number },
  check?: SignatureCheck,
): AnswerCheck {
  const state = checkFinality(proof, trust.validators, trust.chainId, check)
  if (state.code !== 'ok') return state
  const problem = freshnessProblem(state.timeMs, clock.nowMs, clock.maxStalenessMs)
  return problem === undefined ? state : { ...problem, state }
}

/** Moves trust to a newer checked header; an older one leaves it as it is. */
export function extendTrust(trust: Trust, state: FinalState): Trust {
  return state.height > trust.height ? { ...trust, height: state.height, timeMs: state.timeMs } : trust
}
