import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { handleQuery, type Listener, type ListenerOptions, newCounters, type ResponseBytes } from './listener.ts'

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
  const maxQueuedBytes = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES

  let isOpen = true

  const respond = (query: Uint8Array, client: RemoteInfo): void => {
    // Nobody listens on port 0; the packet is forged.
    if (client.port === 0) return
    const response = handleQuery(options, counters, query, 'udp', client.address)
    if (response instanceof Promise) void response.then((later) => send(later, client))
    else if (response instanceof Uint8Array) send(response, client)
  }

  const send = (response: ResponseBytes, client: RemoteInfo): void => {
    if (response === undefined || !isOpen) return
    if (socket.getSendQueueSize() > maxQueuedBytes) {
      counters.dropped += 1
      return
    }
    counters.responses += 1
    socket.send(response, client.port, client.address, (error) => {
      // Unreachable clients and full system buffers are the network's matter: the client asks again.
      if (error !== null) counters.dropped += 1
    })
  }

  socket.bind({ address: options.address, port: options.port, exclusive: true })
  await once(socket, 'listening')
  socket.on('message', respond)
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
      socket.off('message', respond)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
