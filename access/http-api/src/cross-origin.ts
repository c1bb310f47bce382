import type { FastifyInstance } from 'fastify'

/** What pages from anywhere may read: the ledger, which is public. Metrics and health are for those who run the node. */
const isPublic = (url: string): boolean => url.startsWith('/v1/') || url === '/openapi.json'

/** For how long a browser may remember the answer to its question whether it may ask. */
const rememberSeconds = 7_200

/**
 * Lets pages of other origins read public answers and send signed transactions (Fetch standard, "CORS protocol"). The API knows no cookies
 * and no sign-in, so a page gets nothing that its user would not get; and it can change nothing without a signature.
 */
export function installCrossOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isPublic(request.url)) reply.header('access-control-allow-origin', '*')
  })
  app.options('/v1/*', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', 'content-type, last-event-id')
      .header('access-control-max-age', String(rememberSeconds))
      .send(),
  )
}
