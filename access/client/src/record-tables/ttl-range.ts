import type { LedgerParameters } from '@cresset/core-ledger'

export type TtlRange = Pick<LedgerParameters, 'minTtlSeconds' | 'maxTtlSeconds'>

/** Why the ledger takes no record with this TTL, with what to do; undefined when it does. */
export function ttlProblem(ttlSeconds: number, { minTtlSeconds, maxTtlSeconds }: TtlRange): string | undefined {
  if (ttlSeconds < minTtlSeconds) return `TTL ${ttlSeconds} is below the ledger's least, ${minTtlSeconds}: raise it`
  if (ttlSeconds > maxTtlSeconds) return `TTL ${ttlSeconds} is above the ledger's greatest, ${maxTtlSeconds}: lower it`
  return undefined
}
