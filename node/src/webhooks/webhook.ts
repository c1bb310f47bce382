import { type CommitEvent, type NodeBackend, type Watch, watchedPart } from '@cresset/access-http-api'
import { toHex, toJson } from '@cresset/core-codec'
import type { CursorStore } from './webhook-cursor.ts'
import type { WebhookSettings } from './webhook-file.ts'
import { type PostResult, postWebhook, type WebhookMessage } from './webhook-post.ts'
import type { WebhookSigner } from './webhook-secret.ts'

export interface WebhookParts {
  readonly settings: Pick<WebhookSettings, 'id' | 'url' | 'names' | 'accounts' | 'kinds' | 'allowPrivateAddresses'>
  readonly signers: readonly WebhookSigner[]
  readonly cursor: CursorStore
  readonly backend: Pick<NodeBackend, 'chainId' | 'transactionsOf' | 'events' | 'committed' | 'oldestHeight'>
  readonly log: (level: 'info' | 'warn' | 'error', details: object, text: string) => void
  /** Pauses between the attempts for one message; after the last the webhook ends until the node starts again. */
  readonly retryMs?: readonly number[]
  readonly timeoutMs?: number
}

/** Ten attempts over three days, as Standard Webhooks advises. */
const defaultRetryMs = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * 1_000)
const defaultTimeoutMs = 15_000
/** Blocks with nothing to tell for each write of the cursor, which waits for the disk. */
const blocksPerWrite = 64
const longestRetryAfterMs = 86_400_000

/**
 * Tells one receiver, in order and one message at a time, what happens to what it watches. A message counts as told once it was taken and
 * the cursor is on disk, so that after a crash the newest one may come again, and none is left out.
 */
export class Webhook {
  readonly #parts: WebhookParts
  readonly #watch: Watch
  readonly #ending = new AbortController()
  readonly #ended: Promise<void>

  constructor(parts: WebhookParts) {
    this.#parts = parts
    const { names, accounts, kinds } = parts.settings
    this.#watch = { names: new Set(names), accounts: new Set(accounts), kinds: new Set(kinds) }
    this.#ended = this.#run().catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.#tell('error', { error: String(error) }, 'a webhook has ended')
    })
  }

  /** Ends an attempt that is on its way; it is made again at the next start. */
  async close(): Promise<void> {
    this.#ending.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { backend, cursor } = this.#parts
    const { signal } = this.#ending
    let from = await cursor.read()
    if (from === undefined) {
      from = { height: backend.committed().height + 1 }
      await cursor.write(from)
    }
    let unwritten = 0
    for (;;) {
      try {
        for await (const event of backend.events(from.height, signal)) {
          if (!(await this.#tellOf(event, event.height === from.height ? from.lastId : undefined))) return
          from = { height: event.height + 1 }
          // What is told is on disk already. Blocks with nothing to tell are looked at again after a restart.
          if (++unwritten % blocksPerWrite === 0) await cursor.write(from)
        }
        return
      } catch (error) {
        if (signal.aborted || (error as { code?: unknown }).code !== 'pruned') throw error
        const oldest = backend.oldestHeight() ?? 0
        const height: number = oldest > from.height ? oldest : backend.committed().height + 1
        this.#tell(
          'error',
          { from: from.height, to: height - 1 },
          'blocks that a webhook was not told of are no longer kept',
        )
        if (!(await this.#deliver(this.#gap(from.height, height - 1)))) return
        from = { height }
        await cursor.write(from)
      }
    }
  }

  /** False when the receiver takes no more. */
  async #tellOf(event: CommitEvent, lastId: string | undefined): Promise<boolean> {
    const messages = this.#messagesOf(event)
    const told = messages.findIndex(({ id }) => id === lastId)
    for (const message of messages.slice(told + 1)) {
      if (!(await this.#deliver(message))) return false
      await this.#parts.cursor.write({ height: event.height, lastId: message.id })
    }
    return true
  }

  #messagesOf(event: CommitEvent): WebhookMessage[] {
    const { backend } = this.#parts
    const part = watchedPart(event, this.#watch, backend)
    if (part === undefined) return []
    const { height, timeMs } = part
    return [
      ...part.transactions.map(({ id, kind, code, events }) =>
        this.#message(`tx-${toHex(id)}`, `transaction.${kind}`, timeMs, { height, id, code, events }),
      ),
      ...part.blockEvents.map((blockEvent) =>
        this.#message(`event-${height}-${event.blockEvents.indexOf(blockEvent)}`, `event.${blockEvent.kind}`, timeMs, {
          height,
          ...blockEvent.body,
        }),
      ),
    ]
  }

  #gap(from: number, to: number): WebhookMessage {
    return this.#message(`gap-${from}-${to}`, 'gap', this.#parts.backend.committed().timeMs, { from, to })
  }

  #message(name: string, type: string, timeMs: number, data: object): WebhookMessage {
    const { chainId } = this.#parts.backend
    const body = JSON.stringify(toJson({ type, timestamp: new Date(timeMs).toISOString(), chainId, data }))
    return { id: `${chainId}-${name}`.replaceAll('.', '_'), body }
  }

  /** False when the receiver wants no more, or took nothing at all attempts. */
  async #deliver(message: WebhookMessage): Promise<boolean> {
    const { settings, signers, retryMs = defaultRetryMs, timeoutMs = defaultTimeoutMs } = this.#parts
    const { signal } = this.#ending
    for (let attempt = 0; ; attempt++) {
      const result: PostResult = await postWebhook(message, {
        ...settings,
        signers,
        timeoutMs,
        signal,
        nowMs: Date.now(),
      })
      if (signal.aborted) return false
      if (result.kind === 'taken') {
        if (attempt > 0) this.#tell('info', { message: message.id, attempts: attempt + 1 }, 'a webhook is taken again')
        return true
      }
      const pauseMs = retryMs[attempt]
      if (result.kind === 'gone' || pauseMs === undefined) {
        const reason = result.kind === 'gone' ? 'the receiver wants no more (410)' : result.reason
        this.#tell('error', { message: message.id, reason }, 'a webhook has ended until the node starts again')
        return false
      }
      this.#tell(
        'warn',
        { message: message.id, reason: result.reason, attempt: attempt + 1 },
        'a webhook was not taken',
      )
      // Jitter: receivers that fell together shall not be asked together.
      const wantedMs = Math.max(
        pauseMs * (0.8 + 0.4 * Math.random()),
        Math.min(result.retryAfterMs ?? 0, longestRetryAfterMs),
      )
      if (!(await pause(wantedMs, signal))) return false
    }
  }

  #tell(level: 'info' | 'warn' | 'error', details: object, text: string): void {
    this.#parts.log(level, { webhook: this.#parts.settings.id, ...details }, text)
  }
}

/** False when the signal came first. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
