export { assembleFromPublic, type PublicConsortiumSettings } from './folder/assemble-from-public.ts'
export { freePorts } from './folder/free-ports.ts'
export {
  type ConsortiumSettings,
  type Funding,
  type InitializedConsortium,
  initConsortium,
  type NewConsortiumSettings,
} from './folder/init-consortium.ts'
export { type Listen, listenToText, type NodeFile } from './folder/node-file.ts'
export { type ConsortiumPaths, consortiumPaths, type NodePaths, nodePaths } from './folder/paths.ts'
export { readNodeFolder } from './folder/read-node-folder.ts'
export type { NodeConfiguration } from './node-configuration.ts'
export { type NodeOptions, withOptions } from './node-options.ts'
export { type ReplayedBlock, ReplayMismatch, replayLedger } from './replay-ledger.ts'
export { exitStatuses, StartError, type StopReason } from './start-error.ts'
export { type Endpoints, type RunningNode, startNode } from './start-node.ts'
