/** Takes text in order; resolves when it is written, rejects when it is not. */
export interface LineSink {
  write(text: string): Promise<void>
}

export interface LineBatchesOptions {
  /** Lines that wait for the sink take no more than this; those that come then are dropped. Default 1 MiB. */
  readonly maxWaitingBytes?: number
  /** How long a line waits for others at most. Default 200 ms. */
  readonly batchMs?: number
  /** For the line that tells how many were dropped. */
  readonly droppedLine: (count: number) => string
  /** Told of what the sink could not write. */
  readonly onProblem?: (error: Error) => void
}

const DEFAULT_MAX_WAITING_BYTES = 2 ** 20
const DEFAULT_BATCH_MS = 200
/** So much is written without waiting for more. */
const BATCH_BYTES = 65_536

/**
 * Writes lines in batches, one at a time. When the sink is slower than the lines come, lines are dropped and counted, and nothing grows:
 * memory is bounded by twice `maxWaitingBytes`.
 */
export class LineBatches {
  readonly counters = { written: 0, dropped: 0 }
  readonly #sink: LineSink
  readonly #options: LineBatchesOptions
  readonly #maxWaitingBytes: number
  #waiting: string[] = []
  #waitingBytes = 0
  /** Dropped since the log last told so. */
  #untold = 0
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(sink: LineSink, options: LineBatchesOptions) {
    this.#sink = sink
    this.#options = options
    this.#maxWaitingBytes = options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES
  }

  /** True while a line would be dropped: then it need not be made. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#maxWaitingBytes
  }

  drop(): void {
    this.counters.dropped += 1
    this.#untold += 1
  }

  /** `line` is ASCII and ends in a line feed. */
  add(line: string): void {
    if (this.#waitingBytes + line.length > this.#maxWaitingBytes) {
      this.drop()
      return
    }
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    if (this.#writing !== undefined) return
    if (this.#waitingBytes >= BATCH_BYTES) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), this.#options.batchMs ?? DEFAULT_BATCH_MS)
  }

  /** Writes what waits, and resolves when that is done. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#untold > 0 || this.#writing !== undefined) {
      if (this.#writing === undefined) this.#write()
      await this.#writing
    }
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    const dropped = this.#untold
    this.#untold = 0
    if (dropped > 0) lines.push(this.#options.droppedLine(dropped))
    const count = lines.length
    this.#writing = this.#sink.write(lines.join('')).then(
      () => {
        this.counters.written += count
        this.#after()
      },
      (error: Error) => {
        this.counters.dropped += count
        this.#options.onProblem?.(error)
        this.#after()
      },
    )
  }

  #after(): void {
    this.#writing = undefined
    if (this.#waiting.length > 0) this.#write()
  }
}
