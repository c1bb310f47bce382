import { lstat } from 'node:fs/promises'
import { connect } from 'node:net'
import { boundedLines } from './bounded-lines.ts'
import {
  type ControlAnswers,
  type ControlCommand,
  type ControlErrorCode,
  type ControlReply,
  MAX_REPLY_BYTES,
} from './protocol.ts'

/** `no-server`: none listens; `no-answer`: it went away or was silent for too long; `permissions`: it is another user's. */
export type AskControlErrorCode = ControlErrorCode | 'no-server' | 'no-answer' | 'permissions'

export class ControlError extends Error {
  readonly code: AskControlErrorCode

  constructor(code: AskControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ControlError'
    this.code = code
  }
}

/** Asks the name server that listens on a socket. @throws ControlError */
export async function askControl<K extends ControlCommand>(
  path: string,
  command: K,
  zone: string | undefined,
  timeoutMs: number,
): Promise<ControlAnswers[K]> {
  await checkOwner(path)
  const socket = connect(path)
  const timer = setTimeout(() => socket.destroy(new Error(`it was silent for ${timeoutMs / 1_000} s`)), timeoutMs)
  let isConnected = false
  socket.on('connect', () => {
    isConnected = true
  })
  socket.write(`${JSON.stringify({ command, zone })}\n`)
  try {
    for await (const line of boundedLines(socket, MAX_REPLY_BYTES)) return answerOf(JSON.parse(line) as ControlReply<K>)
    throw new ControlError('no-answer', `the name server at ${path} gave no answer`)
  } catch (error) {
    if (error instanceof ControlError) throw error
    if (!isConnected) throw noServer(path, error)
    throw new ControlError('no-answer', `the name server at ${path} gave no answer: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function answerOf<K extends ControlCommand>(reply: ControlReply<K>): ControlAnswers[K] {
  if ('error' in reply) throw new ControlError(reply.error.code, reply.error.message)
  return reply.ok
}

/** What another user's process says of zones is nothing to go by. */
async function checkOwner(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    throw noServer(path, error)
  })
  if (!found.isSocket()) throw new ControlError('no-server', `${path} is no socket of a name server`)
  const user = process.getuid?.()
  if (user !== undefined && user !== 0 && found.uid !== user && found.uid !== 0)
    throw new ControlError('permissions', `${path} belongs to another user`)
}

function noServer(path: string, cause: unknown): ControlError {
  return new ControlError(
    'no-server',
    `no name server listens on ${path}; start "cresset dns serve", or a node, with --control ${path}`,
    { cause },
  )
}
