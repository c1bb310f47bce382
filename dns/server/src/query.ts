import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import {
  answersQuery,
  buildQuery,
  type EdnsOption,
  MAX_MESSAGE_BYTES,
  type Message,
  parseMessage,
  readUint16,
  WireError,
  writeUint16,
} from '@cresset/dns-wire'

export interface Server {
  /** IP address. */
  readonly address: string
  readonly port: number
}

export interface ServerQuery {
  readonly name: Uint8Array
  readonly type: number
  readonly dnssecOk?: boolean
  readonly udpPayloadBytes?: number
  readonly ednsOptions?: readonly EdnsOption[]
  /** Default: UDP, and TCP after a truncated answer. */
  readonly transport?: 'udp' | 'tcp'
  /** For the whole exchange. Default 5 s. */
  readonly timeoutMs?: number
}

/** `timeout`, `unreachable` (refused or no route), `malformed` (a TCP answer that is no DNS message or not to this query). */
export type QueryErrorCode = 'timeout' | 'unreachable' | 'malformed'

export class QueryError extends Error {
  readonly code: QueryErrorCode

  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'QueryError'
    this.code = code
  }
}

/** An answer, read and as it came. */
export interface Exchanged {
  readonly message: Message
  readonly bytes: Uint8Array
}

const DEFAULT_TIMEOUT_MS = 5000
/** A lost datagram is sent again after this long, and then after twice as long each time. */
const FIRST_RETRY_MS = 800

/** Asks one server one question. Throws `QueryError`. */
export async function queryServer(server: Server, question: ServerQuery): Promise<Message> {
  const { transport, timeoutMs = DEFAULT_TIMEOUT_MS, ...rest } = question
  const deadlineMs = performance.now() + timeoutMs
  const query = buildQuery({ ...rest, id: randomInt(0x10000) })
  if (transport !== 'tcp') {
    const { message } = await exchangeByUdp(server, query, timeoutMs)
    if (!message.flags.truncated || transport === 'udp') return message
  }
  return (await exchangeByTcp(server, query, Math.max(1, deadlineMs - performance.now()))).message
}

/**
 * Passes a client's query on under an id and from a port of its own, and gives back the answer under the client's id. `query` is a
 * well-formed query with one question. Throws `QueryError`.
 */
export async function relayQuery(
  server: Server,
  query: Uint8Array,
  transport: 'udp' | 'tcp',
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<Exchanged> {
  // Not slice(), which is no copy of a Buffer.
  const own = Uint8Array.from(query)
  writeUint16(own, 0, randomInt(0x10000))
  const exchange = transport === 'udp' ? exchangeByUdp : exchangeByTcp
  const { message, bytes } = await exchange(server, own, timeoutMs)
  const answer = Uint8Array.from(bytes)
  answer.set(query.subarray(0, 2))
  return { message, bytes: answer }
}

/** Parses what may be the answer; undefined for anything else, which a forger may have sent. */
function readAnswer(query: Uint8Array, bytes: Uint8Array): Exchanged | undefined {
  try {
    const message = parseMessage(bytes)
    return answersQuery(query, message) ? { message, bytes } : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

async function exchangeByUdp(server: Server, query: Uint8Array, timeoutMs: number): Promise<Exchanged> {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
  let deadline: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  const send = (waitMs: number): void => {
    socket.send(query)
    retry = setTimeout(() => send(waitMs * 2), waitMs)
  }
  try {
    return await new Promise<Exchanged>((resolve, reject) => {
      deadline = setTimeout(() => reject(timeout(server, timeoutMs)), timeoutMs)
      socket.on('message', (bytes) => {
        // Wrong answers are passed over and not reported: anybody can send one (RFC 5452 section 9).
        const answer = readAnswer(query, bytes)
        if (answer !== undefined) resolve(answer)
      })
      socket.on('error', (error) => reject(unreachable(server, error)))
      // A connected socket takes datagrams from that address and port alone.
      socket.connect(server.port, server.address, () => send(FIRST_RETRY_MS))
    })
  } finally {
    clearTimeout(deadline)
    clearTimeout(retry)
    socket.close()
  }
}

async function exchangeByTcp(server: Server, query: Uint8Array, timeoutMs: number): Promise<Exchanged> {
  const socket = connect({ host: server.address, port: server.port })
  let deadline: NodeJS.Timeout | undefined
  try {
    return await new Promise<Exchanged>((resolve, reject) => {
      deadline = setTimeout(() => reject(timeout(server, timeoutMs)), timeoutMs)
      const received = new Uint8Array(2 + MAX_MESSAGE_BYTES)
      let length = 0
      socket.on('data', (chunk: Uint8Array) => {
        const part = chunk.subarray(0, received.length - length)
        received.set(part, length)
        length += part.length
        if (length < 2 || length < 2 + readUint16(received, 0)) return
        const answer = readAnswer(query, received.subarray(2, 2 + readUint16(received, 0)))
        if (answer === undefined)
          reject(new QueryError('malformed', `${server.address} sent what is no answer to the query`))
        else resolve(answer)
      })
      socket.on('error', (error) => reject(unreachable(server, error)))
      socket.on('close', () =>
        reject(new QueryError('malformed', `${server.address} closed the connection without an answer`)),
      )
      const frame = new Uint8Array(2 + query.length)
      writeUint16(frame, 0, query.length)
      frame.set(query, 2)
      socket.write(frame)
    })
  } finally {
    clearTimeout(deadline)
    socket.destroy()
  }
}

function timeout(server: Server, timeoutMs: number): QueryError {
  return new QueryError(
    'timeout',
    `no answer from ${server.address} port ${server.port} within ${Math.ceil(timeoutMs)} ms`,
  )
}

function unreachable(server: Server, cause: Error): QueryError {
  return new QueryError('unreachable', `cannot reach ${server.address} port ${server.port}: ${cause.message}`, {
    cause,
  })
}
