import { ClientError } from '@cresset/access-client'
import type { Failure } from '@cresset/dns-server'
import { ExtendedError } from '@cresset/dns-wire'

/**
 * Why the resolver itself could not answer: `busy`, too many proofs at once; `late`, none came in time; `delegated`, the ledger only says
 * who answers; `too-many-names`, an answer that would need more names than one question may; `forward`, the other resolver failed or
 * spoke of the ledger's zones.
 */
export type ResolveCode = 'busy' | 'late' | 'delegated' | 'too-many-names' | 'forward'

export class ResolveError extends Error {
  readonly code: ResolveCode
  constructor(code: ResolveCode, message: string) {
    super(message)
    this.name = 'ResolveError'
    this.code = code
  }
}

const infoCodes: Record<ResolveCode, number> = {
  busy: ExtendedError.OTHER,
  late: ExtendedError.NO_REACHABLE_AUTHORITY,
  delegated: ExtendedError.OTHER,
  'too-many-names': ExtendedError.OTHER,
  forward: ExtendedError.NETWORK_ERROR,
}

/** What SERVFAIL says about a failure (RFC 8914 section 4). */
export function failureOf(error: unknown): Failure {
  if (error instanceof ResolveError)
    return { extendedError: infoCodes[error.code], text: `${error.code}: ${error.message}` }
  if (error instanceof ClientError) return { extendedError: infoCodeOf(error), text: `${error.code}: ${error.message}` }
  return { extendedError: ExtendedError.OTHER, text: 'internal: the resolver has a defect; its log has more' }
}

function infoCodeOf({ kind, code }: ClientError): number {
  if (kind !== 'not-verified') return ExtendedError.NO_REACHABLE_AUTHORITY
  // 4.25: an authority whose data is too old. 4.7 is for DNSSEC's verdict; a proof that does not hold is the same to whoever asks.
  if (code === 'stale') return ExtendedError.INVALID_DATA
  return code === 'ahead' ? ExtendedError.OTHER : ExtendedError.DNSSEC_BOGUS
}
