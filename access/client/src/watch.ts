import { toHex } from '@cresset/core-codec'
import type { Client } from './client.ts'
import { ClientError } from './client-error.ts'
import { heightNotKept, type NodeConnection } from './http.ts'
import { EventReader, EventTooLong } from './server-sent-events.ts'

export interface WatchOptions {
  /** Names and accounts, any of which a block must touch; all when both are empty. */
  readonly names?: readonly string[]
  readonly accounts?: readonly Uint8Array[]
  /** Kinds of transactions and events, such as `transfer` or `hostPublished`; each when empty. */
  readonly kinds?: readonly string[]
  /** First height to be told of; from now on when absent. */
  readonly from?: number
  /** Ends the watch. */
  readonly signal?: AbortSignal
  /** Told once from which height on nothing is missed any more. */
  readonly onBegin?: (from: number) => void
  /** Told each time that no node holds the line; the watch goes on by itself. */
  readonly onBroken?: (error: ClientError) => void
}

/** A block in which something watched happened, in the JSON form of the API. */
export interface WatchedBlock {
  readonly height: number
  readonly timeMs: number
  readonly transactions: readonly WatchedTransactionJson[]
  readonly blockEvents: readonly WatchedEventJson[]
}
export interface WatchedTransactionJson {
  readonly id: string
  readonly kind: string
  readonly code: string
  readonly events: readonly WatchedEventJson[]
}
export interface WatchedEventJson {
  readonly kind: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Bytes of JSON that one block's part may have. */
const maxEventCharacters = 16 * 1024 * 1024
/** The node says something every 15 s. */
const silenceMs = 45_000
const firstPauseMs = 250
const longestPauseMs = 15_000

/**
 * Follows what happens to names and accounts, in order and without a gap: when a node goes, the watch goes on at the next one where it
 * stood. Where that one is behind, a block can be told twice. What is told rests on the word of a node. A lie can only be a hint too many or one left out: read what matters
 * through `client.query` when a hint comes, and now and then without.
 * @throws ClientError `not-found` with the code `height-not-kept` when none of the nodes keeps the blocks from where to go on; `usage` when they refuse the question
 */
export async function* watch(client: Client, options: WatchOptions = {}): AsyncGenerator<WatchedBlock> {
  const { connection } = client
  const query = new URLSearchParams()
  for (const name of options.names ?? []) query.append('name', name)
  for (const account of options.accounts ?? []) query.append('account', toHex(account))
  for (const kind of options.kinds ?? []) query.append('kind', kind)
  // Without it, and without a filter, the node tells of whole blocks in another form.
  query.append('watched', 'true')
  const signal = options.signal ?? new AbortController().signal
  let next = options.from ?? (await connection.first(headHeight)) + 1
  options.onBegin?.(next)
  let pauseMs = firstPauseMs
  /** Nodes in a row that no longer keep the blocks from `next` on. */
  let forgetful = 0
  for (let turn = 0; !signal.aborted; turn++) {
    const node = connection.nodes[turn % connection.nodes.length] ?? ''
    try {
      // A node that told of heights that are not there must not make the next one silent until they are.
      if (turn > 0) next = Math.min(next, (await headHeight(connection.at(node))) + 1)
      query.set('from', String(next))
      for await (const { block, cursor } of follow(client, `${node}/v1/events?${query}`, signal)) {
        pauseMs = firstPauseMs
        forgetful = 0
        // Another node may begin earlier than asked; nothing is told twice.
        if (block !== undefined && block.height >= next) yield block
        next = Math.max(next, cursor + 1)
      }
      forgetful = 0
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ClientError)) throw error
      const isForgotten = error.code === heightNotKept
      if (!isForgotten && error.kind !== 'unreachable') throw error
      // One that cannot be reached may be the one that keeps more.
      forgetful = isForgotten ? forgetful + 1 : 0
      if (forgetful === connection.nodes.length) throw error
      options.onBroken?.(error)
      if (isForgotten) continue
    }
    if (signal.aborted) return
    await pause(pauseMs, signal)
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }
}

/** The newest height that a node tells of. */
async function headHeight(node: NodeConnection): Promise<number> {
  const { height } = (await node.get('/v1/status')) as { height?: unknown }
  if (typeof height === 'number' && Number.isSafeInteger(height) && height >= 0) return height
  throw new ClientError('unreachable', 'bad-answer', 'the node does not tell its height')
}

interface Told {
  readonly block: WatchedBlock | undefined
  readonly cursor: number
}

async function* follow(client: Client, url: string, signal: AbortSignal): AsyncGenerator<Told> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  signal.addEventListener('abort', end, { once: true })
  let timer = setTimeout(end, silenceMs)
  try {
    const response = await client.connection.open(url, ending.signal)
    const reader = new EventReader(maxEventCharacters)
    const stream = response.body?.getReader()
    for (;;) {
      const part = await stream?.read()
      if (part?.value === undefined || part.done) return
      clearTimeout(timer)
      timer = setTimeout(end, silenceMs)
      for (const { event, data } of reader.read(part.value)) {
        if (event === 'pruned')
          throw new ClientError(
            'not-found',
            heightNotKept,
            'the node no longer keeps the blocks from there on: read the state, and watch from now',
          )
        if (event === 'watched') {
          const block = readBlock(data)
          yield { block, cursor: block.height }
        }
      }
      if (/^\d{1,15}$/.test(reader.lastEventId)) yield { block: undefined, cursor: Number(reader.lastEventId) }
    }
  } catch (error) {
    if (error instanceof ClientError) throw error
    const why = error instanceof EventTooLong ? error.message : 'the event stream broke off'
    throw new ClientError('unreachable', 'stream-broken', why, { cause: error })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    end()
  }
}

function readBlock(data: string): WatchedBlock {
  let block: Partial<WatchedBlock> | null
  try {
    block = JSON.parse(data) as Partial<WatchedBlock> | null
  } catch {
    block = null
  }
  const isEvent = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && typeof (value as { kind?: unknown }).kind === 'string'
  const isTransaction = (value: unknown): boolean =>
    isEvent(value) &&
    typeof (value as { id?: unknown }).id === 'string' &&
    Array.isArray((value as { events?: unknown }).events)
  if (
    typeof block !== 'object' ||
    block === null ||
    !Number.isSafeInteger(block.height) ||
    !Number.isSafeInteger(block.timeMs) ||
    !Array.isArray(block.transactions) ||
    !block.transactions.every(isTransaction) ||
    !Array.isArray(block.blockEvents) ||
    !block.blockEvents.every(isEvent)
  ) {
    throw new ClientError('unreachable', 'bad-answer', 'the node sent an event that has not the form of a block')
  }
  return block as WatchedBlock
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
