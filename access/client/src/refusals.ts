import type { AdvanceResult, AnswerCheck, Trust } from '@cresset/core-chain'
import { type ClientError, notVerified } from './client-error.ts'

type Refusal = Exclude<AdvanceResult | AnswerCheck, { code: 'ok' }>

const dayMs = 86_400_000

const days = (ms: number): string => `${Math.ceil((ms * 10) / dayMs) / 10} days`

/** The error of a refused answer: what was refused, why, and what to do where the user can do something. */
export function describeRefusal(refusal: Refusal, trust: Trust, what = 'the answer'): ClientError {
  const { code } = refusal
  const error = (text: string) => notVerified(code, text)
  switch (code) {
    case 'stale': {
      const { byMs, state } = refusal
      return error(
        `${what} is too old by ${Math.ceil(byMs / 1000)} s: height ${state.height} is the newest that the node proves, unless this machine's clock is ahead`,
      )
    }
    case 'ahead':
      return error(`${what} is from ${Math.ceil(refusal.byMs / 1000)} s in the future: check this machine's clock`)
    case 'trust-expired': {
      const from = trust.height === 0 ? 'genesis' : `the newest header that was checked, of height ${trust.height},`
      return error(
        `${from} is older than the trusting period of ${days(trust.trustingPeriodMs)}, by ${days(refusal.byMs)}: ask a member of the consortium for the height and hash of a recent block, and give --trust HEIGHT:HASH`,
      )
    }
    case 'wrong-chain':
      return error(`${what} is of another ledger, not of ${trust.chainId}`)
    case 'conflicting-header':
      return error(
        `${what} is certified for another block than the one trusted at height ${trust.height}: more than a third of the validators lied`,
      )
    case 'too-little-overlap':
      return error(`${what} is certified by validators of which too few are trusted`)
    case 'wrong-validators':
      return error(`${what} is not certified by the validators trusted for its height: ${code}`)
    default:
      return error(`${what} is not certified by the trusted validators: ${code}`)
  }
}
