import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { queryServer } from '@cresset/dns-server'
import {
  buildQuery,
  formatName,
  formatRcode,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
} from '@cresset/dns-wire'
import { Random } from '../../tools/fuzz/random.ts'
import { hostileConnection } from './hostile-connection.ts'
import { hostileMessage } from './hostile-message.ts'
import { goodProxyHeader, hostileProxyHeader } from './hostile-proxy-header.ts'
import type { Measure } from './hostile-server.ts'
import { askedNames } from './hostile-zones.ts'
import { concat } from './message-parts.ts'
import { ServerProcess } from './server-process.ts'

export interface HostileOptions {
  readonly seed: number
  /** Messages of the seed, counted from 0, go from `first`, which begins a batch, to before `messages`. */
  readonly first?: number
  readonly messages: number
  /** No message is sent after this time. */
  readonly budgetMs?: number
  /** Sent before all others, one by one. */
  readonly corpus?: readonly Uint8Array[]
  report?(line: string): void
}

export interface HostileResult {
  readonly messages: number
  readonly byTcp: number
  /** Of those by UDP, behind a header of the PROXY protocol. */
  readonly byProxy: number
  readonly responses: number
  /** Messages and connections by what was wrong with them, and responses by their code. */
  readonly kinds: ReadonlyMap<string, number>
  readonly connections: ReadonlyMap<string, number>
  readonly rcodes: ReadonlyMap<string, number>
  /** Of the server after collections, from early to late. */
  readonly heapBytes: readonly number[]
  readonly last: Measure
  /** What must not be; empty when all is well. */
  readonly problems: readonly string[]
}

/** After so many, one true question waits for its answer: the flood is as fast as the server, and what is lost is seen. */
export const BATCH = 50
/** Each so many-th batch goes over TCP, and the one after it over UDP from a proxy. */
const TCP_EVERY = 8
/** Each so many-th connection is one from a proxy. */
const PROXIED_EVERY = 4
const MAX_FRAMES_A_CONNECTION = 16
/** Below the server's bound for one client. */
const MAX_OPEN_CONNECTIONS = 40
const FIRST_MEASURE = 10_000
const MAX_MEASURES = 60
const LEAST_MEASURES = 9
const SYNC_ATTEMPTS = 100
const SYNC_RETRY_MS = 200
const MAX_UDP_BYTES = 1_232
const MAX_PROBLEMS = 10
const SYNC_ID = 0x4711
const syncName = parseAbsoluteName('sync-of-this-run.plain.test')

/** Sends seeded hostile messages to a server in a process of its own, and looks at what becomes of it. */
export async function runHostile(options: HostileOptions): Promise<HostileResult> {
  const server = await ServerProcess.start()
  const run = new HostileRun(server, options)
  try {
    return await run.run()
  } finally {
    run.close()
    await server.stop()
  }
}

/** Middle of the values; 0 for none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** Bytes that the heap has more at the end than after warming up, by the medians of the thirds; 0 when there are too few values to tell. */
export function heapGrowth(heapBytes: readonly number[]): number {
  if (heapBytes.length < LEAST_MEASURES) return 0
  const third = Math.ceil(heapBytes.length / 3)
  return median(heapBytes.slice(-third)) - median(heapBytes.slice(third, 2 * third))
}

class HostileRun {
  readonly #server: ServerProcess
  readonly #options: HostileOptions
  readonly #socket: Socket = createSocket('udp4')
  readonly #asking: Socket = createSocket('udp4')
  readonly #proxied: Socket = createSocket('udp4')
  readonly #open = new Set<Promise<void>>()
  readonly #kinds = new Map<string, number>()
  readonly #connections = new Map<string, number>()
  readonly #rcodes = new Map<string, number>()
  readonly #problems: string[] = []
  #messages = 0
  #byTcp = 0
  #byProxy = 0
  #responses = 0
  #heardFailures = 0

  constructor(server: ServerProcess, options: HostileOptions) {
    this.#server = server
    this.#options = options
  }

