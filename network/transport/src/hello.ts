import { concatBytes, equalBytes } from '@cresset/core-codec'
import { LinkError } from './link-event.ts'

/**
 * The first frame of each side, sent once the other's certificate was checked: version ‖ session ‖ context. A link counts
 * as established when it arrived, so a dialler whom the other side refuses never believes itself connected.
 */
export interface Hello {
  /** 8 random bytes of this run of the process: a new link of the same run continues, of another run it starts over. */
  readonly session: Uint8Array
  /** What both must share, such as the digest of genesis; 0 … 64 bytes. */
  readonly context: Uint8Array
}

const version = 1
export const sessionBytes = 8
export const contextBytesMax = 64

export function encodeHello(hello: Hello): Uint8Array {
  return concatBytes(Uint8Array.of(version), hello.session, hello.context)
}

/** The peer's session. Throws `LinkError`. */
export function readHello(payload: Uint8Array, context: Uint8Array): Uint8Array {
  if (payload[0] !== version) throw new LinkError('context-mismatch', `the peer speaks version ${payload[0]} of frames`)
  if (payload.length < 1 + sessionBytes) throw new LinkError('frame-malformed', 'a short hello')
  if (!equalBytes(payload.subarray(1 + sessionBytes), context)) {
    throw new LinkError('context-mismatch', 'the peer is on another ledger: its genesis differs')
  }
  return payload.slice(1, 1 + sessionBytes)
}
