export type {
  Denial,
  NotifyFailure,
  NotifyTarget,
  Prefix,
  TlsRules,
  TransferCounters,
  TransferRules,
  UpdateGrant,
  UpdateRules,
  ZoneLoad,
  ZoneRemark,
} from '@cresset/dns-server'
export {
  formatNotifyTarget,
  newTransferCounters,
  parseNotifyTarget,
  parsePrefix,
  parseUpdateGrant,
  QueryError,
  queryServer,
} from '@cresset/dns-server'
export type { DnsOptionTexts, DnsSettings } from './dns-settings.ts'
export * from './folder/index.ts'
export { describeMetrics, type MetricDescription } from './metrics.ts'
export type { NodeConfiguration } from './node-configuration.ts'
export { type NodeOptions, withOptions } from './node-options.ts'
export { type ReplayedBlock, ReplayMismatch, replayLedger } from './replay-ledger.ts'
export { type Endpoints, type RunningNode, startNode } from './start-node.ts'
export { watchNode } from './watch-node.ts'
export { type CheckedZoneFile, checkZoneFile } from './zone-server/check-zone-file.ts'
export { type AskControlErrorCode, askControl, ControlError } from './zone-server/control/ask-control.ts'
export type {
  ControlAnswers,
  ControlCommand,
  KeyReport,
  ReloadReport,
  StatisticsReport,
  ZoneReport,
} from './zone-server/control/protocol.ts'
export { defaultControlSocket } from './zone-server/control/socket-place.ts'
export type { ZoneKeyAlgorithm } from './zone-server/keys/zone-key-folder.ts'
export { readZoneFile } from './zone-server/read-zone-file.ts'
export { serveZoneFiles, type ZoneServer, type ZoneServerOptions } from './zone-server/serve-zone-files.ts'
export type { TlsFiles } from './zone-server/tls-files.ts'
export type { TlsOptions } from './zone-server/tls-listeners.ts'
export { readTsigKeyFile } from './zone-server/tsig-key-file.ts'
export type { ZoneSigningOptions } from './zone-server/zone-signing.ts'
