import type { Prefix } from '../transfer/prefix.ts'

/** Undefined sends nothing. */
export type ResponseBytes = Uint8Array | undefined

/** Several messages for one query, over TCP alone: each is taken when the client has room for it. */
export interface MessageStream {
  readonly messages: Iterator<Uint8Array, unknown>
}

/** What bounds a message: a datagram, or the 16 bits of its length. */
export type Transport = 'udp' | 'tcp'

/** How it came, for who counts: TCP inside of TLS is not counted as TCP. */
export type TransportName = Transport | 'tls'

/**
 * DNS by TLS, as clients name it (ALPN). Who names others alone is turned away in the handshake (RFC 7301 section 3.2). Who names nothing, as RFC 7858
 * allows, may ask, but gets no zone: for these RFC 9103 section 7.1 wants the name.
 */
export const DNS_OVER_TLS = 'dot'

/** What TLS says of a connection. */
export interface SecureChannel {
  /** Such as `TLSv1.3`. */
  readonly version: string
  /** `DNS_OVER_TLS`, or undefined when the client named none. */
  readonly protocol: string | undefined
  /** SHA-256 of the client's certificate, in lower-case hexadecimal; undefined when it has shown none. Its key is proven, and nothing else. */
  readonly fingerprint: string | undefined
}

/** Answers one query, at once or later; one that answers later bounds by itself how many questions wait. */
export type QueryHandler = (
  query: Uint8Array,
  transport: Transport,
  /** Address of whoever asks, as text. */
  client: string,
  /** Undefined in clear. */
  channel?: SecureChannel,
) => ResponseBytes | MessageStream | Promise<ResponseBytes>

/**
 * Told of each query once it is answered, or will not be: `response` is undefined then, and the first message of several. It is on the
 * way of every query: it must be fast, keep neither message, and not throw.
 */
export type QueryObserver = (
  query: Uint8Array,
  response: ResponseBytes,
  transport: TransportName,
  client: string,
  /** From the query to its answer, or to the last of several messages. */
  durationMs: number,
  /** Bytes of all messages, without framing. */
  sentBytes: number,
) => void

/** What a listener counted since it started. */
export interface ListenerCounters {
  queries: number
  responses: number
  /** Not answered because a queue was full, a connection limit reached, or TLS did not come about. */
  dropped: number
  /** Queries on which the handler threw: each is a defect. */
  failures: number
}

export interface Listener {
  readonly address: string
  readonly port: number
  readonly counters: Readonly<ListenerCounters>
  /** Stops taking queries, sends what is answered, and resolves when the sockets are closed. */
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly handler: QueryHandler
  /**
   * Proxies that pass queries on, each UDP message and each TCP connection behind a header of the PROXY protocol, version 2: its client is
   * then the one that asks. With this, whatever comes without such a header or from elsewhere is dropped.
   */
  readonly proxyFrom?: readonly Prefix[]
  readonly onAnswered?: QueryObserver
  /** Told about each error that the handler threw; the query then goes unanswered. */
  readonly onFailure?: (error: unknown) => void
}

export function newCounters(): ListenerCounters {
  return { queries: 0, responses: 0, dropped: 0, failures: 0 }
}

/** Runs the handler; one defect must not end a server that strangers can reach. */
export function handleQuery(
  options: ListenerOptions,
  counters: ListenerCounters,
  received: Uint8Array,
  transport: Transport,
  client: string,
  channel?: SecureChannel,
): ResponseBytes | MessageStream | Promise<ResponseBytes> {
  const told = channel === undefined ? transport : 'tls'
  counters.queries += 1
  // Sockets give Buffers, whose slice() is no copy: a handler that changes what it takes for one would change the query.
  const query = new Uint8Array(received.buffer, received.byteOffset, received.length)
  const { onAnswered } = options
  const startMs = onAnswered === undefined ? 0 : performance.now()
  let response: ReturnType<QueryHandler>
  try {
    response = options.handler(query, transport, client, channel)
  } catch (error) {
    response = failed(options, counters, error)
  }
  if (response instanceof Promise) {
    const later = response.catch((error: unknown) => failed(options, counters, error))
    if (onAnswered === undefined) return later
    return later.then((bytes) => {
      onAnswered(query, bytes, told, client, performance.now() - startMs, bytes?.length ?? 0)
      return bytes
    })
  }
  if (onAnswered === undefined) return response
  if (response !== undefined && 'messages' in response) {
    const tell = (first: ResponseBytes, bytes: number): void =>
      onAnswered(query, first, told, client, performance.now() - startMs, bytes)
    return { messages: watched(response.messages, tell) }
  }
  onAnswered(query, response, told, client, performance.now() - startMs, response?.length ?? 0)
  return response
}

function failed(options: ListenerOptions, counters: ListenerCounters, error: unknown): undefined {
  counters.failures += 1
  options.onFailure?.(error)
}

/** The same messages; `tell` hears of the first and of the bytes of all when the last was taken, or nobody wants more. */
function* watched(
  messages: Iterator<Uint8Array, unknown>,
  tell: (first: ResponseBytes, bytes: number) => void,
): Generator<Uint8Array> {
  let first: ResponseBytes
  let bytes = 0
  try {
    for (let next = messages.next(); next.done !== true; next = messages.next()) {
      first ??= next.value
      bytes += next.value.length
      yield next.value
    }
  } finally {
    messages.return?.()
    tell(first, bytes)
  }
}
