/** The part of a ledger name that DNS shows; the ledger's host entry satisfies it structurally. */

export interface HostServer {
  /** 4 bytes each for IPv4, 16 for IPv6. */
  readonly addresses: readonly Uint8Array[]
  /** Tagged public key (core/crypto). */
  readonly publicKey: Uint8Array
  /** X.509 in DER. */
  readonly certificate: Uint8Array | undefined
}

export interface HostService {
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  /** True for HTTPS. An HTTPS record makes browsers refuse plain http, so only ports marked as web get one. */
  readonly web: boolean
}

export interface HostRecordSet {
  readonly type: number
  /** Undefined: the ledger's default TTL. */
  readonly ttl: number | undefined
  /** Wire RDATA that agreement has checked. */
  readonly rdatas: readonly Uint8Array[]
}

export interface HostRecord {
  /** Labels below the name, e.g. `www`; empty for the name itself. */
  readonly host: string
  readonly servers: readonly HostServer[]
  /** Tagged public keys that were replaced a short while ago: pinned beside those of the servers (RFC 7671 section 8.1). */
  readonly retiringKeys?: readonly Uint8Array[]
  /** The name's authority in DER, pinned where a server's certificate names it as issuer. */
  readonly domainCertificate?: Uint8Array | undefined
  readonly services: readonly HostService[]
  readonly recordSets: readonly HostRecordSet[]
}
