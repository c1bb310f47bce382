/** Undefined sends nothing. */
export type ResponseBytes = Uint8Array | undefined

/** Several messages for one query, over TCP alone: each is taken when the client has room for it. */
export interface MessageStream {
  readonly messages: Iterator<Uint8Array, unknown>
}

/** Answers one query, at once or later; one that answers later bounds by itself how many questions wait. */
export type QueryHandler = (
  query: Uint8Array,
  transport: 'udp' | 'tcp',
  /** Address of whoever asks, as text. */
  client: string,
) => ResponseBytes | MessageStream | Promise<ResponseBytes>

/** What a listener counted since it started. */
export interface ListenerCounters {
  queries: number
  responses: number
  /** Not answered because a queue was full or a connection limit reached. */
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
  query: Uint8Array,
  transport: 'udp' | 'tcp',
  client: string,
): ResponseBytes | MessageStream | Promise<ResponseBytes> {
  counters.queries += 1
  const fail = (error: unknown): undefined => {
    counters.failures += 1
    options.onFailure?.(error)
  }
  try {
    const response = options.handler(query, transport, client)
    return response instanceof Promise ? response.catch(fail) : response
  } catch (error) {
    return fail(error)
  }
}
