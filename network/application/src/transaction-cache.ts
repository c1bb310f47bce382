import { checkSignatures, type PreparedTransaction, prepareTransaction, transactionId } from '@cresset/core-ledger'
import type { CostMeter } from './cost-meter.ts'
import { GenerationCache } from './generation-cache.ts'

export interface TransactionCacheLimits {
  /** Encoded bytes of decoded transactions kept. */
  readonly maxPreparedBytes: number
  /** Ids of transactions whose signatures were found good. */
  readonly maxVerified: number
}

/**
 * Decodes and verifies each transaction once, however often it comes: by gossip, in a proposal, again in another view.
 * Both caches are keyed by the id, which covers the signatures, and hold successes only: a cache keyed by the body would
 * let a proposer split the validators with a bad copy of a good transaction.
 */
export class TransactionCache {
  readonly #prepared: GenerationCache<PreparedTransaction>
  readonly #verified: GenerationCache<true>
  readonly #limits: Parameters<typeof prepareTransaction>[1]
  readonly #meter: CostMeter
  /** Signature checks made: one a signature, never one for what the cache knew. */
  signatureChecks = 0

  constructor(
    limits: TransactionCacheLimits,
    transactionLimits: Parameters<typeof prepareTransaction>[1],
    meter: CostMeter,
  ) {
    this.#prepared = new GenerationCache(limits.maxPreparedBytes)
    this.#verified = new GenerationCache(limits.maxVerified)
    this.#limits = transactionLimits
    this.#meter = meter
  }

  /** Decoded, with the checks that need no state and no signature; the code of core/ledger otherwise. */
  prepare(bytes: Uint8Array): ReturnType<typeof prepareTransaction> {
    const known = this.#prepared.get(transactionId(bytes))
    if (known !== undefined) return known
    const prepared = prepareTransaction(bytes, this.#limits)
    if ('id' in prepared) this.#prepared.set(prepared.id, prepared, bytes.length)
    return prepared
  }

  /** Whether every signature is good. */
  verify(prepared: PreparedTransaction): boolean {
    if (this.#verified.get(prepared.id) !== undefined) return true
    this.signatureChecks += prepared.transaction.signers.length
    const good = this.#meter.measure('verify', () => checkSignatures(prepared))
    if (good) this.#verified.set(prepared.id, true, 1)
    return good
  }

  /** Forgets everything: only the cost changes, never a verdict. */
  clear(): void {
    this.#prepared.clear()
    this.#verified.clear()
  }
}
