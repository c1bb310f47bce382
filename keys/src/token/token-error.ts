import { KeyError } from '../key-error.ts'

/**
 * Why a key on a PKCS#11 token could not be made or used:
 * - `no-module`, `unsupported-system`: the module of the token cannot be loaded; or not on this kind of system
 * - `no-token`, `no-key`: nothing there fits the URI
 * - `ambiguous`: more than one fits
 * - `exists`: a key of this label or id is there
 * - `wrong-pin`, `pin-locked`: as the token says
 * - `unsupported-key`: the token cannot make or use such a key
 * - `not-deterministic`: its Ed25519 signatures differ for one message, so nothing can be derived from them
 * - `bad-signature`: the token gave a signature that its public key does not verify
 * - `failed`: any other answer of the module
 */
export type TokenErrorCode =
  | 'no-module'
  | 'unsupported-system'
  | 'no-token'
  | 'no-key'
  | 'ambiguous'
  | 'exists'
  | 'wrong-pin'
  | 'pin-locked'
  | 'unsupported-key'
  | 'not-deterministic'
  | 'bad-signature'
  | 'failed'

export class TokenError extends KeyError {
  override readonly name = 'TokenError'
  declare readonly code: TokenErrorCode

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
