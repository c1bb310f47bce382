export { type AnswerLimits, answer } from './answer/answer.ts'
export type { Listener, ListenerCounters, ListenerOptions, QueryHandler } from './listen/listener.ts'
export { listenTcp, type TcpListenerOptions } from './listen/tcp.ts'
export { listenUdp, type UdpListenerOptions } from './listen/udp.ts'
export { QueryError, type QueryErrorCode, queryServer, type Server, type ServerQuery } from './query.ts'
export { type DnsServer, type DnsServerOptions, serveDns } from './serve.ts'
export { MemoryZone } from './store/memory-zone.ts'
export {
  type ZoneChange,
  type ZoneChangeCode,
  ZoneChangeError,
  ZoneStore,
  type ZoneStoreOptions,
} from './store/zone-store.ts'
export * from './zone-source.ts'
