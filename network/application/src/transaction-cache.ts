import type { SignatureCheck } from '@cresset/core-chain'
import { checkSignatures, type PreparedTransaction, prepareTransaction, transactionId } from '@cresset/core-ledger'
import type { CostMeter } from './cost-meter.ts'
import { GenerationCache } from './generation-cache.ts'

export interface TransactionCacheOptions {
  /** Encoded bytes of the transactions remembered besides those in the pool. */
  readonly maxBytes: number
  /** A transaction that waits in the pool: it was decoded and its signatures were found good when it came in. */
  readonly waiting: (id: Uint8Array) => PreparedTransaction | undefined
  readonly transactionLimits: Parameters<typeof prepareTransaction>[1]
  readonly meter: CostMeter
  /** How signatures are checked; undefined: core/crypto's rule. */
  readonly check?: SignatureCheck | undefined
}

interface Known {
  readonly prepared: PreparedTransaction
  isVerified: boolean
}

/**
 * Decodes and verifies each transaction once, however often it comes: by gossip, in a proposal, again in another view.
 * What waits in the pool is known there; this remembers the others, which stand in blocks that this node did not see
 * coming, and forgets them soon. Both are keyed by the id, which covers the signatures, and only successes are
 * remembered: a cache keyed by the body would let a proposer split the validators with a bad copy of a good transaction.
 */
export class TransactionCache {
  readonly #known: GenerationCache<Known>
  readonly #options: TransactionCacheOptions
  /** Signature checks made: one a signature, never one for what was known. */
  signatureChecks = 0

  constructor(options: TransactionCacheOptions) {
    this.#known = new GenerationCache(options.maxBytes)
    this.#options = options
  }

  /**
   * A transaction of a block: decoded, with the checks that need no state and no signature; the code of core/ledger
   * otherwise.
   */
  prepare(bytes: Uint8Array): ReturnType<typeof prepareTransaction> {
    const id = transactionId(bytes)
    const waiting = this.#options.waiting(id)
    if (waiting !== undefined) return waiting
    const known = this.#known.get(id)
    if (known !== undefined) return known.prepared
    const prepared = prepareTransaction(bytes, this.#options.transactionLimits, id)
    if ('id' in prepared) this.#known.set(id, { prepared, isVerified: false }, bytes.length)
    return prepared
  }

  /** As `prepare`, for a transaction on its way into the pool, which then remembers it. */
  prepareToWait(bytes: Uint8Array, id: Uint8Array): ReturnType<typeof prepareTransaction> {
    return this.#known.get(id)?.prepared ?? prepareTransaction(bytes, this.#options.transactionLimits, id)
  }

  /** Whether every signature is good. */
  verify(prepared: PreparedTransaction): boolean {
    const { id } = prepared
    if (this.#options.waiting(id) !== undefined) return true
    const known = this.#known.get(id)
    if (known?.isVerified) return true
    this.signatureChecks += prepared.transaction.signers.length
    const good = this.#options.meter.measure('verify', () => checkSignatures(prepared, this.#options.check))
    if (good && known !== undefined) known.isVerified = true
    return good
  }

  /** Forgets everything but the pool: only the cost changes, never a verdict. */
  clear(): void {
    this.#known.clear()
  }
}
