import { setTimeout as delay } from 'node:timers/promises'
import { toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, sha256 } from '@cresset/core-crypto'
import { signTransactionSync, transactionId } from '@cresset/core-ledger'
import type { Random } from './random.ts'
import type { Victim } from './victims.ts'

const AMOUNT_EACH = 1_000_000_000_000n
const VALID_MS = 6 * 3_600_000
/** A client asks another node when one did not answer so long. */
const PATIENCE_MS = 4_000

/** A transaction of which a node said that it is final. */
export interface Told {
  readonly id: string
  readonly height: number
}

interface Sender {
  readonly pair: KeyPair
  sequence: number
}

/** An account that only the load pays, one unit a transfer: its balance counts them. */
export const target: Uint8Array = sha256(new TextEncoder().encode('cresset torture target'))

const pairOf = (serial: number): KeyPair =>
  generateKeyPair('ed25519', sha256(new TextEncoder().encode(`torture ${serial}`)))

export const loadFunding = (senders: number) =>
  Array.from({ length: senders }, (_, serial) => ({
    account: accountOf(pairOf(serial).publicKey),
    amount: AMOUNT_EACH,
  }))

export interface LoadOptions {
  readonly victims: readonly Victim[]
  readonly chainId: string
  /** Each has one transaction under way. */
  readonly senders: number
  readonly perSecond: number
  readonly random: Random
}

/**
 * Clients that send transfer after transfer. One that gets no answer takes the same bytes to another node, until some node says
 * that they are final: so each transfer takes effect exactly once, whatever happens meanwhile.
 */
export class Load {
  readonly told: Told[] = []
  readonly #options: LoadOptions
  readonly #senders: readonly Sender[]
  readonly #prober: Sender
  #paused = true
  #ended = false
  #underWay = 0
  #lastToldMs = performance.now()
  #longestGapMs = 0
  #running: Promise<unknown> = Promise.resolve()
  #failure: Error | undefined

  constructor(options: LoadOptions) {
    this.#options = options
    const sender = (serial: number): Sender => ({ pair: pairOf(serial), sequence: 0 })
    this.#senders = Array.from({ length: options.senders }, (_, serial) => sender(serial))
    this.#prober = sender(options.senders)
  }

  start(): void {
    this.#paused = false
    this.#lastToldMs = performance.now()
    this.#running = Promise.all(this.#senders.map((sender) => this.#keepSending(sender))).catch((error: Error) => {
      this.#failure = error
    })
  }

  /** Throws when a client saw what must not be. */
  assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** No new transfers; resolves when all that were sent are final. */
  async pause(timeoutMs: number): Promise<void> {
    this.#paused = true
    const deadlineMs = performance.now() + timeoutMs
    while (this.#underWay > 0) {
      this.assertSound()
      if (performance.now() > deadlineMs)
        throw new Error(`${this.#underWay} transfers are not final after ${timeoutMs} ms`)
      await delay(10)
    }
  }

  resume(): void {
    this.#lastToldMs = performance.now()
    this.#longestGapMs = 0
    this.#paused = false
  }

  /** Longest time since `resume` in which no client was told that anything is final. */
  get longestGapMs(): number {
    return this.#paused ? this.#longestGapMs : Math.max(this.#longestGapMs, performance.now() - this.#lastToldMs)
  }

  /** One transfer through this node alone, to its end. */
  async probe(victim: Victim, timeoutMs: number): Promise<void> {
    const told = await this.#sendOne(this.#prober, [victim], performance.now() + timeoutMs)
    if (told === undefined) throw new Error(`a transfer through ${victim.name} is not final after ${timeoutMs} ms`)
    this.told.push(told)
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#running
  }

  async #keepSending(sender: Sender): Promise<void> {
    const { perSecond, random } = this.#options
    const pauseMs = (1_000 * this.#senders.length) / perSecond
    while (!this.#ended) {
      await delay(pauseMs * (0.5 + random.next()))
      if (this.#paused) continue
      this.#underWay += 1
      const told = await this.#sendOne(sender, this.#options.victims)
      this.#underWay -= 1
      if (told === undefined) return
      const nowMs = performance.now()
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastToldMs)
      this.#lastToldMs = nowMs
      this.told.push(told)
    }
  }

  /** Undefined when the load ended, or the time is over. */
  async #sendOne(
    sender: Sender,
    nodes: readonly Victim[],
    untilMs = Number.POSITIVE_INFINITY,
  ): Promise<Told | undefined> {
    const { chainId, random } = this.#options
    const bytes = signTransactionSync(
      {
        chainId,
        signers: [sender.pair.publicKey],
        sequence: sender.sequence++,
        validUntilMs: Date.now() + VALID_MS,
        fee: 1_000n,
        action: { kind: 'transfer', body: { to: target, amount: 1n, memo: new Uint8Array(0) } },
      },
      [sender.pair],
    )
    const id = toHex(transactionId(bytes))
    for (let attempt = random.below(nodes.length); !this.#ended && performance.now() < untilMs; attempt++) {
      const victim = nodes[attempt % nodes.length] as Victim
      const path = `/v1/transactions?wait=final&timeout=${PATIENCE_MS - 500}`
      const answer = await victim.api.ask(path, { post: bytes, timeoutMs: PATIENCE_MS }).catch(() => undefined)
      if (answer?.status === 200) {
        const { code, height } = answer.body as { code: string; height: number }
        if (code !== 'ok') throw new Error(`transfer ${id} ended with ${code} in block ${height}`)
        return { id, height }
      }
      // Down, cut off, or without a quorum. A node that returns is behind: it may not know the sequence yet.
      await delay(answer === undefined ? 20 : 100)
    }
    return undefined
  }
}
