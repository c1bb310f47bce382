import type { NaiveCode } from './codes.ts'
import type { NaiveOwnership } from './state.ts'

export function isUnder(lower: string, upper: string): boolean {
  return lower !== upper && `.${lower}`.endsWith(`.${upper}`)
}

/** What a host meets at or above it that answers in place of the ledger. */
export function delegatedProblem({ delegations }: NaiveOwnership, host: string): NaiveCode | undefined {
  if (delegations.some((other) => other.host === host)) return 'delegation-not-alone'
  return delegations.some((other) => isUnder(host, other.host)) ? 'below-delegation' : undefined
}
