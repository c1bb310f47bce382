import { setTimeout } from 'node:timers/promises'
import { Slice } from '../zone-file/slice.ts'
import type { FollowedZone } from './followed-zone.ts'

export interface VersionWorkOptions {
  /** Versions are made no more often, in milliseconds. */
  readonly intervalMs: number
  /** Told of the SOA record of each. */
  readonly onVersion: (soa: Uint8Array) => void
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

/** Makes versions of one zone when it is woken, in slices between which queries are answered; a large zone does not hold up the others. */
export class VersionWork {
  readonly #zone: FollowedZone
  readonly #options: VersionWorkOptions
  #underWay: Promise<void> | undefined
  #isAskedAgain = false
  #startedMs = Number.NEGATIVE_INFINITY

  constructor(zone: FollowedZone, options: VersionWorkOptions) {
    this.#zone = zone
    this.#options = options
  }

  /** Resolves when nothing is left to do. */
  wake(): Promise<void> {
    this.#isAskedAgain = true
    this.#underWay ??= this.#run()
    return this.#underWay
  }

  async #run(): Promise<void> {
    const { signal, intervalMs, onVersion } = this.#options
    const slice = new Slice()
    try {
      // Not within the change that is told of.
      await slice.next()
      while (this.#isAskedAgain && !signal.aborted) {
        const waitMs = this.#startedMs + intervalMs - performance.now()
        if (waitMs > 0) await setTimeout(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
        this.#startedMs = performance.now()
        this.#isAskedAgain = false
        const steps = this.#zone.advance()
        let step = steps.next()
        for (; step.done !== true && !signal.aborted; step = steps.next()) if (slice.isOver()) await slice.next()
        if (step.done === true && step.value !== undefined) onVersion(step.value)
      }
    } finally {
      // At once with the look at whether more is asked for, so that nobody who asks is left waiting.
      this.#underWay = undefined
    }
  }
}
