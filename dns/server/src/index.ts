export { answer } from './answer/answer.ts'
export { type Failure, failureResponse } from './answer/failure.ts'
export type { AnswerLimits } from './answer/limits.ts'
export { type Request, readRequest } from './answer/request.ts'
export { combinedTransferSource } from './catalog/combined-source.ts'
export { ZoneCatalog } from './catalog/zone-catalog.ts'
export { type SignatureCounters, SignatureQueue, type SignatureQueueOptions } from './compact/signature-queue.ts'
export { COOKIE_SECRET_BYTES, ServerCookies } from './cookies/server-cookies.ts'
export type {
  Listener,
  ListenerCounters,
  ListenerOptions,
  MessageStream,
  QueryHandler,
  QueryObserver,
  SecureChannel,
  Transport,
  TransportName,
} from './listen/listener.ts'
export { listenTcp, type TcpListenerOptions } from './listen/tcp.ts'
export { listenTls, type TlsCredentials, type TlsListener, type TlsListenerOptions } from './listen/tls.ts'
export { listenUdp, type UdpListenerOptions } from './listen/udp.ts'
export { Notifier, type NotifierOptions, type NotifyFailure } from './notify/notifier.ts'
export {
  formatNotifyTarget,
  type NotifyTarget,
  type NotifyTargetText,
  parseNotifyTarget,
} from './notify/notify-target.ts'
export { type SecondaryReading, SecondaryWatch, type SecondaryWatchOptions } from './notify/secondary-watch.ts'
export { QueryError, type QueryErrorCode, queryServer, relayQuery, type Server, type ServerQuery } from './query.ts'
export { LogFile } from './query-log/log-file.ts'
export { QueryLog, type QueryLogOptions } from './query-log/query-log.ts'
export { DEFAULT_SLIP, MAX_SLIP, RateLimiter, type RateLimiterOptions } from './rate-limit/rate-limiter.ts'
export { encodeRecords, RECORD_FIXED_BYTES, recordEnd, setTtl, soaMinimum, soaSerial, ttlOf } from './records.ts'
export { isSerialAfter } from './serial.ts'
export { type DnsServer, type DnsServerOptions, type DnsTlsServerOptions, serveDns, serveDnsByTls } from './serve.ts'
export type { Delegation } from './sign/delegation-records.ts'
export type { Denial } from './sign/denial.ts'
export type { LiveSigningOptions } from './sign/live-signing.ts'
export { DnskeyFlags, dsRdata, type ZoneKey, zoneKeyFromPem, zoneKeyOf } from './sign/zone-key.ts'
export type { ServedTtls, SigningKeys, ZoneSigning } from './sign/zone-signing.ts'
export {
  type CountBy,
  LATENCY_BOUNDS_SECONDS,
  type LatencyHistogram,
  QueryStatistics,
} from './statistics/query-statistics.ts'
export { codeName, responseCode } from './statistics/response-code.ts'
export { MemoryZone } from './store/memory-zone.ts'
export {
  type ZoneChange,
  type ZoneChangeCode,
  ZoneChangeError,
  ZoneStore,
  type ZoneStoreOptions,
} from './store/zone-store.ts'
export { isInPrefixes, type Prefix, parsePrefix } from './transfer/prefix.ts'
export type { AnyTransferSource, TransferSource, TransferZone } from './transfer/transfer-source.ts'
export {
  newTransferCounters,
  type TlsRules,
  type TransferCounters,
  type TransferRules,
} from './transfer/transfers.ts'
export { type TsigAlgorithm, TsigKey, tsigAlgorithms } from './tsig/tsig-key.ts'
export { parseUpdateGrant, type UpdateGrant } from './update/update-grant.ts'
export {
  type UpdateCounters,
  type UpdateOutcome,
  type UpdateRules,
  UpdateServer,
  type UpdateTarget,
} from './update/update-server.ts'
export { FollowedZones, type FollowedZonesOptions } from './versions/followed-zones.ts'
export type { PlanUpdate } from './zone-file/apply-updates.ts'
export {
  type FileStamp,
  loadZoneFile,
  openMasterFile,
  ZoneFileError,
  type ZoneFileResult,
} from './zone-file/load-zone-file.ts'
export { Slice } from './zone-file/slice.ts'
export type { ZoneRemark } from './zone-file/zone-builder.ts'
export { type ZoneFileOptions, ZoneFiles, type ZoneLoad } from './zone-file/zone-files.ts'
export { type DenialKind, denialKindOf, type ZoneKeyStatus, type ZoneStatus } from './zone-file/zone-status.ts'
export type { ZoneStorageOptions } from './zone-file/zone-storage.ts'
export * from './zone-source.ts'
