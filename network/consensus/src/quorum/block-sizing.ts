/** A height should take no longer than this from its start to its stored block. */
const TARGET_MS = 250
/** A full block that was this quick leaves room for a longer one. */
const QUICK_MS = 120
const MIN_BYTES = 65_536

/**
 * How many bytes of transactions a proposal carries: as many as this network handles within a fraction of a view's time,
 * so that load never turns into view changes. Each node measures for itself; nothing depends on two nodes agreeing.
 */
export class BlockSizing {
  readonly #maxBytes: number
  #bytes: number
  #beganAtMs: number | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#bytes = Math.min(maxBytes, 4 * MIN_BYTES)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A block of the height is being built or judged; the first call of a height counts. */
  began(nowMs: number): void {
    this.#beganAtMs ??= nowMs
  }

  /** The height's block, with so many bytes, is stored. */
  stored(nowMs: number, bytes: number): void {
    const tookMs = this.#beganAtMs === undefined ? undefined : nowMs - this.#beganAtMs
    this.#beganAtMs = undefined
    if (tookMs === undefined) return
    // A small block that was slow says nothing about size: a disk or a validator was.
    if (tookMs > TARGET_MS && bytes > MIN_BYTES)
      this.#bytes = Math.max(MIN_BYTES, Math.floor(Math.min(this.#bytes, bytes) * 0.7))
    else if (tookMs < QUICK_MS && bytes > this.#bytes * 0.8) {
      this.#bytes = Math.min(this.#maxBytes, Math.floor(this.#bytes * 1.25))
    }
  }
}
