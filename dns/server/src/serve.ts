import { answer } from './answer/answer.ts'
import type { AnswerLimits } from './answer/limits.ts'
import type { Listener, QueryHandler } from './listen/listener.ts'
import { listenTcp, type TcpListenerOptions } from './listen/tcp.ts'
import { listenUdp, type UdpListenerOptions } from './listen/udp.ts'
import type { ZoneSource } from './zone-source.ts'

export interface DnsServerOptions {
  readonly address: string
  /** One port for UDP and TCP; 0 takes one that is free for both. */
  readonly port: number
  /** What the default handler answers from, or a handler of one's own. */
  readonly source: ZoneSource | QueryHandler
  readonly maxUdpBytes?: number
  readonly udp?: Omit<UdpListenerOptions, 'address' | 'port' | 'handler'>
  readonly tcp?: Omit<TcpListenerOptions, 'address' | 'port' | 'handler'>
}

export interface DnsServer {
  readonly address: string
  readonly port: number
  readonly udp: Listener
  readonly tcp: Listener
  close(): Promise<void>
}

/** Another program may hold the UDP port whose TCP number was free. */
const MAX_PORT_ATTEMPTS = 16

/** Answers by UDP and TCP on one port. Rejects with the system's error when it cannot be bound. */
export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const { address, source } = options
  const limits: Pick<AnswerLimits, 'maxUdpBytes'> =
    options.maxUdpBytes === undefined ? {} : { maxUdpBytes: options.maxUdpBytes }
  const handler: QueryHandler =
    typeof source === 'function' ? source : (query, transport) => answer(query, source, { ...limits, transport })
  for (let attempt = 1; ; attempt++) {
    const tcp = await listenTcp({ ...options.tcp, address, port: options.port, handler })
    try {
      const udp = await listenUdp({ ...options.udp, address, port: tcp.port, handler })
      return {
        address: tcp.address,
        port: tcp.port,
        udp,
        tcp,
        async close() {
          await Promise.all([udp.close(), tcp.close()])
        },
      }
    } catch (error) {
      await tcp.close()
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || options.port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error
    }
  }
}
