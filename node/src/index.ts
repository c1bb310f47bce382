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
export { isLoopback } from '@cresset/network-membership'
export type { DnsOptionTexts, DnsSettings } from './dns-settings.ts'
export { askNode, type Question as NodeQuestion } from './folder/ask-node.ts'
export { assembleFromPublic, type PublicConsortiumSettings } from './folder/assemble-from-public.ts'
export { type Examination, examineNode, type ToldStatus } from './folder/examine-node.ts'
export { freePorts } from './folder/free-ports.ts'
export {
  type ConsortiumSettings,
  type Funding,
  type InitializedConsortium,
  initConsortium,
  type NewConsortiumSettings,
} from './folder/init-consortium.ts'
export { initNode, type NewNode, type NewNodeSettings } from './folder/init-node.ts'
export { type Invitation, type InvitationOrder, inviteNode, readInvited } from './folder/invite-node.ts'
export { type JoinedNetwork, joinNetwork } from './folder/join-network.ts'
export { type Listen, listenFromText, listenToText } from './folder/listen.ts'
export {
  logLevels,
  type NodeFile,
  type NodeKind,
  nodeFileFromJson,
  nodeKinds,
} from './folder/node-file.ts'
export {
  changeOf,
  MAX_REQUEST_CHARACTERS,
  type NodeRequest,
  requestFromJson,
  requestToJson,
} from './folder/node-request.ts'
export { type ConsortiumPaths, consortiumPaths, type NodePaths, nodePaths } from './folder/paths.ts'
export { readNodeFolder } from './folder/read-node-folder.ts'
export { writeRequest } from './folder/write-request.ts'
export { describeMetrics, type MetricDescription } from './metrics.ts'
export type { NodeConfiguration } from './node-configuration.ts'
export { type NodeOptions, withOptions } from './node-options.ts'
export { type ReplayedBlock, ReplayMismatch, replayLedger } from './replay-ledger.ts'
export { exitStatuses, StartError, type StopReason } from './start-error.ts'
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
