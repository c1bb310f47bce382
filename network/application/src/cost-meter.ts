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

/** Signatures are checked one by one, each in about the same time: one of so many is measured and counts for all. */
const VERIFICATIONS_A_SAMPLE = 16

/**
 * Reads the CPU clock of the calling thread, which does not run while another process has the core. Linux brings that
 * clock up to date at its ticks (1–4 ms): one section is measured as nothing or as a whole tick, and the sum over many is
 * right. To ask for the exact figure would cost more than most sections (0.3 ms on a busy machine, measured).
 */
export function threadCostMeter(): CostMeter {
  const microseconds = { verify: 0, ledger: 0, tree: 0, store: 0, wire: 0 }
  const calls = { verify: 0, ledger: 0, tree: 0, store: 0, wire: 0 }
  const now = (): number => {
    const usage = process.threadCpuUsage()
    return usage.user + usage.system
  }
  return {
    measure(part, work) {
      const call = calls[part]++
      const weight = part === 'verify' ? VERIFICATIONS_A_SAMPLE : 1
      if (call % weight !== 0) return work()
      const start = now()
      try {
        return work()
      } finally {
        microseconds[part] += weight * (now() - start)
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
