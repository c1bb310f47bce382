export { DnsPlane } from '../dns-plane.ts'
export { zoneKeyOfSigner } from '../zone-signers.ts'
