import assert from 'node:assert/strict'
import { checkFinality, finalityProofCodec, validatorsOf } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { stateKeys } from '@cresset/core-ledger'
import { verifyProof } from '@cresset/core-state-tree'
import { type LedgerApplication, UnknownHeightError } from '@cresset/network-application'
import type { TestLedger } from '@cresset/network-application/testing'
import type { SteadyLoad } from './steady-load.ts'

interface Remembered {
  readonly height: number
  readonly root: Uint8Array
  /** Of the keys that are proved, when this block was the newest. */
  readonly values: readonly (Uint8Array | undefined)[]
}

interface Parts {
  readonly ledger: TestLedger
  readonly load: SteadyLoad
  readonly application: LedgerApplication
  readonly keepVersions: number
}

/** Heights proved at each check, evenly over what is kept, besides the newest and the oldest. */
const proofsBetween = 6

/** Remembers what the newest blocks left behind, and holds proofs against it. */
export class KeptVersions {
  readonly ledger: TestLedger
  readonly #application: LedgerApplication
  readonly #keepVersions: number
  readonly #keys: readonly Uint8Array[]
  readonly #remembered: Remembered[] = []

  constructor({ ledger, load, application, keepVersions }: Parts) {
    this.ledger = ledger
    this.#application = application
    this.#keepVersions = keepVersions
    this.#keys = [
      stateKeys.time,
      stateKeys.account(accountOf(ledger.users[0]!.publicKey)),
      stateKeys.lease(load.nameOf(0)),
      stateKeys.host(load.nameOf(1), 'www'),
      stateKeys.name('never-registered.acme'),
    ]
  }

  /** To be called after each block. */
  remember(): void {
    const { height, stateRoot: root } = this.#application.head
    const view = this.#application.queries.view()
    this.#remembered.push({ height, root, values: this.#keys.map((key) => view.get(key)) })
    // A version stands until the next block that changes the state: the oldest kept one may be a few blocks older.
    if (this.#remembered.length > 2 * this.#keepVersions) this.#remembered.shift()
  }

  /** Proves what must be provable and asks for what must not be. Returns how many heights were proved. */
  check(application = this.#application): number {
    const remembered = this.#remembered
    const newest = remembered.at(-1) as Remembered
    const at = (height: number): Remembered => remembered[height - newest.height + remembered.length - 1] as Remembered
    const keepFrom = Math.max(1, newest.height - this.#keepVersions)
    const step = Math.max(1, Math.floor((newest.height - keepFrom) / proofsBetween))
    let proofs = 0
    for (let height = keepFrom; height <= newest.height; height += step, proofs++) this.#prove(application, at(height))
    this.#prove(application, newest)
    if (keepFrom === 1) return proofs + 1
    let oldest = keepFrom
    while (equalBytes(at(oldest - 1).root, at(keepFrom).root)) oldest--
    this.#prove(application, at(oldest))
    for (const pruned of [oldest - 1, Math.max(0, oldest - 50), Math.floor(oldest / 2), 0]) {
      assert.throws(() => application.queries.prove([...this.#keys], pruned), UnknownHeightError, `height ${pruned}`)
    }
    return proofs + 2
  }

  /** As a client does it: from the validators of genesis to the root, from there to the values. */
  #prove(application: LedgerApplication, { height, root, values }: Remembered): void {
    const { proofs, finality } = application.queries.prove([...this.#keys], height)
    const { chainId, genesis } = this.ledger
    const final = checkFinality(finalityProofCodec.decode(finality), validatorsOf(genesis), chainId)
    assert(final.code === 'ok', `finality of ${height}: ${final.code}`)
    assert.deepEqual(final.stateRoot, root, `root of ${height}`)
    this.#keys.forEach((key, index) => {
      const verdict = verifyProof({ root, key, proof: proofs[index] as Uint8Array })
      assert(verdict.ok, `proof of key ${index} at ${height}`)
      assert.deepEqual(verdict.value?.slice(), values[index]?.slice(), `value of key ${index} at ${height}`)
    })
  }
}
