import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'

/** RFC 9457 problem details. `code` is from a closed set: the ledger's rejection codes or one of {@link apiCodes}. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
})

/** Codes that the API itself gives, apart from the ledger's. */
export const apiCodes = {
  'bad-request': 'The request does not have the form that /openapi.json states.',
  'not-found': 'There is no such thing at the height that the node has committed.',
  'too-large': 'The body is larger than the node accepts.',
  'not-final': 'The transaction was not in a final block within the time allowed; ask for it again by its id.',
  'height-not-kept': 'The node no longer keeps, or does not yet have, that height.',
  unavailable: 'The node cannot answer now; try again or ask another node.',
  internal: 'The node failed to answer; its log has the cause.',
} as const
export type ApiCode = keyof typeof apiCodes

export class Problem extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

export const notFound = (detail: string) => new Problem(404, 'not-found', detail)
export const badRequest = (detail: string) => new Problem(400, 'bad-request', detail)

const titles: Record<number, string> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Refused',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
  504: 'Not final in time',
}

function send(reply: FastifyReply, status: number, code: string, detail: string) {
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ type: `urn:cresset:problem:${code}`, title: titles[status] ?? 'Error', status, detail, code })
}

/** What the framework refuses before any route is known: an address that cannot be read, or with too long a part. */
export function refuseRequest(error: Error & { statusCode?: number }, _request: unknown, reply: FastifyReply): void {
  send(reply, error.statusCode ?? 400, 'bad-request', error.message.slice(0, 200))
}

/** Bytes of a refused body that are read and thrown away before the answer, and for how long. */
const maxDiscardedBytes = 32 * 1024 * 1024
const maxDiscardMs = 10_000

function discardBody(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const finish = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', finish).off('close', finish)
      resolve()
    }
    const count = (chunk: Uint8Array): void => {
      bytes += chunk.length
      if (bytes > maxDiscardedBytes) finish()
    }
    const timer = setTimeout(finish, maxDiscardMs)
    if (request.readableEnded || request.destroyed) return finish()
    request.on('data', count).on('end', finish).on('close', finish).resume()
  })
}

/** Turns every failure into problem details; a stack trace goes to the log and never to the client. */
export function installProblems(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    send(reply, 404, 'not-found', `no route ${request.method} ${request.url.slice(0, 200)}; see /openapi.json`),
  )
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error instanceof Problem) return send(reply, error.status, error.code, error.message)
    if (hasZodFastifySchemaValidationErrors(error)) {
      const first = error.validation[0]
      const place = `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}`
      return send(reply, 400, 'bad-request', `${place}: ${first?.message ?? 'not valid'}`)
    }
    const status = error.statusCode ?? 500
    if (status === 413) {
      // A client that still writes would get a reset connection in place of the answer.
      return discardBody(request.raw).then(() =>
        send(reply, 413, 'too-large', 'the body is larger than this route accepts'),
      )
    }
    if (status >= 400 && status < 500) return send(reply, status, 'bad-request', error.message)
    request.log.error({ err: error }, 'request failed')
    return send(reply, 500, 'internal', apiCodes.internal)
  })
}
