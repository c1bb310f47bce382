export { type Consortium, type ConsortiumNode, type ConsortiumOrder, createConsortium } from './consortium.ts'
export { MembershipError, type MembershipErrorCode } from './membership-error.ts'
export { findNode, type MappedNode, type NetworkMap, networkMapOf, parseHostPort, peersOf } from './network-map.ts'
export { announcementFromJson, announcementToJson, type NodeAnnouncement } from './node-announcement.ts'
export { nodeHosts } from './node-names.ts'
export {
  createRoot,
  type IssuedNodeCertificate,
  type NodeCertificateOrder,
  PermissionService,
  type PermissionServiceOptions,
  type RootOrder,
} from './permission-service.ts'
