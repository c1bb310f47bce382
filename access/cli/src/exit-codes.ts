import { ClientError, type ClientErrorKind } from '@cresset/access-client'
import { KeyError } from '@cresset/keys'

export { ClientError }

/** What the command's end says to a script. Stated in every `--help`. */
export const exitCodes = {
  ok: 0,
  refused: 1,
  usage: 2,
  notFound: 3,
  notVerified: 4,
  unreachable: 5,
  notFinal: 6,
} as const

const byKind: Record<ClientErrorKind, number> = {
  refused: exitCodes.refused,
  usage: exitCodes.usage,
  'not-found': exitCodes.notFound,
  'not-verified': exitCodes.notVerified,
  unreachable: exitCodes.unreachable,
  'not-final': exitCodes.notFinal,
}

/** Wrong arguments, or a file that is not what the command needs. */
export class UsageError extends ClientError {
  constructor(message: string, options?: ErrorOptions) {
    super('usage', 'usage', message, options)
  }
}

/** The result was printed and holds the answer: with `--json` only the exit code is left to tell. */
export class AnsweredError extends ClientError {}

export function exitCodeOf(error: unknown): number {
  // A key that cannot be used is a wrong argument, whichever command was to read it.
  if (error instanceof KeyError) return exitCodes.usage
  return error instanceof ClientError ? byKind[error.kind] : exitCodes.refused
}
