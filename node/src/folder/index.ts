/* `@cresset/node/folder`: the folders of nodes and consortia, for programs that make and read them and run no node. */

export { isLoopback } from '@cresset/network-membership'
export { exitStatuses, StartError, type StopReason } from '../start-error.ts'
export { askNode, type Question as NodeQuestion } from './ask-node.ts'
export { assembleFromPublic, type PublicConsortiumSettings } from './assemble-from-public.ts'
export { type Examination, examineNode, type ToldStatus } from './examine-node.ts'
export { freePorts } from './free-ports.ts'
export {
  type ConsortiumSettings,
  type Funding,
  type InitializedConsortium,
  initConsortium,
  type NewConsortiumSettings,
} from './init-consortium.ts'
export { initNode, type NewNode, type NewNodeSettings } from './init-node.ts'
export { type Invitation, type InvitationOrder, inviteNode, readInvited } from './invite-node.ts'
export { type JoinedNetwork, joinNetwork } from './join-network.ts'
export { type Listen, listenFromText, listenToText } from './listen.ts'
export {
  logLevels,
  type NodeFile,
  type NodeKind,
  nodeFileFromJson,
  nodeKinds,
} from './node-file.ts'
export {
  changeOf,
  MAX_REQUEST_CHARACTERS,
  type NodeRequest,
  requestFromJson,
  requestToJson,
} from './node-request.ts'
export { type ConsortiumPaths, consortiumPaths, type NodePaths, nodePaths } from './paths.ts'
export { readNodeFolder } from './read-node-folder.ts'
export { writeRequest } from './write-request.ts'
