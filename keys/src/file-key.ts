import { inspect } from 'node:util'
import { toHex } from '@cresset/core-codec'
import { hmacSha256, type KeyPair, type KeyType, type PublicKey, type Signature, signSync } from '@cresset/core-crypto'
import { pkcs8Pem } from './pkcs8.ts'
import type { PrivateKey } from './private-key.ts'

/** A private key that was read from a file. Printing it, in JSON too, shows the public half only. */
export class FileKey implements PrivateKey {
  readonly kept = 'file'
  readonly path: string
  readonly comment: string
  readonly #pair: KeyPair
  #closed = false

  constructor(path: string, comment: string, pair: KeyPair) {
    this.path = path
    this.comment = comment
    this.#pair = pair
  }

  get type(): KeyType {
    return this.#pair.type
  }

  get publicKey(): PublicKey {
    return this.#pair.publicKey
  }

  async sign(message: Uint8Array): Promise<Signature> {
    return signSync(this.exportKeyPair(), message)
  }

  /** For votes, which are signed inside a step. */
  signSync(message: Uint8Array): Signature {
    return signSync(this.exportKeyPair(), message)
  }

  async secretFor(context: Uint8Array): Promise<Uint8Array> {
    return hmacSha256(this.exportKeyPair().secret, context)
  }

  /** Overwrites the secret. What the libraries made of it goes when the collector comes round to it. */
  async close(): Promise<void> {
    this.#closed = true
    this.#pair.secret.fill(0)
  }

  /** PKCS#8 (RFC 5958) as PEM, for TLS libraries. A secret. */
  exportPkcs8(): string {
    return pkcs8Pem(this.exportKeyPair())
  }

  /** The pair itself, secret and all, for code that takes one. */
  exportKeyPair(): KeyPair {
    if (this.#closed) throw new Error('the key was closed')
    return this.#pair
  }

  toJSON(): { type: KeyType; publicKey: string; comment: string } {
    return { type: this.type, publicKey: toHex(this.publicKey), comment: this.comment }
  }

  [inspect.custom](): string {
    return `FileKey(${this.type} ${toHex(this.publicKey)})`
  }
}
