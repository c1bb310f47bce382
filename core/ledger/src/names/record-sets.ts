import { compareBytes, equalBytes } from '@cresset/core-codec'
import { checkRdata, isPublishableType, RecordType } from '@cresset/dns-wire'
import { hostLimits, type RecordSet } from '../actions.ts'
import type { Refusal } from '../codes.ts'
import type { LedgerParameters } from '../parameters.ts'

/** Speak of a key: it is published only by its holder, as that of a server. */
const keyTypes = [RecordType.TLSA, RecordType.CERT]

/**
 * What stands beside the record sets: a host's servers, or none of them; or nothing, in a record table, which has neither servers nor
 * services.
 */
export type RecordSetPlace = { readonly hasServers: boolean } | 'table'

/** At a host, what is made from its servers and services, so that nothing can contradict them. */
const derivedTypes: ReadonlySet<number> = new Set([
  ...keyTypes,
  RecordType.A,
  RecordType.AAAA,
  RecordType.HTTPS,
  RecordType.SVCB,
])
const derivedTypesOfTables: ReadonlySet<number> = new Set(keyTypes)

type Ttl = Pick<LedgerParameters, 'minTtlSeconds' | 'maxTtlSeconds'>

export function isTtlAllowed(ttlSeconds: number | undefined, { minTtlSeconds, maxTtlSeconds }: Ttl): boolean {
  return ttlSeconds === undefined || (ttlSeconds >= minTtlSeconds && ttlSeconds <= maxTtlSeconds)
}

/** Why record sets cannot stand together at one host or owner name, or undefined. */
export function recordSetsProblem(
  sets: readonly RecordSet[],
  place: RecordSetPlace,
  parameters: Ttl,
): Refusal | undefined {
  const derived = place === 'table' ? derivedTypesOfTables : derivedTypes
  for (const [index, set] of sets.entries()) {
    const problem = recordSetProblem(set, derived, parameters)
    if (problem !== undefined) return problem
    if (sets.findIndex(({ type }) => type === set.type) !== index) return 'record-set-twice'
  }
  const isAlone = sets.length === 1 && (place === 'table' || !place.hasServers)
  for (const { type, data } of sets) {
    // RFC 2181 section 10.1, and one target only.
    if (type === RecordType.CNAME && (!isAlone || data.length !== 1)) return 'cname-not-alone'
  }
  return undefined
}

function recordSetProblem(
  { type, ttlSeconds, data }: RecordSet,
  derived: ReadonlySet<number>,
  ttl: Ttl,
): Refusal | undefined {
  if (derived.has(type)) return 'record-type-derived'
  if (!isPublishableType(type)) return 'record-type-refused'
  if (!isTtlAllowed(ttlSeconds, ttl)) return 'ttl-out-of-range'
  let bytes = 0
  for (const rdata of data) bytes += rdata.length
  if (bytes > hostLimits.recordSetBytes) return 'record-set-too-long'
  if (data.some((rdata) => checkRdata(type, rdata) !== undefined)) return 'record-data-bad'
  return hasTwins(data) ? 'record-twice' : undefined
}

export function hasTwins(items: readonly Uint8Array[]): boolean {
  // Most sets of a large zone have one record.
  if (items.length < 2) return false
  const sorted = [...items].sort(compareBytes)
  return sorted.some((item, index) => index > 0 && equalBytes(sorted[index - 1] as Uint8Array, item))
}
