import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'
import { signedLength, signTransactionSync, type UnsignedTransaction } from '@cresset/core-ledger'

/** Funded accounts and the transfers between them, made before anything is measured. */
export class Transfers {
  readonly accounts: readonly Uint8Array[]
  readonly #pairs: readonly KeyPair[]
  readonly #sequences: Uint32Array
  readonly #transactionBytes: number
  #turn = 0

  constructor(count: number, transactionBytes: number) {
    const seed = new Uint8Array(4)
    this.#pairs = Array.from({ length: count }, (_, index) => {
      new DataView(seed.buffer).setUint32(0, index)
      return generateKeyPair('ed25519', sha256(seed))
    })
    this.accounts = this.#pairs.map(({ publicKey }) => accountOf(publicKey))
    this.#sequences = new Uint32Array(count)
    this.#transactionBytes = transactionBytes
  }

  /** Signs the next transfers, each from the next account to one far from it. */
  sign(count: number, chainId: string, validUntilMs: number): Uint8Array[] {
    return Array.from({ length: count }, () => {
      const from = this.#turn++ % this.#pairs.length
      const pair = this.#pairs[from]!
      const to = this.accounts[(from * 7_919 + 1) % this.accounts.length]!
      const withMemo = (memoBytes: number): UnsignedTransaction => ({
        chainId,
        signers: [pair.publicKey],
        sequence: this.#sequences[from]!,
        validUntilMs,
        fee: 1_000n,
        action: { kind: 'transfer', body: { to, amount: 1n, memo: new Uint8Array(memoBytes) } },
      })
      const bare = signedLength(withMemo(0))
      const unsigned = withMemo(Math.max(0, this.#transactionBytes - bare))
      this.#sequences[from]!++
      return signTransactionSync(unsigned, [pair])
    })
  }

  /** The last ones signed were never sent: their sequences are used again, or nothing after them could be. */
  takeBack(count: number): void {
    for (let left = count; left > 0; left--) {
      const from = --this.#turn % this.#pairs.length
      this.#sequences[from]!--
    }
  }
}
