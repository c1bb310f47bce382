/** Parts of a validator's work whose cost is counted apart. */
export type CostPart = 'verify' | 'ledger' | 'tree' | 'store' | 'wire'

/** CPU time spent per part and how often; the node gives one that reads the thread's CPU clock. */
export interface CostMeter {
  /** Runs `work` and books the CPU time of its synchronous part. */
  measure<T>(part: CostPart, work: () => T): T
  /** Microseconds and calls so far. */
  totals(): Readonly<Record<CostPart, { readonly microseconds: number; readonly calls: number }>>
}

const none = { microseconds: 0, calls: 0 }

/** Measures nothing: tests and simulation. */
export const noMeter: CostMeter = {
  measure: (_part, work) => work(),
  totals: () => ({ verify: none, ledger: none, tree: none, store: none, wire: none }),
}

/** Parts that run for each transaction or frame: asking for the CPU time costs more there than some of the work. */
const SAMPLED: Readonly<Record<CostPart, number>> = { verify: 16, ledger: 1, tree: 1, store: 1, wire: 16 }

/**
 * Reads the CPU clock of the calling thread, which does not run while another process has the core. Frequent parts are
 * measured at one call in sixteen, chosen at random so that no rhythm of the load biases them.
 */
export function threadCostMeter(): CostMeter {
  const microseconds = { verify: 0, ledger: 0, tree: 0, store: 0, wire: 0 }
  const calls = { verify: 0, ledger: 0, tree: 0, store: 0, wire: 0 }
  const now = (): number => {
    // Linux brings the thread's figure up to date only when the whole process is asked; alone it moves in ticks of 1–4 ms.
    process.cpuUsage()
    const usage = process.threadCpuUsage()
    return usage.user + usage.system
  }
  return {
    measure(part, work) {
      calls[part]++
      const every = SAMPLED[part]
      if (every > 1 && Math.random() * every >= 1) return work()
      const start = now()
      try {
        return work()
      } finally {
        microseconds[part] += (now() - start) * every
      }
    },
    totals: () => ({
      verify: { microseconds: microseconds.verify, calls: calls.verify },
      ledger: { microseconds: microseconds.ledger, calls: calls.ledger },
      tree: { microseconds: microseconds.tree, calls: calls.tree },
      store: { microseconds: microseconds.store, calls: calls.store },
      wire: { microseconds: microseconds.wire, calls: calls.wire },
    }),
  }
}
