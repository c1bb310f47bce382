import { toHex } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256 } from '@cresset/core-crypto'
import {
  type Action,
  joinSignatures,
  signedLength,
  transactionSigningBytes,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import type { Consortium } from './consortium.ts'
import type { Coverage } from './coverage.ts'
import type { SimulatedNode } from './node.ts'
import type { Random } from './random.ts'
import { Registration, type RegistrationOutcome } from './registration.ts'
import type { RememberedSignatures } from './remembered-signatures.ts'

export interface Sent {
  readonly bytes: Uint8Array
  readonly id: string
  /** The id as bytes. */
  readonly digest: Uint8Array
  /** Of the sender's transaction before this one, when that was not final yet. */
  readonly after: string | undefined
  readonly sender: KeyPair
  readonly fails: boolean
}

/** Where the clients learn what became of their transactions. */
export interface Finality {
  isCommitted(id: string): boolean
  timeOf(id: string): number | undefined
}

const TRANSFER_FEE_BASE = 100n
const HOURS_12_MS = 12 * 3_600_000

/** Accounts that send money to each other and register names, and send again what was not final in time. */
export class Clients {
  readonly #consortium: Consortium
  readonly #signatures: RememberedSignatures
  readonly #random: Random
  readonly #finality: Finality
  readonly #coverage: Coverage
  readonly #sequences = new Map<KeyPair, number>()
  readonly #last = new Map<KeyPair, string>()
  readonly #open: Sent[] = []
  readonly #wallMs: () => number
  readonly #registrations: Registration[] = []
  sent = 0

  constructor(options: {
    readonly consortium: Consortium
    readonly signatures: RememberedSignatures
    readonly random: Random
    readonly finality: Finality
    readonly coverage: Coverage
    readonly wallMs: () => number
  }) {
    this.#consortium = options.consortium
    this.#signatures = options.signatures
    this.#random = options.random
    this.#finality = options.finality
    this.#coverage = options.coverage
    this.#wallMs = options.wallMs
  }

  get open(): readonly Sent[] {
    return this.#open
  }

  /** A new transaction, given to one of the nodes. */
  send(nodes: readonly SimulatedNode[]): void {
    const random = this.#random
    const from = random.pick(this.#consortium.users)
    const to = random.pick(this.#consortium.users)
    // More than anybody has: stands in a block, costs its fee, and changes nothing else.
    const fails = random.chance(1, 20)
    const amount = fails ? 1_000_000_000_000n : 1n
    const action: Action = {
      kind: 'transfer',
      body: { to: accountOf(to.publicKey), amount, memo: new Uint8Array(0) },
    }
    this.#submitNew(nodes, from, action, fails)
  }

  /** Any action of an account. */
  act(nodes: readonly SimulatedNode[], from: KeyPair, action: Action): string {
    return this.#submitNew(nodes, from, action, false)
  }

  /** Two accounts want one name: the first to seal it reveals last, and must get it all the same. */
  beginRegistration(): void {
    if (this.#registrations.some(({ outcome }) => outcome === undefined) || this.#registrations.length >= 3) return
    const { users, chainId } = this.#consortium
    const first = this.#random.between(0, users.length - 1)
    const pair = [users[first], users[(first + 1) % users.length]] as [KeyPair, KeyPair]
    const label = `name${this.#registrations.length}`
    this.#registrations.push(new Registration(chainId, 'acme', label, pair))
  }

  /** Registrations take their next steps. */
  goOn(nodes: readonly SimulatedNode[]): void {
    for (const registration of this.#registrations) {
      registration.goOn(this.#finality, (from, make) => {
        const sequence = this.#sequences.get(from) ?? 0
        return this.#submitNew(nodes, from, make(sequence), false)
      })
      if (registration.outcome?.crossed === true) this.#coverage.see('reveals that crossed')
    }
  }

  /** What became of the names, as far as it is certain. */
  get outcomes(): readonly RegistrationOutcome[] {
    return this.#registrations.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined)
  }

  get unfinished(): number {
    return this.#registrations.filter(({ outcome }) => outcome === undefined).length
  }

  #submitNew(nodes: readonly SimulatedNode[], from: KeyPair, action: Action, fails: boolean): string {
    const sequence = this.#sequences.get(from) ?? 0
    this.#sequences.set(from, sequence + 1)
    const unsigned: UnsignedTransaction = {
      chainId: this.#consortium.chainId,
      signers: [from.publicKey],
      sequence,
      validUntilMs: this.#wallMs() + HOURS_12_MS,
      fee: 0n,
      action,
    }
    const fee = TRANSFER_FEE_BASE + BigInt(signedLength({ ...unsigned, fee: 100_000n }))
    const complete = { ...unsigned, fee }
    const bytes = joinSignatures(complete, [this.#signatures.sign(from, transactionSigningBytes(complete))])
    const digest = sha256(bytes)
    const id = toHex(digest)
    this.#open.push({ bytes, id, digest, after: this.#last.get(from), sender: from, fails })
    this.#last.set(from, id)
    this.sent++
    this.#submit(nodes, bytes)
    return id
  }

  /** Sends again what is not final; returns how much that is. */
  sendAgain(nodes: readonly SimulatedNode[]): number {
    const open = this.#open.filter(({ id }) => !this.#finality.isCommitted(id))
    if (open.length < this.#open.length) {
      const failed = this.#open.some(({ id, fails }) => fails && this.#finality.isCommitted(id))
      if (failed) this.#coverage.see('transaction that failed')
      this.#open.splice(0, this.#open.length, ...open)
    }
    if (nodes.length > 0) for (const { bytes } of open) this.#submit(nodes, bytes)
    return open.length
  }

  #submit(nodes: readonly SimulatedNode[], bytes: Uint8Array): void {
    const running = nodes.filter((node) => node.running)
    if (running.length === 0) return
    this.#random.pick(running).application?.checkTx(bytes, 'local')
  }
}
