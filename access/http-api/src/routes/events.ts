import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { asciiLowerCase, toJson } from '@cresset/core-codec'
import { ledgerNameProblem, readZones } from '@cresset/core-ledger'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { CommitEvent, NodeBackend } from '../backend.ts'
import { noBlock } from '../forgotten-blocks.ts'
import { badRequest, Problem, problemSchema } from '../problems.ts'
import { flag, hash, heightText } from '../schemas.ts'
import { maxWatched, type Watch, watchedPart } from '../watch.ts'

/** Readers that may be connected at once: each holds a socket and a place in the feed. */
const maxReaders = 256
const keepAliveMs = 15_000
/** A reader that takes nothing for this long is let go: it comes back with the last id that it has, and misses nothing. */
const defaultSlowReaderMs = 30_000
/** Blocks that are looked through without a word to the reader, before others get their turn. */
const blocksPerTurn = 64

/** One value or several of a query parameter. */
const several = <T extends z.ZodType<string>>(item: T) => z.union([item, z.array(item).max(maxWatched)]).optional()
const asList = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

const watchQuery = {
  name: several(z.string().min(1).max(255)),
  account: several(hash),
  kind: several(z.string().regex(/^[a-zA-Z]{1,64}$/)),
  watched: flag,
}
interface WatchQuery {
  readonly name?: string | string[] | undefined
  readonly account?: string | string[] | undefined
  readonly kind?: string | string[] | undefined
  /** This form also where nothing narrows it. */
  readonly watched: boolean
}

/** What the query asks for; undefined: whole blocks. @throws Problem */
function watchOf({ name, account, kind, watched }: WatchQuery, backend: NodeBackend): Watch | undefined {
  if (name === undefined && account === undefined && kind === undefined && !watched) return undefined
  const zones = readZones(backend.committed().view)
  const names = asList(name).map((text) => asciiLowerCase(text.replace(/\.$/, '')))
  const wrong = names.find((text) => ledgerNameProblem(text, zones) !== undefined)
  if (wrong !== undefined) throw badRequest(`${wrong} is no name of this ledger; watch a name such as shop.${zones[0]}`)
  return { names: new Set(names), accounts: new Set(asList(account)), kinds: new Set(asList(kind)) }
}

const eventText = (height: number, kind: string, told: unknown): string =>
  `id: ${height}\nevent: ${kind}\ndata: ${JSON.stringify(toJson(told))}\n\n`

/** Of whole blocks: readers of one block share the work, which grows with its transactions. */
const texts = new WeakMap<CommitEvent, string>()

function blockText(event: CommitEvent): string {
  const text = texts.get(event) ?? eventText(event.height, 'commit', event)
  texts.set(event, text)
  return text
}

function watchedText(event: CommitEvent, watch: Watch, backend: NodeBackend): string | undefined {
  const part = watchedPart(event, watch, backend)
  return part && eventText(event.height, 'watched', part)
}

/** Writes when the reader takes it; gives the reader up when it does not. */
async function write(stream: ServerResponse, text: string, closed: AbortSignal, slowReaderMs: number): Promise<void> {
  if (stream.write(text)) return
  const slow = AbortSignal.timeout(slowReaderMs)
  try {
    await once(stream, 'drain', { signal: AbortSignal.any([closed, slow]) })
  } catch (error) {
    if (slow.aborted) stream.destroy()
    throw error
  }
}

export function eventRoutes(app: ApiServer, backend: NodeBackend, slowReaderMs = defaultSlowReaderMs): void {
  let readers = 0
  app.get(
    '/v1/events',
    {
      schema: {
        summary: 'Commits as server-sent events',
        description:
          'One event a block; its id is the height. Reconnect with Last-Event-ID or ?from=HEIGHT and no block is missed while the node keeps it; 410 `height-not-kept` when it begins below the oldest one kept, and the event `pruned` when a slow reader falls behind that. With name, account or kind (each may come several times), or watched=true, one event for each block that touches any of the names or accounts, with what in it does; ids without an event say how far the node has looked. What is told rests on the word of the node.',
        querystring: z.object({ from: heightText.optional(), ...watchQuery }),
        response: { '4xx': problemSchema, 503: problemSchema },
      },
    },
    async (request, reply) => {
      if (readers >= maxReaders)
        throw new Problem(503, 'unavailable', `the node already serves ${maxReaders} readers of events`)
      const watch = watchOf(request.query, backend)
      const lastSeen = request.headers['last-event-id']
      const from =
        typeof lastSeen === 'string' && /^\d{1,15}$/.test(lastSeen) ? Number(lastSeen) + 1 : request.query.from
      const oldest = backend.oldestHeight()
      if (from !== undefined && oldest !== undefined && Math.max(1, from) < oldest)
        throw noBlock(backend, Math.max(1, from))
      const closed = new AbortController()
      reply.raw.on('close', () => closed.abort())
      reply.hijack()
      const stream = reply.raw
      stream.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        connection: 'keep-alive',
      })
      stream.write(': cresset\n\n')
      let height: number | undefined
      const keepAlive = setInterval(() => {
        // An id alone moves the reader's cursor on and is no event (HTML, section 9.2.6).
        const cursor = watch === undefined || height === undefined ? '' : `id: ${height}\n`
        if (!stream.writableNeedDrain) stream.write(`: still here\n${cursor}\n`)
      }, keepAliveMs)
      readers += 1
      let passed = 0
      try {
        for await (const event of backend.events(from, closed.signal)) {
          const text = watch === undefined ? blockText(event) : watchedText(event, watch, backend)
          if (text !== undefined) await write(stream, text, closed.signal, slowReaderMs)
          height = event.height
          if (++passed % blocksPerTurn === 0) await turn()
        }
      } catch (error) {
        if (closed.signal.aborted || stream.destroyed) return
        const { code, message } = error as { code?: unknown; message: string }
        // The status is long sent, so the reason is an event.
        if (code === 'pruned')
          stream.write(`event: pruned\ndata: ${JSON.stringify({ code: 'height-not-kept', detail: message })}\n\n`)
        else request.log.warn({ err: error }, 'event stream ended')
      } finally {
        readers -= 1
        clearInterval(keepAlive)
        stream.end()
      }
    },
  )
}
