/**
 * Why a call did not give what was asked. The kinds are closed; `code` is more exact and comes from the ledger's or the API's set.
 * - `refused`: the ledger or the node said no.
 * - `usage`: the argument cannot be right.
 * - `not-found`: proven or told to be absent.
 * - `not-verified`: an answer does not follow from the trusted genesis, or is too old. It was thrown away.
 * - `unreachable`: no node answered.
 * - `not-final`: no final receipt in the time allowed. The transaction may still become final.
 */
export type ClientErrorKind = 'refused' | 'usage' | 'not-found' | 'not-verified' | 'unreachable' | 'not-final'

export class ClientError extends Error {
  readonly kind: ClientErrorKind
  readonly code: string
  constructor(kind: ClientErrorKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ClientError'
    this.kind = kind
    this.code = code
  }
}

export const notVerified = (code: string, message: string) => new ClientError('not-verified', code, message)
