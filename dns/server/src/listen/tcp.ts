import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { clientAddressBytes } from '../client-address.ts'
import { handleQuery, type Listener, type ListenerOptions, newCounters } from './listener.ts'
import { TcpConnection } from './tcp-connection.ts'

export interface TcpListenerOptions extends ListenerOptions {
  /** Default 1024. */
  readonly maxConnections?: number
  /** Connections of one IPv4 address or one IPv6 /64 network. Default 64. */
  readonly maxConnectionsPerClient?: number
  /** A connection without a completed query or taken answer for this long is closed. Default 10 s (RFC 7766 section 6.2.3). */
  readonly idleTimeoutMs?: number
  /** Greatest query in bytes. Default 4096. */
  readonly maxQueryBytes?: number
  /** Answers that one client has not taken before its further queries wait. Default 256 KiB. */
  readonly maxQueuedBytes?: number
  /** Queries of one client that a handler answers later, at the same time. Default 16. */
  readonly maxUnanswered?: number
  /** How long `close` lets clients take their last answers. Default 1 s. */
  readonly closeGraceMs?: number
}

export const DEFAULT_IDLE_TIMEOUT_MS = 10_000

/** Of an IPv6 address, those of its network. */
const NETWORK_BYTES = 8

const DEFAULTS = {
  maxConnections: 1024,
  maxConnectionsPerClient: 64,
  idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
  maxQueryBytes: 4096,
  maxQueuedBytes: 256 * 1024,
  maxUnanswered: 16,
  closeGraceMs: 1000,
} as const

/** Answers queries on one TCP address. Rejects with the system's error when the address cannot be bound. */
export async function listenTcp(given: TcpListenerOptions): Promise<Listener> {
  const options = { ...DEFAULTS, ...given }
  const counters = newCounters()
  const connections = new Set<TcpConnection>()
  const countByClient = new Map<string, number>()
  const now = (): number => performance.now()

  const accept = (socket: Socket): void => {
    const address = socket.remoteAddress ?? ''
    const client = clientKey(address)
    const count = countByClient.get(client) ?? 0
    // A reset is no error of ours, and an unheard 'error' event would end the process.
    socket.on('error', () => socket.destroy())
    if (connections.size >= options.maxConnections || count >= options.maxConnectionsPerClient) {
      counters.dropped += 1
      socket.destroy()
      return
    }
    countByClient.set(client, count + 1)
    socket.setNoDelay(true)
    const connection = new TcpConnection(
      socket,
      options,
      (query) => handleQuery(options, counters, query, 'tcp', address),
      () => {
        counters.responses += 1
      },
      now,
    )
    connections.add(connection)
    socket.on('close', () => {
      connections.delete(connection)
      const left = (countByClient.get(client) ?? 1) - 1
      if (left === 0) countByClient.delete(client)
      else countByClient.set(client, left)
    })
  }

  const server = createServer({ allowHalfOpen: true }, accept)
  server.listen({ host: options.address, port: options.port, exclusive: true, ipv6Only: true })
  await once(server, 'listening')
  server.on('error', () => {
    counters.dropped += 1
  })
  // One sweep for all connections instead of a timer for each.
  const sweep = setInterval(
    () => {
      const oldest = now() - options.idleTimeoutMs
      for (const connection of connections) if (connection.lastProgressMs < oldest) connection.destroy()
    },
    Math.max(10, Math.min(1000, options.idleTimeoutMs / 4)),
  )
  sweep.unref()
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    port,
    counters,
    async close() {
      clearInterval(sweep)
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.end()
      const grace = setTimeout(() => {
        for (const connection of connections) connection.destroy()
      }, options.closeGraceMs)
      await closed
      clearTimeout(grace)
    },
  }
}

/** One household or host: an IPv4 address, or the /64 that an IPv6 client chooses its address from. */
export function clientKey(address: string): string {
  return clientAddressBytes(address)?.subarray(0, NETWORK_BYTES).join('.') ?? address
}
