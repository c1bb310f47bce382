import { fromUtf8 } from '@cresset/core-codec'
import { platformFetch } from '#platform'
import { ClientError, type ClientErrorKind } from './client-error.ts'

/** A part of `RequestInit`. */
export interface HttpRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
  readonly redirect?: 'error'
}

interface AnswerBody {
  getReader(): {
    read(): Promise<{ readonly done?: boolean | undefined; readonly value?: Uint8Array | undefined }>
    cancel(): Promise<void>
  }
  cancel(): Promise<void>
}

/** A part of `Response`. */
export interface HttpAnswer {
  readonly ok: boolean
  readonly status: number
  readonly body: AnswerBody | null
}

/** The part of `fetch` that the SDK uses: pass your own for tests, proxies or pinned TLS. */
export type Fetch = (url: string, init: HttpRequest) => Promise<HttpAnswer>

export interface HttpOptions {
  /** Base addresses of nodes, tried in order: `http://127.0.0.1:8400`. */
  readonly nodes: readonly string[]
  /** `platformFetch` when absent. */
  readonly fetch?: Fetch
  /** DER. Of the consortium: trusted for https nodes beside the roots of the machine. Browsers know only their own. */
  readonly rootCertificate?: Uint8Array
  /** Where hosts are that need not resolve, by name. Browsers resolve by themselves. */
  readonly addresses?: ReadonlyMap<string, string>
  /** For one request, in milliseconds. */
  readonly timeoutMs?: number
}

/** Greatest answer that is read into memory, in bytes. */
const maxAnswerBytes = 4 * 1024 * 1024

const kindOfStatus = (status: number): ClientErrorKind =>
  status === 404 || status === 410
    ? 'not-found'
    : status === 504
      ? 'not-final'
      : status >= 500
        ? 'unreachable'
        : status === 422
          ? 'refused'
          : 'usage'

async function readBounded(response: HttpAnswer): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done || value === undefined) break
    length += value.length
    if (length > maxAnswerBytes) {
      await reader.cancel()
      throw new ClientError('unreachable', 'answer-too-large', `the node's answer is over ${maxAnswerBytes} bytes`)
    }
    parts.push(value)
  }
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return fromUtf8(whole)
}

/** Every answer is an object. */
function parseJson(text: string, node: string): object {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json === 'object' && json !== null) return json
  } catch {
    // Told below.
  }
  throw new ClientError('unreachable', 'bad-answer', `${node} did not answer with a JSON object; is it a Cresset node?`)
}

/** Of what a node says of its failure. */
const maxDetailCharacters = 500

/** A node's own words go to people and logs: a code is a code, and a detail one short line. */
function failureOf(status: number, answer: object, node: string): ClientError {
  const { code, detail } = answer as { code?: unknown; detail?: unknown }
  const isCode = typeof code === 'string' && /^[a-z0-9-]{1,64}$/.test(code)
  const line =
    typeof detail === 'string' && detail.slice(0, maxDetailCharacters).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return new ClientError(
    kindOfStatus(status),
    isCode ? code : `http-${status}`,
    line || `${node} answered with status ${status}`,
  )
}

/** One node's API. */
export interface NodeConnection {
  readonly address: string
  /** Given up once the signal aborts, as a node that cannot be reached. */
  get(path: string, timeoutMs?: number, signal?: AbortSignal): Promise<unknown>
  postJson(path: string, body: unknown): Promise<unknown>
  postBytes(path: string, body: Uint8Array, timeoutMs?: number): Promise<unknown>
}

const isPassedOver = (kind: ClientErrorKind): boolean => kind === 'unreachable' || kind === 'not-verified'

/** The node forgot the blocks that hold it; another one may keep more. */
export const heightNotKept = 'height-not-kept'

/** A lie is worth more to the user than a refusal, and that more than a closed port. */
const telling = (kind: ClientErrorKind): number => (kind === 'not-verified' ? 2 : kind === 'unreachable' ? 0 : 1)

/**
 * The node for questions that only a proof answers: that it refuses to give one says nothing, so it counts as not reached, but where
 * it says no more than `told`.
 */
