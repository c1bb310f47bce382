import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { toJson } from '@cresset/core-codec'
import { z } from 'zod'
import type { ApiServer } from '../api-server.ts'
import type { NodeBackend } from '../backend.ts'
import { Problem, problemSchema } from '../problems.ts'
import { heightText } from '../schemas.ts'

/** Readers that may be connected at once: each holds a socket and a place in the feed. */
const maxReaders = 256
const keepAliveMs = 15_000

export function eventRoutes(app: ApiServer, backend: NodeBackend): void {
  let readers = 0
  app.get(
    '/v1/events',
    {
      schema: {
        summary: 'Commits as server-sent events',
        description:
          'One event a block; its id is the height. Reconnect with Last-Event-ID or ?from=HEIGHT and no block is missed while the node keeps it.',
        querystring: z.object({ from: heightText.optional() }),
        response: { '4xx': problemSchema, 503: problemSchema },
      },
    },
    async (request, reply) => {
      if (readers >= maxReaders)
        throw new Problem(503, 'unavailable', `the node already serves ${maxReaders} readers of events`)
      const lastSeen = request.headers['last-event-id']
      const from =
        typeof lastSeen === 'string' && /^\d{1,15}$/.test(lastSeen) ? Number(lastSeen) + 1 : request.query.from
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
      const keepAlive = setInterval(() => stream.write(': still here\n\n'), keepAliveMs)
      readers += 1
      try {
        for await (const event of backend.events(from, closed.signal)) {
          const more = stream.write(`id: ${event.height}\nevent: commit\ndata: ${JSON.stringify(toJson(event))}\n\n`)
          if (!more) await once(stream, 'drain', { signal: closed.signal })
        }
      } catch (error) {
        if (closed.signal.aborted) return
        const { code, message } = error as { code?: unknown; message: string }
        // The status is long sent, so the reason is an event.
        if (code === 'pruned') stream.write(`event: pruned\ndata: ${JSON.stringify({ detail: message })}\n\n`)
        else request.log.warn({ err: error }, 'event stream ended')
      } finally {
        readers -= 1
        clearInterval(keepAlive)
        stream.end()
      }
    },
  )
}
