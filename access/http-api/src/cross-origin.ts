import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { Problem } from './problems.ts'

/** What pages from anywhere may read: the ledger, which is public. Metrics and health are for those who run the node. */
const isPublic = (url: string): boolean => url.startsWith('/v1/') || url === '/openapi.json'

/** A name that no page can have had pointed at this machine. */
const isMachineName = (hostname: string): boolean =>
  hostname === 'localhost' || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0

/** For how long a browser may remember the answer to its question whether it may ask. */
const rememberSeconds = 7_200

/**
 * Lets pages of other origins read public answers and send signed transactions (Fetch standard, "CORS protocol"). The API knows no cookies
 * and no sign-in, so a page gets nothing that its user would not get; and it can change nothing without a signature. Over plain HTTP a page
 * can also become of the same origin, by a name of its own that it points at this machine (DNS rebinding): what is not public is
 * therefore told only to who asks for the machine itself. Under TLS no such name fits the certificate. See decision 0035.
 */
export function installCrossOrigin(app: FastifyInstance, { isPlain }: { readonly isPlain: boolean }): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isPublic(request.url)) reply.header('access-control-allow-origin', '*')
    else if (isPlain && !isMachineName(request.hostname))
      throw new Problem(421, 'bad-request', 'ask for this by localhost or an IP address')
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
