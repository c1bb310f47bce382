import type { PeerId } from '@cresset/network-transport'

/** As much of a node as others need to reach it and to know it by. */
export interface KnownNode {
  readonly id: PeerId
  readonly name: string
  /** `host:port` of its links. */
  readonly agreement: string
  /** Base URL of its API. */
  readonly api: string
  /** SHA-256 of its TLS certificate's DER, lower-case hex. */
  readonly tlsFingerprint: string
}
