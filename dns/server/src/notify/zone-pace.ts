interface Rest {
  readonly timer: NodeJS.Timeout
  /** What was asked for last while it rests. */
  next: (() => void) | undefined
}

/** Has something done for a zone at once, and then again after a rest at the earliest: of what is asked for meanwhile only the last. */
export class ZonePace {
  readonly #restMs: number
  readonly #rests = new Map<string, Rest>()

  constructor(restMs: number) {
    this.#restMs = restMs
  }

  run(zone: string, work: () => void): void {
    const rest = this.#rests.get(zone)
    if (rest !== undefined) {
      rest.next = work
      return
    }
    const own: Rest = { timer: setTimeout(() => this.#wake(zone, own), this.#restMs), next: undefined }
    this.#rests.set(zone, own)
    work()
  }

  #wake(zone: string, { next }: Rest): void {
    this.#rests.delete(zone)
    if (next !== undefined) this.run(zone, next)
  }

  /** Forgets what was to be done. */
  close(): void {
    for (const { timer } of this.#rests.values()) clearTimeout(timer)
    this.#rests.clear()
  }
}
