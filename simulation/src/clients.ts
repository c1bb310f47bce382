import { toHex } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256 } from '@cresset/core-crypto'
import { signedLength, signTransactionSync, type UnsignedTransaction } from '@cresset/core-ledger'
import type { Consortium } from './consortium.ts'
import type { SimulatedNode } from './node.ts'
import type { Random } from './random.ts'

interface Sent {
  readonly bytes: Uint8Array
  readonly id: string
}

/** Accounts that send money to each other, and send again what was not final in time. */
export class Clients {
  readonly #consortium: Consortium
  readonly #random: Random
  readonly #sequences = new Map<KeyPair, number>()
  readonly #open: Sent[] = []
  readonly #wallMs: () => number
  sent = 0

  constructor(consortium: Consortium, random: Random, wallMs: () => number) {
    this.#consortium = consortium
    this.#random = random
    this.#wallMs = wallMs
  }

  /** A new transfer, given to one or two nodes. */
  send(nodes: readonly SimulatedNode[]): void {
    const from = this.#random.pick(this.#consortium.users)
    const to = this.#random.pick(this.#consortium.users)
    const sequence = this.#sequences.get(from) ?? 0
    this.#sequences.set(from, sequence + 1)
    const unsigned: UnsignedTransaction = {
      chainId: this.#consortium.chainId,
      signers: [from.publicKey],
      sequence,
      validUntilMs: this.#wallMs() + 12 * 3_600_000,
      fee: 0n,
      action: { kind: 'transfer', body: { to: accountOf(to.publicKey), amount: 1n, memo: new Uint8Array(0) } },
    }
    const fee = 100n + BigInt(signedLength({ ...unsigned, fee: 100_000n }))
    const bytes = signTransactionSync({ ...unsigned, fee }, [from])
    this.#open.push({ bytes, id: toHex(sha256(bytes)) })
    this.sent++
    this.#submit(nodes, bytes)
  }

  /** Sends again what is not final; returns how much that is. */
  sendAgain(nodes: readonly SimulatedNode[], isFinal: (id: string) => boolean): number {
    const open = this.#open.filter(({ id }) => !isFinal(id))
    this.#open.splice(0, this.#open.length, ...open)
    for (const { bytes } of open) this.#submit(nodes, bytes)
    return open.length
  }

  #submit(nodes: readonly SimulatedNode[], bytes: Uint8Array): void {
    const running = nodes.filter((node) => node.running)
    if (running.length === 0) return
    this.#random.pick(running).application?.checkTx(bytes, 'local')
  }
}
