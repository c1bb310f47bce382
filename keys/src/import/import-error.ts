import { KeyError } from '../key-error.ts'

/**
 * Why a key of another program cannot be read:
 * - `not-a-key`: no private key in PEM
 * - `unsupported`: a kind of key, cipher or format that is not read
 * - `damaged`: truncated or altered
 * - `wrong-passphrase`: does not open it
 */
export type ImportErrorCode = 'not-a-key' | 'unsupported' | 'damaged' | 'wrong-passphrase'

/** The message goes on from the file's name, in one line, and quotes nothing secret. */
export class ImportError extends KeyError {
  override readonly name = 'ImportError'
  declare readonly code: ImportErrorCode

  constructor(code: ImportErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
