export { DnsPlane } from '../dns-plane.ts'
export { zoneKeyOfSigner } from '../zone-signers.ts'
export { dnsKeyOf, type KeySetOptions, SignedNetwork, type SignedNetworkOptions } from './signed-network.ts'
