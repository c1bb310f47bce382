import type { QueryObserver } from '../listen/listener.ts'
import { LineBatches, type LineBatchesOptions, type LineSink } from './line-batches.ts'
import { queryLine } from './query-line.ts'

export interface QueryLogOptions extends Omit<LineBatchesOptions, 'droppedLine'> {
  /** Each so-manieth query is logged. Default: each. */
  readonly sampleEvery?: number
  /** Since 1970. */
  readonly nowMs: () => number
}

/** A line for each query, or for each so-manieth, to a file or stream. */
export class QueryLog {
  readonly #lines: LineBatches
  readonly #sampleEvery: number
  readonly #nowMs: () => number
  #seen = 0

  constructor(sink: LineSink, options: QueryLogOptions) {
    const { sampleEvery = 1, nowMs } = options
    this.#lines = new LineBatches(sink, {
      ...options,
      droppedLine: (dropped) => `${JSON.stringify({ time: new Date(nowMs()).toISOString(), dropped })}\n`,
    })
    this.#sampleEvery = sampleEvery
    this.#nowMs = nowMs
  }

  /** Lines that were written, and those that were not because the file was too slow or could not be written. */
  get counters(): Readonly<{ written: number; dropped: number }> {
    return this.#lines.counters
  }

  readonly observe: QueryObserver = (query, response, transport, client, durationMs, sentBytes) => {
    this.#seen += 1
    if (this.#seen < this.#sampleEvery) return
    this.#seen = 0
    if (this.#lines.isFull) {
      this.#lines.drop()
      return
    }
    const nowMs = this.#nowMs()
    this.#lines.add(queryLine({ query, response, transport, client, durationMs, sentBytes, nowMs }))
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    return this.#lines.flush()
  }
}
