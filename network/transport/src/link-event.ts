import type { PeerId } from './transport.ts'

/** Why a link did not come to be, or ended. The set is closed and documented for operators. */
export type LinkEnd =
  /** The other side closed in order, or the connection broke. */
  | 'closed'
  | 'dial-failed'
  /** Not TLS 1.3 with our protocol name, or garbage. */
  | 'handshake-failed'
  | 'handshake-timeout'
  /** Gave way to newer connections: too many were waiting at once. */
  | 'handshake-crowded'
  /** No certificate, or one that no known peer has registered. */
  | 'peer-unknown'
  /** We dialled one peer and met the key of another. */
  | 'peer-mismatch'
  /** The peer is on another ledger (`context` differs), or speaks another version of frames. */
  | 'context-mismatch'
  | 'frame-too-large'
  | 'frame-malformed'
  /** Agreement frames would have been dropped. */
  | 'queue-overflow'
  | 'peer-silent'
  | 'peer-stalled'
  /** The pair's other link stays. */
  | 'superseded'
  /** The peer is no longer among those known, or its certificate changed. */
  | 'peer-removed'
  | 'stopped'

/** For logs and metrics; never for decisions of agreement. */
export type LinkEvent =
  | {
      readonly kind: 'established'
      readonly peer: PeerId
      readonly address: string
      readonly dialledBy: 'self' | 'peer'
    }
  | {
      readonly kind: 'ended'
      readonly peer: PeerId | undefined
      readonly address: string
      readonly reason: LinkEnd
      readonly detail?: string
    }
  | { readonly kind: 'dropped'; readonly peer: PeerId; readonly priority: string; readonly frameBytes: number }

/** Thrown while reading what a peer sent; ends the link. */
export class LinkError extends Error {
  readonly reason: LinkEnd

  constructor(reason: LinkEnd, message: string) {
    super(message)
    this.name = 'LinkError'
    this.reason = reason
  }
}
