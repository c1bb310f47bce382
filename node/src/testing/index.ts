export { DnsPlane } from '../dns-plane.ts'
export { zoneKeyOfSigner } from '../zone-signers.ts'
export { type ZoneTransferOptions, ZoneTransfers } from '../zone-transfers/zone-transfers.ts'
export { dnsKeyOf, type KeySetOptions, SignedNetwork, type SignedNetworkOptions, type Step } from './signed-network.ts'
