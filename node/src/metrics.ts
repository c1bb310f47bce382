import type { CostMeter, LedgerApplication } from '@cresset/network-application'
import type { EngineStatus } from '@cresset/network-consensus/interface'
import type { Store } from '@cresset/network-storage'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface MetricSources {
  readonly application: LedgerApplication
  readonly store: Store
  readonly voteRecord: { readonly flushes: number }
  readonly meter: CostMeter
  engine(): EngineStatus
  connectedPeers(): number
}

/** Prometheus metrics of a node. Each is read when it is asked for; only finality is counted as it happens. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #finality: Histogram

  constructor(sources: MetricSources) {
    const registry = this.#registry
    collectDefaultMetrics({ register: registry })
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read())
        },
      })
    }
    /** A value that another part counts: prom-client's counters only add, so the difference is added. */
    const counter = (name: string, help: string, read: () => number): void => {
      let last = 0
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          const now = read()
          this.inc(now - last)
          last = now
        },
      })
    }
    const { application, store, voteRecord, meter } = sources
    gauge('cresset_height', 'Newest committed height', () => application.info().height)
    gauge('cresset_view', 'View of the height that is being decided', () => sources.engine().view)
    gauge('cresset_highest_seen', 'Highest height that a peer told', () => sources.engine().highestSeen)
    gauge('cresset_peers', 'Connected peers', () => sources.connectedPeers())
    gauge('cresset_mempool_transactions', 'Waiting transactions', () => application.pendingTransactions().count)
    gauge('cresset_mempool_bytes', 'Bytes of waiting transactions', () => application.pendingTransactions().bytes)
    counter('cresset_store_flushes_total', 'Batches made durable', () => store.statistics.flushes)
    counter('cresset_vote_flushes_total', 'Votes made durable', () => voteRecord.flushes)
    counter('cresset_store_puts_total', 'Puts and deletes', () => store.statistics.puts)
    counter('cresset_store_bytes_total', 'Bytes put', () => store.statistics.bytes)
    counter('cresset_signature_checks_total', 'Signatures of transactions checked', () => application.signatureChecks)
    counter(
      'cresset_transactions_total',
      'Transactions committed since the start',
      () => application.committedTransactions,
    )
    for (const part of ['verify', 'ledger', 'tree', 'store', 'wire'] as const) {
      counter(`cresset_cpu_${part}_microseconds_total`, `CPU time of ${part}`, () => meter.totals()[part].microseconds)
    }
    this.#finality = new Histogram({
      name: 'cresset_finality_seconds',
      help: 'From a transaction sent to this node to its durable commit',
      buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
      registers: [registry],
    })
  }

  observeFinality(seconds: number): void {
    this.#finality.observe(seconds)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
