import type { ProvenPart } from './proven-part.ts'
import { ResolveError } from './resolve-error.ts'

export interface PartCacheOptions {
  readonly prove: (owner: Uint8Array, notBeforeMs: number) => Promise<ProvenPart>
  readonly now: () => number
  /** Age of a certified header at which nothing may rest on it any more. */
  readonly maxStalenessMs: number
  readonly maxParts?: number
  /** Sum over what is kept, as far as records go. */
  readonly maxBytes?: number
  /** Proofs that are fetched at once; a question that needs one more is refused. */
  readonly maxFlights?: number
  /** Questions that wait for proofs, of whatever names; one more is refused. */
  readonly maxWaiting?: number
  /** How long the answer to a question waits for a proof. */
  readonly deadlineMs?: number
  /** How long a failure stands for the next questions too (RFC 9520 section 3.2 asks for at least a second). */
  readonly failureMs?: number
}

const defaults = {
  maxParts: 4_096,
  maxBytes: 16 * 1024 * 1024,
  maxFlights: 64,
  maxWaiting: 2_048,
  deadlineMs: 4_500,
  failureMs: 1_000,
}
/** What an entry takes besides its records. */
const PART_OVERHEAD_BYTES = 512

interface Entry {
  readonly part: ProvenPart
  readonly staleAtMs: number
  readonly bytes: number
}

/** Proven parts by owner, the one longest unused going first; equal questions wait for one proof. */
export class PartCache {
  readonly #options: Required<PartCacheOptions>
  readonly #entries = new Map<string, Entry>()
  readonly #flights = new Map<string, Promise<ProvenPart>>()
  readonly #failures = new Map<string, { readonly error: unknown; readonly untilMs: number }>()
  #bytes = 0
  #waiting = 0

  constructor(options: PartCacheOptions) {
    this.#options = { ...defaults, ...options }
  }

  /** @throws ResolveError, ClientError */
  get(owner: Uint8Array, notBeforeMs: number): Promise<ProvenPart> {
    const key = String.fromCharCode(...owner)
    const nowMs = this.#options.now()
    const entry = this.#entries.get(key)
    if (entry !== undefined && nowMs < entry.staleAtMs && entry.part.provenAtMs >= notBeforeMs) {
      this.#entries.delete(key)
      this.#entries.set(key, entry)
      return Promise.resolve(entry.part)
    }
    const failure = this.#failures.get(key)
    if (failure !== undefined && nowMs < failure.untilMs) return Promise.reject(failure.error)
    if (this.#waiting >= this.#options.maxWaiting)
      return Promise.reject(new ResolveError('busy', `${this.#waiting} questions wait for proofs; ask again`))
    return this.#withDeadline(this.#flights.get(key) ?? this.#fly(key, owner, notBeforeMs))
  }

  #fly(key: string, owner: Uint8Array, notBeforeMs: number): Promise<ProvenPart> {
    if (this.#flights.size >= this.#options.maxFlights) {
      return Promise.reject(new ResolveError('busy', `${this.#flights.size} proofs are being fetched; ask again`))
    }
    const flight = this.#options.prove(owner, notBeforeMs).then(
      (part) => this.#keep(key, part),
      (error: unknown) => {
        this.#fail(key, error)
        throw error
      },
    )
    const ended = flight.finally(() => this.#flights.delete(key))
    this.#flights.set(key, ended)
    return ended
  }

  #keep(key: string, part: ProvenPart): ProvenPart {
    const { maxStalenessMs, maxParts, maxBytes } = this.#options
    this.#drop(key)
    this.#failures.delete(key)
    const entry = {
      part,
      staleAtMs: part.rests.timeMs + maxStalenessMs,
      bytes: PART_OVERHEAD_BYTES + key.length + bytesOf(part),
    }
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxParts && this.#bytes <= maxBytes) break
      this.#drop(oldest)
    }
    return part
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }

  #fail(key: string, error: unknown): void {
    const { now, failureMs, maxParts } = this.#options
    this.#failures.delete(key)
    this.#failures.set(key, { error, untilMs: now() + failureMs })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > maxParts && oldest !== undefined) this.#failures.delete(oldest)
  }

  /** The proof goes on when the deadline is over, for the one who asks again. */
  async #withDeadline(flight: Promise<ProvenPart>): Promise<ProvenPart> {
    const { deadlineMs } = this.#options
    let timer: NodeJS.Timeout | undefined
    this.#waiting += 1
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new ResolveError('late', `no node proved it within ${deadlineMs} ms`)),
        deadlineMs,
      )
    })
    try {
      return await Promise.race([flight, late])
    } finally {
      this.#waiting -= 1
      clearTimeout(timer)
    }
  }
}

function bytesOf({ rrsets, otherOwners }: ProvenPart): number {
  const records = rrsets.flatMap(({ owner, rdatas }) => [owner, ...rdatas])
  return [...records, ...otherOwners].reduce((sum, bytes) => sum + bytes.length + 16, 0)
}
