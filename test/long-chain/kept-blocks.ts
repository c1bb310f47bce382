import assert from 'node:assert/strict'
import { checkFinality, finalityProofCodec, validatorsOf } from '@cresset/core-chain'
import { concatBytes } from '@cresset/core-codec'
import { verifyMerkleProof } from '@cresset/core-crypto'
import { transactionId } from '@cresset/core-ledger'
import type { LedgerApplication } from '@cresset/network-application'
import type { TestLedger } from '@cresset/network-application/testing'

interface Parts {
  readonly ledger: TestLedger
  readonly application: LedgerApplication
  readonly keepBlocks: number
}

interface Remembered {
  readonly height: number
  readonly ids: readonly Uint8Array[]
}

/** Blocks looked at in each check, evenly over what is kept, besides the newest and the oldest. */
const blocksBetween = 24
/** Ids of forgotten transactions that are asked for again and again. */
const forgottenIds = 500

/** Remembers whose transactions are in the kept blocks: those must be found and proven, and those of forgotten blocks must not be. */
export class KeptBlocks {
  readonly #ledger: TestLedger
  readonly #application: LedgerApplication
  readonly #keepBlocks: number
  #kept: Remembered[] = []
  readonly #forgotten: Uint8Array[] = []
  #forgottenCount = 0

  constructor({ ledger, application, keepBlocks }: Parts) {
    this.#ledger = ledger
    this.#application = application
    this.#keepBlocks = keepBlocks
  }

  /** Transactions in the kept blocks. */
  get transactions(): number {
    return this.#kept.reduce((sum, { ids }) => sum + ids.length, 0)
  }

  /** To be called after each block. */
  remember(transactions: readonly Uint8Array[]): void {
    this.#kept.push({ height: this.#application.head.height, ids: transactions.map((bytes) => transactionId(bytes)) })
  }

  /** Each transaction that was forgotten since the last check is asked for; of the kept blocks some, or `all`. */
  check(all = false, { queries, head } = this.#application): void {
    const oldest = Math.max(1, head.height - this.#keepBlocks + 1)
    assert.equal(queries.oldestHeight, oldest, 'oldest height')
    const end = this.#kept.findIndex(({ height }) => height >= oldest)
    for (const { height, ids } of this.#kept.slice(0, end)) {
      this.#assertForgotten(queries, height, ids)
      for (const id of ids) this.#forgotten[this.#forgottenCount++ % forgottenIds] = id
    }
    this.#kept = this.#kept.slice(end)
    for (const id of this.#forgotten) assert.equal(queries.transaction(id), undefined)
    const step = all ? 1 : Math.max(1, Math.floor(this.#kept.length / blocksBetween))
    for (let at = 0; at < this.#kept.length; at += step) this.#assertWhole(queries, this.#kept[at] as Remembered)
    this.#assertWhole(queries, this.#kept.at(-1) as Remembered)
  }

  #assertForgotten(queries: LedgerApplication['queries'], height: number, ids: readonly Uint8Array[]): void {
    assert.equal(queries.block(height), undefined, `block ${height}`)
    assert.equal(queries.executed(height), undefined, `block ${height}`)
    for (const id of ids) {
      assert.equal(queries.transaction(id), undefined, `a transaction of the forgotten block ${height}`)
      assert.equal(queries.transactionProof(id), undefined, `a proof of the forgotten block ${height}`)
    }
  }

  #assertWhole(queries: LedgerApplication['queries'], { height, ids }: Remembered): void {
    const executed = queries.executed(height)
    assert(executed !== undefined, `block ${height} is kept`)
    assert.deepEqual(
      executed.transactions.map(({ id }) => id.slice()),
      ids,
      `transactions of ${height}`,
    )
    const { chainId, genesis } = this.#ledger
    for (const [index, id] of ids.entries()) {
      const found = queries.transaction(id)
      assert.deepEqual([found?.height, found?.index], [height, index], `a transaction of block ${height}`)
      const proof = queries.transactionProof(id)
      assert(proof !== undefined, `a proof of block ${height}`)
      const final = checkFinality(finalityProofCodec.decode(proof.finality), validatorsOf(genesis), chainId)
      assert(final.code === 'ok', `finality of ${height}: ${final.code}`)
      const leaf = concatBytes(id, proof.receipt)
      assert(verifyMerkleProof(leaf, index, proof.count, proof.siblings, final.receiptsRoot), `receipt of ${height}`)
    }
  }
}
