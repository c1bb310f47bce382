/** A height's block should cost a node no more work than this: a fraction of a view's time. */
const MAX_WORK_MS = 200
/** A full block that cost less leaves room for a longer one. */
const LIGHT_WORK_MS = 100
const MIN_BYTES = 65_536

/**
 * How many bytes of transactions a proposal carries: as many as this node builds, judges, executes and writes within a
 * fraction of a view's time, so that load never turns into view changes. Only the own work counts, not the waiting for disks
 * and votes, which shorter blocks would not shorten. Nothing depends on two nodes agreeing.
 */
export class BlockSizing {
  readonly #maxBytes: number
  readonly #nowMs: () => number
  #bytes: number
  #workMs = 0

  constructor(maxBytes: number, nowMs: () => number) {
    this.#maxBytes = maxBytes
    this.#nowMs = nowMs
    this.#bytes = Math.min(maxBytes, 4 * MIN_BYTES)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Runs a synchronous part of the work on the height's block. */
  measure<T>(work: () => T): T {
    const beganMs = this.#nowMs()
    try {
      return work()
    } finally {
      this.#workMs += this.#nowMs() - beganMs
    }
  }

  /** The height's block, with so many bytes, is stored. */
  stored(bytes: number): void {
    const workMs = this.#workMs
    this.#workMs = 0
    // A short block that took long says nothing about length: the machine was busy.
    if (workMs > MAX_WORK_MS && bytes > MIN_BYTES) {
      this.#bytes = Math.max(MIN_BYTES, Math.floor(Math.min(this.#bytes, bytes) * 0.7))
    } else if (workMs < LIGHT_WORK_MS && bytes > this.#bytes * 0.8) {
      this.#bytes = Math.min(this.#maxBytes, Math.floor(this.#bytes * 1.25))
    }
  }
}
