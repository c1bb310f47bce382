import type { KeyType, Signature, Signer } from '@cresset/core-crypto'

/** A private key, wherever it is kept. */
export interface PrivateKey extends Signer {
  readonly type: KeyType
  /** `file`: read into this process; `agent`: in another one; `token`: in a device, where it was made. */
  readonly kept: 'file' | 'agent' | 'token'
  /** Signs before it returns: for votes, which are signed inside a step. */
  signSync(message: Uint8Array): Signature
  /** Ends the session with agent or token. */
  close(): Promise<void>
}
