import { answer } from './answer/answer.ts'
import { ServerCookies } from './cookies/server-cookies.ts'
import type { Listener, QueryHandler } from './listen/listener.ts'
import { DEFAULT_IDLE_TIMEOUT_MS, listenTcp, type TcpListenerOptions } from './listen/tcp.ts'
import { listenUdp, type UdpListenerOptions } from './listen/udp.ts'
import type { ZoneSource } from './zone-source.ts'

export interface DnsServerOptions {
  readonly address: string
  /** One port for UDP and TCP; 0 takes one that is free for both. */
  readonly port: number
  /** What the default handler answers from, or a handler of one's own. */
  readonly source: ZoneSource | QueryHandler
  readonly maxUdpBytes?: number
  /** Told to clients that ask for it (NSID, RFC 5001). */
  readonly nsid?: Uint8Array
  /** Default: with a secret of this process. */
  readonly cookies?: ServerCookies
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
/** The option has 16 bits (RFC 7828 section 3.1). */
const MAX_KEEPALIVE_TENTHS = 65_535

/** Answers by UDP and TCP on one port. Rejects with the system's error when it cannot be bound. */
export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const { address, source } = options
  const handler = typeof source === 'function' ? source : answeringFrom(source, options)
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

function answeringFrom(source: ZoneSource, options: DnsServerOptions): QueryHandler {
  const { maxUdpBytes, nsid, cookies = new ServerCookies() } = options
  const idleTimeoutMs = options.tcp?.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
  const limits = {
    cookies,
    keepaliveTenths: Math.min(Math.floor(idleTimeoutMs / 100), MAX_KEEPALIVE_TENTHS),
    ...(maxUdpBytes === undefined ? {} : { maxUdpBytes }),
    ...(nsid === undefined ? {} : { nsid }),
  }
  return (query, transport, address) => {
    const client = { address, nowSeconds: Math.floor(Date.now() / 1_000) }
    return answer(query, source, { ...limits, transport, client })
  }
}
