import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { isInPrefixes } from '../transfer/prefix.ts'
import { handleQuery, type Listener, type ListenerOptions, newCounters, type ResponseBytes } from './listener.ts'
import { readProxyHeader } from './proxy-header.ts'

export interface UdpListenerOptions extends ListenerOptions {
  /** Responses that wait in the process for the system to take them; more are dropped. Default 1 MiB. */
  readonly maxQueuedBytes?: number
  /** Socket buffer for queries that wait. Default: the system's. */
  readonly receiveBufferBytes?: number
}

const DEFAULT_MAX_QUEUED_BYTES = 2 ** 20

/** Answers queries on one UDP address. Rejects with the system's error when the address cannot be bound. */
export async function listenUdp(options: UdpListenerOptions): Promise<Listener> {
  const isV6 = isIPv6(options.address)
  const socket = isV6 ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4')
  const counters = newCounters()
  const { proxyFrom } = options
  const maxQueuedBytes = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES

  let isOpen = true

  const receive = (message: Uint8Array, sender: RemoteInfo): void => {
    // Nobody listens on port 0; the packet is forged.
    if (sender.port === 0) return
    if (proxyFrom === undefined) {
      respond(message, sender.address, sender)
      return
    }
    const header = isInPrefixes(sender.address, proxyFrom) ? readProxyHeader(message) : 'malformed'
    if (typeof header === 'string') counters.dropped += 1
    else respond(message.subarray(header.length), header.client ?? sender.address, sender)
  }

  /** The answer goes to who sent the query, which may have passed it on for the client. */
  const respond = (query: Uint8Array, client: string, sender: RemoteInfo): void => {
    const response = handleQuery(options, counters, query, 'udp', client)
    if (response instanceof Promise) void response.then((later) => send(later, sender))
    else if (response instanceof Uint8Array) send(response, sender)
  }

  const send = (response: ResponseBytes, { address, port }: RemoteInfo): void => {
    if (response === undefined || !isOpen) return
    if (socket.getSendQueueSize() > maxQueuedBytes) {
      counters.dropped += 1
      return
    }
    counters.responses += 1
    socket.send(response, port, address, (error) => {
      // Unreachable clients and full system buffers are the network's matter: the client asks again.
      if (error !== null) counters.dropped += 1
    })
  }

  socket.bind({ address: options.address, port: options.port, exclusive: true })
  await once(socket, 'listening')
  socket.on('message', receive)
  // ICMP errors of earlier responses surface here and concern no query of ours.
  socket.on('error', () => {
    counters.dropped += 1
  })
  if (options.receiveBufferBytes !== undefined) socket.setRecvBufferSize(options.receiveBufferBytes)
  const { address, port } = socket.address()
  return {
    address,
    port,
    counters,
    async close() {
      isOpen = false
      socket.off('message', receive)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
