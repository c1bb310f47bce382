import { KeyError } from '../key-error.ts'

/**
 * Why an agent could not do what it was asked:
 * - `no-agent`: none listens; `no-answer`: it went away, or was silent for too long
 * - `in-use`: another agent listens there; `bad-socket`: no place for a socket
 * - `permissions`: other users can reach the socket, or it is theirs
 * - `no-key`, `ambiguous`: it holds none of that name, or several
 * - `exists`: it holds one of that name or that key; `full`: no room for another
 * - `locked`, `not-locked`, `wrong-passphrase`
 * - `bad-request`: not of this protocol
 */
export const agentErrorCodes = {
  'no-agent': 1,
  'no-answer': 2,
  'in-use': 3,
  'bad-socket': 4,
  permissions: 5,
  'no-key': 6,
  ambiguous: 7,
  exists: 8,
  full: 9,
  locked: 10,
  'not-locked': 11,
  'wrong-passphrase': 12,
  'bad-request': 13,
} as const

export type AgentErrorCode = keyof typeof agentErrorCodes

export class AgentError extends KeyError {
  override readonly name = 'AgentError'
  declare readonly code: AgentErrorCode

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
