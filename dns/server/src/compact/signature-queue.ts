import type { PreparedAnswer } from '../answer/answer.ts'
import { type CompactDenial, SIGNATURE_BYTES } from '../zone-source.ts'
import type { MissingSignature } from './missing-signature.ts'

export interface SignatureQueueOptions {
  /** Answers of one lane that wait for signatures. Default 512, some 20 ms of signing. */
  readonly maxAnswers?: number
  /** Of these, answers of one client, where clients are known. Default 64. */
  readonly maxAnswersPerClient?: number
  /** Bytes of the answers of one lane that wait. Default 4 MiB. */
  readonly maxBytes?: number
  /** Answers that are signed together. Default 16. */
  readonly maxBatch?: number
  /** Answers that wait longer are given up: who asked has asked again. So is a batch that takes longer. Default 2 s. */
  readonly maxWaitMs?: number
  /** Monotone. Default: `performance.now`. */
  readonly nowMs?: () => number
}

/** Since the start, answers by what became of them. */
export interface SignatureCounters {
  completed: number
  /** Not taken because too many waited. */
  refused: number
  /** Given up because they waited too long. */
  late: number
  /** Not completed because what signs has failed. */
  failed: number
}

interface Waiting {
  readonly prepared: PreparedAnswer
  readonly client: string | undefined
  readonly sinceMs: number
  readonly resolve: (bytes: Uint8Array | undefined) => void
}

const DEFAULTS = {
  maxAnswers: 512,
  maxAnswersPerClient: 64,
  maxBytes: 4 * 2 ** 20,
  maxBatch: 16,
  maxWaitMs: 2_000,
} as const

/**
 * Completes answers whose denials are signed for the question (RFC 9824), outside of the way of other answers: a signature takes ten times as long as
 * an answer. Bounded in answers and bytes, so that a flood of names that are not there costs no more than the signer can do. One batch
 * is under way at a time: whatever else uses the process' threads, such as disks, waits a millisecond at most.
 */
export class SignatureQueue {
  readonly counters: SignatureCounters = { completed: 0, refused: 0, late: 0, failed: 0 }
  readonly #options: Required<SignatureQueueOptions>
  readonly #lanes = { known: new Lane(), unknown: new Lane() }
  #isSigning = false

  constructor(options: SignatureQueueOptions = {}) {
    this.#options = { ...DEFAULTS, nowMs: () => performance.now(), ...options }
  }

  /** Answers that wait. */
  get length(): number {
    return this.#lanes.known.length + this.#lanes.unknown.length
  }

  /**
   * The answer with its signatures; it resolves to undefined when they could not be made in time. Undefined at once when too many wait:
   * then a truncated answer, or none, is due. `client` is who asks, if a connection or a cookie proves it; such clients wait in a lane of
   * their own, each with a share of it, and a flood from forged addresses fills the other one alone.
   */
  complete(prepared: PreparedAnswer, client: string | undefined): Promise<Uint8Array | undefined> | undefined {
    const { maxAnswers, maxAnswersPerClient, maxBytes, nowMs } = this.#options
    const lane = client === undefined ? this.#lanes.unknown : this.#lanes.known
    const isFull = lane.length >= maxAnswers || lane.bytes + prepared.bytes.length > maxBytes
    if (isFull || (client !== undefined && lane.lengthOf(client) >= maxAnswersPerClient)) {
      this.counters.refused += 1
      return undefined
    }
    return new Promise((resolve) => {
      lane.push({ prepared, client, sinceMs: nowMs(), resolve })
      void this.#run()
    })
  }

  /** Signs batch after batch until nothing waits. */
  async #run(): Promise<void> {
    if (this.#isSigning) return
    this.#isSigning = true
    // What arrives within one turn of the event loop is signed together.
    await new Promise(setImmediate)
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) await this.#sign(batch)
    this.#isSigning = false
  }

  /** Of both lanes alike, the oldest first. */
  #nextBatch(): Waiting[] {
    const { maxBatch, maxWaitMs, nowMs } = this.#options
    const { known, unknown } = this.#lanes
    const oldestMs = nowMs() - maxWaitMs
    const batch: Waiting[] = []
    for (let lane = known; batch.length < maxBatch && this.length > 0; lane = lane === known ? unknown : known) {
      const next = lane.shift()
      if (next === undefined) continue
      if (next.sinceMs >= oldestMs) batch.push(next)
      else {
        this.counters.late += 1
        next.resolve(undefined)
      }
    }
    return batch
  }

  async #sign(batch: readonly Waiting[]): Promise<void> {
    const byDenial = new Map<CompactDenial, Wanted[]>()
    for (const { prepared } of batch)
      for (const missing of prepared.missing) {
        const wanted = byDenial.get(missing.denial) ?? []
        byDenial.set(missing.denial, wanted)
        wanted.push({ ...missing, message: prepared.bytes })
      }
    const failed = new Set<Uint8Array>()
    const { maxWaitMs } = this.#options
    await Promise.all([...byDenial].map(([denial, wanted]) => fill(denial, wanted, failed, maxWaitMs)))
    for (const { prepared, resolve } of batch) {
      const isGood = !failed.has(prepared.bytes)
      this.counters[isGood ? 'completed' : 'failed'] += 1
      resolve(isGood ? prepared.bytes : undefined)
    }
  }
}

interface Wanted extends MissingSignature {
  readonly message: Uint8Array
}

/** Puts signatures into their messages; those that stay without are in `failed`. */
async function fill(
  denial: CompactDenial,
  wanted: readonly Wanted[],
  failed: Set<Uint8Array>,
  maxMs: number,
): Promise<void> {
  try {
    const signatures = await within(denial.sign(wanted), maxMs)
    for (const [index, { message, offset }] of wanted.entries()) {
      const signature = signatures[index]
      if (signature?.length === SIGNATURE_BYTES) message.set(signature, offset)
      else failed.add(message)
    }
  } catch {
    // Who asked hears SERVFAIL, and the counter tells the operator.
    for (const { message } of wanted) failed.add(message)
  }
}

/** Other nodes may never answer, and all other answers wait for this batch. */
async function within<T>(work: Promise<T>, maxMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the signer does not answer')), maxMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** First in, first out. */
class Lane {
  bytes = 0
  readonly #waiting = new Set<Waiting>()
  readonly #lengths = new Map<string, number>()

  get length(): number {
    return this.#waiting.size
  }

  lengthOf(client: string): number {
    return this.#lengths.get(client) ?? 0
  }

  push(next: Waiting): void {
    this.#waiting.add(next)
    this.#count(next, 1)
  }

  shift(): Waiting | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    this.#waiting.delete(first)
    this.#count(first, -1)
    return first
  }

  #count({ prepared, client }: Waiting, by: 1 | -1): void {
    this.bytes += by * prepared.bytes.length
    if (client === undefined) return
    const length = this.lengthOf(client) + by
    if (length === 0) this.#lengths.delete(client)
    else this.#lengths.set(client, length)
  }
}
