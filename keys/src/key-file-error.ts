import { KeyError } from './key-error.ts'

/**
 * Why a key file could not be made or used:
 * - `not-found`, `exists`: no file there, or one that is never overwritten
 * - `permissions`: other users of the machine can read it
 * - `not-a-key-file`: something else
 * - `damaged`: truncated or altered
 * - `unknown-version`: written by a later release
 * - `wrong-passphrase`, `bad-passphrase`: does not open it; empty or too long to make one
 * - `no-secret`: a public key file where a private one is needed
 * - `no-space`, `io`: the disk is full; any other failure of the file system
 */
export type KeyFileErrorCode =
  | 'not-found'
  | 'exists'
  | 'permissions'
  | 'not-a-key-file'
  | 'damaged'
  | 'unknown-version'
  | 'wrong-passphrase'
  | 'bad-passphrase'
  | 'no-secret'
  | 'no-space'
  | 'io'

/** The message is one line, names the file and says what to do. It never holds a secret. */
export class KeyFileError extends KeyError {
  override readonly name = 'KeyFileError'
  declare readonly code: KeyFileErrorCode
  readonly path: string

  constructor(code: KeyFileErrorCode, path: string, explanation: string, options?: ErrorOptions) {
    super(code, `${path}: ${explanation}`, options)
    this.path = path
  }
}

/** The error of a file system call as a KeyFileError. */
export function fileSystemError(path: string, cause: unknown): KeyFileError {
  if (cause instanceof KeyFileError) return cause
  const { code = 'unknown' } = cause as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return new KeyFileError('not-found', path, 'no such file or folder', { cause })
    case 'EEXIST':
      return new KeyFileError('exists', path, 'already exists and is not overwritten; choose another name', { cause })
    case 'ENOSPC':
    case 'EDQUOT':
      return new KeyFileError('no-space', path, 'no space left on the disk; nothing was written', { cause })
    case 'EACCES':
    case 'EPERM':
      return new KeyFileError('permissions', path, 'this user may not access it', { cause })
    default:
      return new KeyFileError('io', path, `the file system says ${code}`, { cause })
  }
}
