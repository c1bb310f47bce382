import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Listen, listenToText } from '../folder/listen.ts'

export interface MetricsEndpointOptions {
  readonly listen: Listen
  /** Prometheus text. */
  metrics(): Promise<string>
  /** What keeps the server from its work, a line each; none when it is well. */
  problems(): readonly string[]
  /** Told of a fault of the program; the request then ends without an answer. */
  readonly onFailure: (error: Error) => void
}

export interface MetricsEndpoint {
  /** `HOST:PORT` */
  readonly endpoint: string
  close(): Promise<void>
}

const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
}
const MAX_CONNECTIONS = 64

/** `/metrics` for Prometheus and `/health` for load balancers, by plain HTTP. Rejects with the system's error when it cannot listen. */
export async function serveMetrics(options: MetricsEndpointOptions): Promise<MetricsEndpoint> {
  const server = createServer(LIMITS, (request, response) => {
    respond(options, request, response).catch((error: Error) => {
      options.onFailure(error)
      response.destroy()
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  server.listen({ host: options.listen.host, port: options.listen.port })
  await once(server, 'listening')
  // Such as no descriptor for a connection: it goes on with the next one.
  server.on('error', options.onFailure)
  const { address, port } = server.address() as AddressInfo
  return {
    endpoint: listenToText({ host: address, port }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function respond(
  { metrics, problems }: MetricsEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  const [path] = (request.url ?? '').split('?')
  if (path !== '/metrics' && path !== '/health') {
    send(404, 'text/plain', 'here are /metrics and /health\n')
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    send(405, 'text/plain', 'only GET and HEAD\n')
  } else if (path === '/metrics') {
    send(200, 'text/plain; version=0.0.4; charset=utf-8', await metrics())
  } else {
    const found = problems()
    const isHealthy = found.length === 0
    send(isHealthy ? 200 : 503, 'application/json', `${JSON.stringify({ healthy: isHealthy, problems: found })}\n`)
  }
}
