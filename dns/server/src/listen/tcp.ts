import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { clientKey } from '../client-address.ts'
import { isInPrefixes } from '../transfer/prefix.ts'
import { handleQuery, type Listener, type ListenerOptions, newCounters, type SecureChannel } from './listener.ts'
import { ProxiedSocket } from './proxied-socket.ts'
import { TcpConnection } from './tcp-connection.ts'

/** Makes a connection secure. `onSecure` is called once, or the socket is destroyed. */
export type Secure = (socket: Socket, onSecure: (secured: Socket, channel: SecureChannel) => void) => void

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

const DEFAULTS = {
  maxConnections: 1024,
  maxConnectionsPerClient: 64,
  idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
  maxQueryBytes: 4096,
  maxQueuedBytes: 256 * 1024,
  maxUnanswered: 16,
  closeGraceMs: 1000,
} as const

/** A connection that is open, or on its way to be. */
type Connection = Pick<TcpConnection, 'lastProgressMs' | 'end' | 'destroy'>

/**
 * Answers queries on one TCP address. Rejects with the system's error when the address cannot be bound. With `secure` connections are made so
 * first; they count from the moment on when they are accepted, and their time is that of idle ones.
 */
export async function listenTcp(given: TcpListenerOptions, secure?: Secure): Promise<Listener> {
  const options = { ...DEFAULTS, ...given }
  const counters = newCounters()
  const connections = new Set<Connection>()
  const countByClient = new Map<string, number>()
  const now = (): number => performance.now()

  const drop = (socket: Socket): void => {
    counters.dropped += 1
    socket.destroy()
  }

  const accept = (socket: Socket): void => {
    const address = socket.remoteAddress ?? ''
    const { proxyFrom } = options
    // A reset is no error of ours, and an unheard 'error' event would end the process.
    socket.on('error', () => socket.destroy())
    if (connections.size >= options.maxConnections) drop(socket)
    else if (proxyFrom === undefined) admit(socket, address)
    else if (!isInPrefixes(address, proxyFrom)) drop(socket)
    else {
      const unknown = new ProxiedSocket(
        socket,
        ({ client }, rest) => {
          connections.delete(unknown)
          admit(socket, client ?? address)?.receive(rest)
        },
        () => {
          counters.dropped += 1
        },
        now(),
      )
      connections.add(unknown)
      socket.on('close', () => connections.delete(unknown))
    }
  }

  const admit = (socket: Socket, address: string): TcpConnection | undefined => {
    const client = clientKey(address)
    const count = countByClient.get(client) ?? 0
    if (count >= options.maxConnectionsPerClient) {
      drop(socket)
      return undefined
    }
    countByClient.set(client, count + 1)
    socket.setNoDelay(true)
    socket.on('close', () => {
      const left = (countByClient.get(client) ?? 1) - 1
      if (left === 0) countByClient.delete(client)
      else countByClient.set(client, left)
    })
    if (secure === undefined) return open(socket, address)
    const unsecured = { lastProgressMs: now(), end: () => socket.destroy(), destroy: () => socket.destroy() }
    connections.add(unsecured)
    socket.on('close', () => {
      if (connections.delete(unsecured)) counters.dropped += 1
    })
    secure(socket, (secured, channel) => {
      connections.delete(unsecured)
      open(secured, address, channel)
    })
    return undefined
  }

  const open = (socket: Socket, address: string, channel?: SecureChannel): TcpConnection => {
    const connection = new TcpConnection(
      socket,
      options,
      (query) => handleQuery(options, counters, query, 'tcp', address, channel),
      () => {
        counters.responses += 1
      },
      now,
    )
    connections.add(connection)
    socket.on('close', () => connections.delete(connection))
    return connection
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
