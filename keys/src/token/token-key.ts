import { inspect } from 'node:util'
import { equalBytes, toHex } from '@cresset/core-codec'
import {
  checkSignature,
  type KeyType,
  lowSignature,
  type PublicKey,
  type Signature,
  sha256,
} from '@cresset/core-crypto'
import type { PrivateKey } from '../private-key.ts'
import { mechanisms } from './cryptoki.ts'
import { TokenError } from './token-error.ts'
import { CryptokiError, type ObjectHandle, type TokenSession } from './token-module.ts'

/** A private key inside a PKCS#11 token. The secret was made there and cannot be read; the token signs. */
export class TokenKey implements PrivateKey {
  readonly kept = 'token'
  readonly type: KeyType
  readonly publicKey: PublicKey
  /**
   * Only with Ed25519: SHA-256 of the signature over the context, which whoever cannot use the token cannot know. P-256 signatures are
   * random, so nothing can be found again from them.
   */
  readonly secretFor?: (context: Uint8Array) => Promise<Uint8Array>
  readonly #label: string
  readonly #session: TokenSession
  readonly #key: ObjectHandle

  constructor(label: string, session: TokenSession, key: ObjectHandle, type: KeyType, publicKey: PublicKey) {
    this.#label = label
    this.#session = session
    this.#key = key
    this.type = type
    this.publicKey = publicKey
    if (type === 'ed25519') this.secretFor = async (context) => this.#derive(context)
  }

  async sign(message: Uint8Array): Promise<Signature> {
    return this.signSync(message)
  }

  signSync(message: Uint8Array): Signature {
    const signature = this.#signRaw(message)
    // A token that fails must not spoil a transaction or a vote: a fault in signing can even give the secret away.
    if (checkSignature(this.publicKey, message, signature)) return signature
    throw new TokenError(
      'bad-signature',
      `token ${this.#label}: gave a signature that its public key does not verify; do not use it`,
    )
  }

  #signRaw(message: Uint8Array): Signature {
    try {
      if (this.type === 'ed25519') return this.#session.sign(this.#key, mechanisms.eddsa, message)
      return lowSignature(this.#session.sign(this.#key, mechanisms.ecdsa, sha256(message)))
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error
      throw new TokenError('failed', `token ${this.#label}: ${error.message}; is it still there?`, { cause: error })
    }
  }

  #derive(context: Uint8Array): Uint8Array {
    const signature = this.signSync(context)
    // RFC 8032 is deterministic; a token that adds randomness would leave a seal that nobody can open.
    if (equalBytes(signature, this.signSync(context))) return sha256(signature)
    throw new TokenError(
      'not-deterministic',
      `token ${this.#label}: its Ed25519 signatures differ each time, so no secret can be found again from them; use a P-256 key of it, or a key file`,
    )
  }

  async close(): Promise<void> {
    this.#session.close()
  }

  [inspect.custom](): string {
    return `TokenKey(${this.type} ${toHex(this.publicKey)})`
  }
}
