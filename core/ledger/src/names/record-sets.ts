import { compareBytes, equalBytes } from '@cresset/core-codec'
import { checkRdata, isPublishableType, RecordType } from '@cresset/dns-wire'
import { hostLimits, type RecordSet } from '../actions.ts'
import type { Refusal } from '../codes.ts'
import type { LedgerParameters } from '../parameters.ts'

/** Made from servers and services, so that they cannot contradict them. */
const derivedTypes: ReadonlySet<number> = new Set([
  RecordType.A,
  RecordType.AAAA,
  RecordType.TLSA,
  RecordType.CERT,
  RecordType.HTTPS,
  RecordType.SVCB,
])

type Ttl = Pick<LedgerParameters, 'minTtlSeconds' | 'maxTtlSeconds'>

export function isTtlAllowed(ttlSeconds: number | undefined, { minTtlSeconds, maxTtlSeconds }: Ttl): boolean {
  return ttlSeconds === undefined || (ttlSeconds >= minTtlSeconds && ttlSeconds <= maxTtlSeconds)
}

/** Why record sets cannot stand together at one host, or undefined. */
export function recordSetsProblem(
  sets: readonly RecordSet[],
  { hasServers }: { readonly hasServers: boolean },
  parameters: Ttl,
): Refusal | undefined {
  for (const [index, set] of sets.entries()) {
    const problem = recordSetProblem(set, parameters)
    if (problem !== undefined) return problem
    if (sets.findIndex(({ type }) => type === set.type) !== index) return 'record-set-twice'
  }
  const isAlone = sets.length === 1 && !hasServers
  for (const { type, data } of sets) {
    // RFC 2181 section 10.1, and one target only.
    if (type === RecordType.CNAME && (!isAlone || data.length !== 1)) return 'cname-not-alone'
  }
  return undefined
}

function recordSetProblem({ type, ttlSeconds, data }: RecordSet, ttl: Ttl): Refusal | undefined {
  if (derivedTypes.has(type)) return 'record-type-derived'
  if (!isPublishableType(type)) return 'record-type-refused'
  if (!isTtlAllowed(ttlSeconds, ttl)) return 'ttl-out-of-range'
  let bytes = 0
  for (const rdata of data) bytes += rdata.length
  if (bytes > hostLimits.recordSetBytes) return 'record-set-too-long'
  if (data.some((rdata) => checkRdata(type, rdata) !== undefined)) return 'record-data-bad'
  return hasTwins(data) ? 'record-twice' : undefined
}

export function hasTwins(items: readonly Uint8Array[]): boolean {
  const sorted = [...items].sort(compareBytes)
  return sorted.some((item, index) => index > 0 && equalBytes(sorted[index - 1] as Uint8Array, item))
}
