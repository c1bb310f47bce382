export { type Consortium, type ConsortiumNode, type ConsortiumOrder, createConsortium } from './consortium.ts'
export { isLoopback, parseHostPort } from './host-port.ts'
export {
  type JoiningFile,
  joiningCharactersMax,
  joiningFileFromJson,
  joiningFileToJson,
  joiningNodesMax,
} from './joining-file.ts'
export type { KnownNode } from './known-node.ts'
export { MembershipError, type MembershipErrorCode } from './membership-error.ts'
export { announcementFromJson, announcementToJson, type NodeAnnouncement } from './node-announcement.ts'
export { nodeHosts } from './node-names.ts'
export { PeerBook, type PeerBookOptions } from './peer-book.ts'
export {
  createRoot,
  type IssuedNodeCertificate,
  type NodeCertificateOrder,
  PermissionService,
  type PermissionServiceOptions,
  type RootOrder,
} from './permission-service.ts'
