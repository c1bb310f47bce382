import { connect, type Socket } from 'node:net'
import { AgentError, type AgentErrorCode } from './agent-error.ts'
import {
  type AgentAnswers,
  type AgentRequest,
  type AgentResponse,
  FrameReader,
  requestFrame,
  responseCodec,
} from './protocol.ts'
import { checkOwn } from './socket-place.ts'

/** From request to whole answer, however the bytes of it come. */
const defaultAnswerTimeoutMs = 10_000

const meanings: Partial<Record<AgentErrorCode, string>> = {
  'no-key': 'the agent does not hold that key any more; add it with "cresset key agent add"',
  exists: 'the agent holds a key of that name, or this key under another; see "cresset key agent list"',
  full: 'the agent has no room for another key; remove one',
  locked: 'the agent is locked; run "cresset key agent unlock"',
  'not-locked': 'the agent is not locked',
  'wrong-passphrase': 'the passphrase does not unlock the agent',
  'bad-request': 'the agent does not understand this release; end it and start it again',
}

/** One connection to an agent. Requests are answered in order. */
export class AgentClient {
  readonly #socket: Socket
  readonly #answerTimeoutMs: number
  readonly #waiting: { resolve(response: AgentResponse): void; reject(error: AgentError): void }[] = []
  #ended = false

  private constructor(socket: Socket, answerTimeoutMs: number) {
    this.#socket = socket
    this.#answerTimeoutMs = answerTimeoutMs
    const reader = new FrameReader(responseCodec.maxBytes)
    socket.on('data', (chunk) => {
      try {
        for (const body of reader.push(chunk)) {
          const { response } = responseCodec.decode(body)
          this.#waiting.shift()?.resolve(response)
        }
      } catch {
        socket.destroy()
      }
    })
    socket.on('close', () => this.#end('the agent went away; start it again with "cresset key agent"'))
    socket.on('error', () => undefined)
    // A command that has its answer need not wait for the connection.
    socket.unref()
  }

  /** @throws AgentError `no-agent`, `permissions` */
  static async connect(socketPath: string, answerTimeoutMs = defaultAnswerTimeoutMs): Promise<AgentClient> {
    const absent = (cause: unknown) =>
      new AgentError('no-agent', `no agent listens on ${socketPath}; start one with "cresset key agent"`, { cause })
    await checkOwn(socketPath, 'socket').catch((error: unknown) => {
      throw error instanceof AgentError ? error : absent(error)
    })
    const socket = connect(socketPath)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', (error) => reject(absent(error)))
    })
    return new AgentClient(socket, answerTimeoutMs)
  }

  #end(message: string): void {
    this.#ended = true
    for (const { reject } of this.#waiting.splice(0)) reject(new AgentError('no-answer', message))
  }

  /** The response of the kind that is expected. @throws AgentError */
  async request<K extends keyof AgentAnswers>(request: AgentRequest, expected: K): Promise<AgentAnswers[K]> {
    return expectResponse(await this.exchange(request), expected)
  }

  /** Whatever the agent answers. @throws AgentError `no-answer` */
  async exchange(request: AgentRequest): Promise<AgentResponse> {
    if (this.#ended) throw new AgentError('no-answer', 'the agent went away; start it again with "cresset key agent"')
    const frame = requestFrame(request)
    this.#socket.ref()
    const timer = setTimeout(() => {
      this.#end(`the agent did not answer within ${this.#answerTimeoutMs / 1000} s`)
      this.#socket.destroy()
    }, this.#answerTimeoutMs)
    try {
      return await new Promise<AgentResponse>((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
        this.#socket.write(frame, () => frame.fill(0))
      })
    } finally {
      clearTimeout(timer)
      if (this.#waiting.length === 0) this.#socket.unref()
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** @throws AgentError with the agent's code */
export function expectResponse<K extends keyof AgentAnswers>(response: AgentResponse, expected: K): AgentAnswers[K] {
  if (response.kind === 'failed') {
    const { code } = response.body
    throw new AgentError(code, meanings[code] ?? `the agent says ${code}`)
  }
  if (response.kind !== expected)
    throw new AgentError('bad-request', 'the agent gave another answer than was asked for')
  return response.body as AgentAnswers[K]
}