export function provingNode(node: NodeConnection, told: readonly ClientErrorKind[] = []): NodeConnection {
  const asked = async (answer: Promise<unknown>): Promise<unknown> => {
    try {
      return await answer
    } catch (error) {
      if (!(error instanceof ClientError) || isPassedOver(error.kind) || told.includes(error.kind)) throw error
      throw new ClientError('unreachable', error.code, `${node.address} gave no proof: ${error.message}`, {
        cause: error,
      })
    }
  }
  return {
    address: node.address,
    get: (path, timeoutMs, signal) => asked(node.get(path, timeoutMs, signal)),
    postJson: (path, body) => asked(node.postJson(path, body)),
    postBytes: (path, body, timeoutMs) => asked(node.postBytes(path, body, timeoutMs)),
  }
}

/** Talks to the first node that answers; a node that cannot be reached, or fails, is passed over for the next. */
export class HttpConnection {
  readonly nodes: readonly string[]
  readonly fetch: Fetch
  readonly #timeoutMs: number

  constructor(options: HttpOptions) {
    if (options.nodes.length === 0)
      throw new ClientError('usage', 'no-node', 'name at least one node, for example http://127.0.0.1:8400')
    this.nodes = options.nodes.map((node) => node.replace(/\/+$/, ''))
    this.fetch = options.fetch ?? platformFetch(options)
    this.#timeoutMs = options.timeoutMs ?? 10_000
  }

  /**
   * Tries the nodes in order until one gives what `attempt` accepts; one that cannot be reached, whose answer is not verified, or that
   * no longer keeps what was asked for is passed over, with `also` one that fails in these ways too. `from` counts which one is first. @throws ClientError the most telling one
   */
  async first<T>(
    attempt: (node: NodeConnection) => Promise<T>,
    { from = 0, also = [] }: { readonly from?: number; readonly also?: readonly ClientErrorKind[] } = {},
  ): Promise<T> {
    let failure: ClientError | undefined
    for (let turn = 0; turn < this.nodes.length; turn++) {
      const address = this.nodes[(from + turn) % this.nodes.length] as string
      try {
        return await attempt(this.at(address))
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        if (!isPassedOver(error.kind) && error.code !== heightNotKept && !also.includes(error.kind)) throw error
        if (failure === undefined || telling(error.kind) > telling(failure.kind)) failure = error
      }
    }
    throw failure ?? new ClientError('unreachable', 'no-node', 'no node answered')
  }

  /** Opens a stream that goes on until the signal aborts. @throws ClientError */
  async open(url: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { origin } = new URL(url)
    const refused = new AbortController()
    const either = AbortSignal.any([signal, refused.signal])
    let response: HttpAnswer
    try {
      response = await this.fetch(url, { headers: { accept: 'text/event-stream' }, signal: either, redirect: 'error' })
    } catch (error) {
      throw new ClientError('unreachable', 'no-connection', `cannot reach ${origin}`, { cause: error })
    }
    if (response.ok) return response
    // Whoever answers with an error says so in the usual time; one that never ends it would hold the caller.
    const timer = setTimeout(() => refused.abort(), this.#timeoutMs)
    const answer = await readBounded(response)
      .then((text) => parseJson(text, origin))
      .catch(() => ({}))
    clearTimeout(timer)
    throw failureOf(response.status, answer, origin)
  }

  at(address: string): NodeConnection {
    return {
      address,
      get: (path, timeoutMs, signal) => this.#ask(address, 'GET', path, undefined, undefined, timeoutMs, signal),
      postJson: (path, body) => this.#ask(address, 'POST', path, JSON.stringify(body), 'application/json'),
      postBytes: (path, body, timeoutMs) =>
        this.#ask(address, 'POST', path, body as Uint8Array<ArrayBuffer>, 'application/octet-stream', timeoutMs),
    }
  }

  async #ask(
    node: string,
    method: string,
    path: string,
    body: HttpRequest['body'],
    contentType: string | undefined,
    timeoutMs = this.#timeoutMs,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const late = AbortSignal.timeout(timeoutMs)
    let response: HttpAnswer
    let text: string
    try {
      response = await this.fetch(node + path, {
        method,
        ...(body === undefined ? {} : { body }),
        ...(contentType ? { headers: { 'content-type': contentType } } : {}),
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        redirect: 'error',
      })
      text = await readBounded(response)
    } catch (error) {
      if (error instanceof ClientError) throw error
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      throw new ClientError(
        'unreachable',
        timedOut ? 'timeout' : 'no-connection',
        timedOut
          ? `${node} did not answer within ${timeoutMs} ms`
          : `cannot reach ${node}; is the node up, and the address right?`,
        { cause: error },
      )
    }
    const json = parseJson(text, node)
    if (response.ok) return json
    throw failureOf(response.status, json, node)
  }
}
