import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { expectResponse } from './agent-client.ts'
import { AgentError } from './agent-error.ts'
import { type AgentAnswers, type AgentRequest, requestCodec, responseCodec } from './protocol.ts'

const defaultAnswerTimeoutMs = 5_000

/** What the thread is started with. */
export interface SyncThreadData {
  readonly socketPath: string
  readonly port: MessagePort
  /** Counts answers. */
  readonly answered: Int32Array<SharedArrayBuffer>
}

export interface SyncAnswer {
  readonly number: number
  /** A response of the agent, or what went wrong on the way. */
  readonly response?: Uint8Array
  readonly problem?: string
}

/**
 * A connection to the agent that answers before it returns: a thread of its own talks to the agent, and the caller sleeps meanwhile. For
 * votes, which a pure step signs; everything else goes through AgentClient.
 */
export class SyncLink {
  readonly #worker: Worker
  readonly #answerTimeoutMs: number
  readonly #port: MessagePort
  readonly #answered = new Int32Array(new SharedArrayBuffer(4))
  #number = 0

  constructor(socketPath: string, answerTimeoutMs = defaultAnswerTimeoutMs) {
    this.#answerTimeoutMs = answerTimeoutMs
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const data: SyncThreadData = { socketPath, port: port2, answered: this.#answered }
    // The compiler does not rewrite this name as it does those in imports.
    const file = import.meta.url.endsWith('.ts') ? './sync-thread.ts' : './sync-thread.js'
    // Others are refused for threads, or are for the program's own code, as --input-type is.
    const execArgv = process.execArgv.filter((flag) => flag.startsWith('--conditions='))
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData: data, transferList: [port2], execArgv })
    this.#worker.on('error', () => undefined)
    this.#worker.unref()
    this.#port.unref()
  }

  /** @throws AgentError */
  request<K extends keyof AgentAnswers>(request: AgentRequest, expected: K): AgentAnswers[K] {
    const number = ++this.#number
    const before = Atomics.load(this.#answered, 0)
    this.#port.postMessage({ number, request: requestCodec.encode({ request }) })
    const answer = this.#await(number, before)
    if (answer?.response === undefined) {
      throw new AgentError(
        'no-answer',
        answer?.problem ?? `the agent did not answer within ${this.#answerTimeoutMs / 1000} s`,
      )
    }
    return expectResponse(responseCodec.decode(answer.response).response, expected)
  }

  #await(number: number, before: number): SyncAnswer | undefined {
    const deadlineMs = performance.now() + this.#answerTimeoutMs
    for (let seen = before; ; seen = Atomics.load(this.#answered, 0)) {
      // An answer that came too late for an earlier request is passed over.
      for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
        const answer = next.message as SyncAnswer
        if (answer.number === number) return answer
      }
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0 || Atomics.wait(this.#answered, 0, seen, leftMs) === 'timed-out') return undefined
    }
  }

  async close(): Promise<void> {
    this.#port.close()
    await this.#worker.terminate()
  }
}
