import type { SignatureCheck } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { checkSignature, type KeyPair, type SyncSigner, signSync } from '@cresset/core-crypto'
import { bytesKey } from '@cresset/network-application'

const MAX_REMEMBERED = 100_000

/**
 * Real signatures, each made once and checked at most once. All nodes of a run live in one process and check the same votes
 * and transactions; a verdict is a function of key, message and signature, so remembering it changes nothing but the time.
 * What a key of the run signed in this process is good without a check; what was forged or altered is checked.
 */
export class RememberedSignatures {
  /** Good ones by signature. */
  readonly #good = new Map<string, { readonly key: Uint8Array; readonly message: Uint8Array }>()

  readonly check: SignatureCheck = (key, message, signature) => {
    const name = bytesKey(signature)
    const known = this.#good.get(name)
    if (known !== undefined && equalBytes(known.message, message) && equalBytes(known.key, key)) return true
    const verdict = checkSignature(key, message, signature)
    if (verdict && known === undefined) this.#remember(name, key, message)
    return verdict
  }

  sign(pair: KeyPair, message: Uint8Array): Uint8Array {
    const signature = signSync(pair, message)
    this.#remember(bytesKey(signature), pair.publicKey, message)
    return signature
  }

  signerOf(pair: KeyPair): SyncSigner {
    return { publicKey: pair.publicKey, signSync: (message) => this.sign(pair, message) }
  }

  #remember(name: string, key: Uint8Array, message: Uint8Array): void {
    if (this.#good.size >= MAX_REMEMBERED) this.#good.clear()
    this.#good.set(name, { key, message: message.slice() })
  }
}
