import { isIP } from 'node:net'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { withSchemaTypes } from './api-server.ts'
import type { NodeBackend } from './backend.ts'
import { installCrossOrigin } from './cross-origin.ts'
import { describeRoutes } from './describe-routes.ts'
import { installProblems, refuseRequest } from './problems.ts'
import { accountTransactionRoutes } from './routes/account-transactions.ts'
import { accountRoutes } from './routes/accounts.ts'
import { addressRoutes } from './routes/addresses.ts'
import { agreementRoutes } from './routes/agreements.ts'
import { blockRoutes } from './routes/blocks.ts'
import { delegationRoutes } from './routes/delegations.ts'
import { eventRoutes } from './routes/events.ts'
import { headerRoutes } from './routes/headers.ts'
import { memberRoutes } from './routes/members.ts'
import { nameRoutes } from './routes/names.ts'
import { notarizationRoutes } from './routes/notarizations.ts'
import { offerRoutes } from './routes/offers.ts'
import { proofRoutes } from './routes/proofs.ts'
import { recordRoutes } from './routes/records.ts'
import { renewalRoutes } from './routes/renewals.ts'
import { statementRoutes } from './routes/statements.ts'
import { statusRoutes } from './routes/status.ts'
import { transactionRoutes } from './routes/transactions.ts'
import { zodCompilers } from './zod-compilers.ts'

export interface ApiOptions {
  readonly host: string
  readonly port: number
  /** PEM. Needed for every address that is not loopback. */
  readonly tls?: { readonly key: string; readonly certificate: string }
  readonly requestTimeoutMs?: number
  readonly maxConnections?: number
  /** A reader of events that takes nothing for this long is let go. */
  readonly slowReaderMs?: number
  readonly logger?: FastifyBaseLogger
}

export interface Api {
  readonly url: string
  close(): Promise<void>
}

/** Greatest body of one JSON request, in bytes. Routes that take transactions set their own limit. */
const maxJsonBodyBytes = 64 * 1024

export class ApiConfigurationError extends Error {}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function installRoutes(instance: FastifyInstance, backend: NodeBackend, slowReaderMs: number | undefined): void {
  const typed = withSchemaTypes(instance)
  transactionRoutes(typed, backend)
  nameRoutes(typed, backend)
  delegationRoutes(typed, backend)
  offerRoutes(typed, backend)
  statementRoutes(typed, backend)
  renewalRoutes(typed, backend)
  accountRoutes(typed, backend)
  accountTransactionRoutes(typed, backend)
  addressRoutes(typed, backend)
  notarizationRoutes(typed, backend)
  agreementRoutes(typed, backend)
  memberRoutes(typed, backend)
  proofRoutes(typed, backend)
  recordRoutes(typed, backend)
  blockRoutes(typed, backend)
  headerRoutes(typed, backend)
  statusRoutes(typed, backend)
  eventRoutes(typed, backend, slowReaderMs)
}

/** Builds the server without listening: for tests and for the OpenAPI document. */
export async function buildApi(backend: NodeBackend, options: Omit<ApiOptions, 'host' | 'port'> = {}) {
  const app: FastifyInstance = fastify({
    bodyLimit: maxJsonBodyBytes,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    connectionTimeout: 0,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: refuseRequest,
    ...zodCompilers,
    ...(options.logger ? { loggerInstance: options.logger, disableRequestLogging: true } : {}),
    // Fastify types http and https servers apart; the routes do not care which it is.
    ...(options.tls
      ? ({ https: { key: options.tls.key, cert: options.tls.certificate, minVersion: 'TLSv1.3' } } as object)
      : {}),
  })
  app.server.maxConnections = options.maxConnections ?? 1024
  installProblems(app)
  installCrossOrigin(app, { isPlain: options.tls === undefined })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  await app.register(async (instance) => installRoutes(instance, backend, options.slowReaderMs))
  let document: Promise<object> | undefined
  app.get('/openapi.json', { schema: { hide: true } }, () => {
    document ??= describeRoutes((instance) => installRoutes(instance, backend, options.slowReaderMs))
    return document
  })
  await app.ready()
  return app
}

/**
 * Serves the API. Plain HTTP on loopback only.
 * @throws ApiConfigurationError for another address without TLS; the listen error (EADDRINUSE …) as Node gives it.
 */
export async function createApi(backend: NodeBackend, options: ApiOptions): Promise<Api> {
  if (!options.tls && !isLoopback(options.host)) {
    throw new ApiConfigurationError(
      `the API on ${options.host} needs TLS: give a key and a certificate, or listen on 127.0.0.1`,
    )
  }
  const app = await buildApi(backend, options)
  await app.listen({ host: options.host, port: options.port })
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `${options.tls ? 'https' : 'http'}://${host}:${port}`, close: () => app.close() }
}