  close(): void {
    for (const socket of [this.#socket, this.#asking, this.#proxied]) socket.close()
  }

  async run(): Promise<HostileResult> {
    const { messages, first = 0, budgetMs = Number.POSITIVE_INFINITY, report, corpus = [] } = this.#options
    const untilMs = performance.now() + budgetMs
    for (const socket of [this.#socket, this.#asking, this.#proxied]) {
      socket.connect(socket === this.#proxied ? this.#server.proxyPort : this.#server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.on('message', (bytes) => this.#look(bytes, 'udp'))
    }
    const before = await this.#goodAnswers()
    for (const bytes of corpus) await this.#datagrams(this.#socket, [bytes])
    let heapBytes: number[] = []
    let measureEvery = FIRST_MEASURE
    let next = first
    for (; next < messages && performance.now() < untilMs && this.#problems.length === 0; next += BATCH) {
      await this.#batch(next, Math.min(BATCH, messages - next))
      this.#hearFailures(next)
      if ((next - first + BATCH) % measureEvery !== 0) continue
      const measure = await this.#quietMeasure()
      heapBytes.push(measure.heapBytes)
      report?.(`${next + BATCH} messages, heap ${(measure.heapBytes / 2 ** 20).toFixed(2)} MiB`)
      if (heapBytes.length < MAX_MEASURES) continue
      // A run may have any length: fewer and fewer are kept, spread over all of it.
      heapBytes = heapBytes.filter((_bytes, index) => index % 2 === 1)
      measureEvery *= 2
    }
    const last = await this.#quietMeasure()
    this.#hearFailures(next - BATCH)
    const after = await this.#goodAnswers()
    for (const [question, answer] of before)
      if (after.get(question) !== answer) this.#problem(`${question} is answered otherwise than before`)
    if (last.failures > this.#heardFailures) this.#problem(`a handler threw ${last.failures} times`)
    return {
      messages: this.#messages,
      byTcp: this.#byTcp,
      byProxy: this.#byProxy,
      responses: this.#responses,
      kinds: this.#kinds,
      connections: this.#connections,
      rcodes: this.#rcodes,
      heapBytes,
      last,
      problems: this.#problems,
    }
  }

  async #batch(first: number, count: number): Promise<void> {
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const messages: Uint8Array[] = []
    for (let index = first; index < first + count; index++) {
      const { kind, bytes } = hostileMessage(this.#options.seed, index, nowSeconds)
      add(this.#kinds, kind)
      messages.push(bytes)
    }
    this.#messages += count
    switch ((first / BATCH) % TCP_EVERY) {
      case TCP_EVERY - 2:
        return await this.#connect(first, messages)
      case TCP_EVERY - 1: {
        const random = new Random(this.#options.seed, first, 1)
        this.#byProxy += count
        return await this.#datagrams(
          this.#proxied,
          messages.map((bytes) => concat(hostileProxyHeader(random), bytes)),
        )
      }
      default:
        return await this.#datagrams(this.#socket, messages)
    }
  }

  async #datagrams(socket: Socket, messages: readonly Uint8Array[]): Promise<void> {
    for (const bytes of messages) socket.send(bytes)
    await this.#server.whileItRuns(this.#sync(socket === this.#proxied))
  }

  /** Begins connections for the messages; those of earlier batches may still be open. */
  async #connect(first: number, messages: readonly Uint8Array[]): Promise<void> {
    const random = new Random(this.#options.seed, first, BATCH)
    this.#byTcp += messages.length
    for (let start = 0; start < messages.length; ) {
      const end = start + 1 + random.below(MAX_FRAMES_A_CONNECTION)
      // A stream of its own for each, so that it does not matter in which order they go on.
      const own = new Random(this.#options.seed, first, start, BATCH)
      const isProxied = own.oneIn(PROXIED_EVERY)
      const place = isProxied
        ? { port: this.#server.proxyPort, prefix: hostileProxyHeader(own) }
        : { port: this.#server.port, prefix: new Uint8Array() }
      const opening = hostileConnection(place, messages.slice(start, end), own).then(
        ({ kind, responses, isClosed }) => {
          add(this.#connections, kind)
          for (const bytes of responses) this.#look(bytes, 'tcp')
          if (!isClosed) this.#problem(`a connection stayed open: ${kind}, of message ${first + start}`)
        },
      )
      const tracked = opening.finally(() => this.#open.delete(tracked))
      this.#open.add(tracked)
      start = end
      if (this.#open.size >= MAX_OPEN_CONNECTIONS) await this.#server.whileItRuns(Promise.race(this.#open))
    }
  }

  /** Asks a true question until its answer comes. Queries are read in order, so all before it have been. */
  #sync(isProxied: boolean): Promise<void> {
    const socket = isProxied ? this.#proxied : this.#asking
    const question = buildQuery({ id: SYNC_ID, name: syncName, type: RecordType.SOA })
    const query = isProxied ? concat(goodProxyHeader(1), question) : question
    return new Promise((resolve, reject) => {
      let attempts = 0
      const ask = (): void => {
        attempts += 1
        if (attempts > SYNC_ATTEMPTS) finish(() => reject(new Error('the server no longer answers')))
        else socket.send(query)
      }
      const timer = setInterval(ask, SYNC_RETRY_MS)
      const finish = (settle: () => void): void => {
        clearInterval(timer)
        socket.off('message', heard)
        settle()
      }
      // The same id may come by chance; a first label of that length is in no other name.
      const heard = (bytes: Uint8Array): void => {
        if (bytes[0] === SYNC_ID >> 8 && bytes[1] === (SYNC_ID & 255) && bytes[12] === syncName[0]) finish(resolve)
      }
      socket.on('message', heard)
      ask()
    })
  }

  /** Whatever it answers is a message, marked as a response, of a size that it may have. */
  #look(bytes: Uint8Array, transport: 'udp' | 'tcp'): void {
    this.#responses += 1
    const fail = (reason: string): void => this.#problem(`${reason}: ${Buffer.from(bytes).toString('hex')}`)
    let message: Message
    try {
      message = parseMessage(bytes)
    } catch (error) {
      fail(`a response that cannot be read (${(error as Error).message})`)
      return
    }
    add(this.#rcodes, formatRcode(message.rcode))
    if (!message.flags.isResponse) fail('a response that is marked as a query')
    if (transport === 'udp' && bytes.length > MAX_UDP_BYTES) fail(`a response of ${bytes.length} bytes by UDP`)
  }

  #hearFailures(first: number): void {
    for (const error of this.#server.failures.splice(0)) {
      this.#heardFailures += 1
      this.#problem(`a handler threw at message ${first} or the ${BATCH - 1} behind it: ${error}`)
    }
  }

  #problem(text: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(text)
  }

  /** With no connection open: neither ours nor, a moment later, one that the server forgot. */
  async #quietMeasure(): Promise<Measure> {
    await this.#server.whileItRuns(Promise.all(this.#open))
    for (let attempt = 0; ; attempt++) {
      const measure = await this.#server.measure()
      if (measure.connections === 0) return measure
      if (attempt === SYNC_ATTEMPTS) this.#problem(`the server still has ${measure.connections} connections`)
      if (attempt === SYNC_ATTEMPTS) return measure
      await pause(50)
    }
  }

  /** Answers to true questions, as text without their ids. */
  async #goodAnswers(): Promise<Map<string, string>> {
    const server = { address: '127.0.0.1', port: this.#server.port }
    const answers = new Map<string, string>()
    for (const name of askedNames) {
      for (const dnssecOk of [false, true]) {
        // By UDP, and again by TCP where the answer is too long or the limiter says so.
        const asked = { name, type: RecordType.A, dnssecOk, timeoutMs: 20_000 }
        const { id: _random, ...message } = await queryServer(server, asked)
        answers.set(`${formatName(name)}, DO ${dnssecOk}`, JSON.stringify(message))
      }
    }
    return answers
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
