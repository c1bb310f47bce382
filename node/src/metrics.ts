import type { NodeStatus } from '@cresset/access-http-api'
import type { CostMeter, LedgerApplication } from '@cresset/network-application'
import type { EngineStatus } from '@cresset/network-consensus/interface'
import type { Store } from '@cresset/network-storage'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type DnsMetricSources, registerDnsMetrics } from './dns-metrics.ts'

export interface MetricSources {
  readonly application: LedgerApplication
  readonly store: Store
  readonly voteRecord: { readonly flushes: number }
  readonly meter: CostMeter
  engine(): EngineStatus
  /** Of all that are known, by name. */
  peers(): readonly { readonly name: string; readonly connected: boolean }[]
  /** Over all links since the start, frame headers included, TLS not. */
  linkBytes(): { readonly sent: number; readonly received: number }
  status(): Pick<NodeStatus, 'ready' | 'kind' | 'membership'>
  nowMs(): number
  /** Undefined on a node that answers no DNS. */
  dns?(): DnsMetricSources | undefined
}

export interface MetricDescription {
  readonly name: string
  /** `gauge`, `counter` or `histogram`. */
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

/** What a node exports, for the documentation. */
export function describeMetrics(): readonly MetricDescription[] {
  // Nothing is read before it is asked for.
  return new Metrics({} as MetricSources).describe()
}

/** Prometheus metrics of a node. Each is read when it is asked for; only durations are counted as they happen. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #finality: Histogram
  readonly #commit: Histogram

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
          // A link whose peer was removed takes its counts with it.
          this.inc(Math.max(0, now - last))
          last = now
        },
      })
    }
    const { application, store, voteRecord, meter } = sources
    gauge('cresset_height', 'Newest committed height', () => application.info().height)
    gauge(
      'cresset_oldest_block_height',
      'Oldest block that is kept; 0 before there is any',
      () => application.queries.oldestHeight ?? 0,
    )
    gauge('cresset_view', 'View of the height that is being decided', () => sources.engine().view)
    gauge('cresset_highest_seen', 'Highest height that a peer told', () => sources.engine().highestSeen)
    gauge('cresset_last_block_age_seconds', 'Since the time of the newest committed block', () =>
      Math.max(0, (sources.nowMs() - application.head.timeMs) / 1_000),
    )
    gauge('cresset_ready', '1: the node follows the ledger, as /health/ready says', () =>
      Number(sources.status().ready),
    )
    gauge('cresset_member', '1: the ledger lists this node', () => Number(sources.status().membership === 'member'))
    gauge('cresset_validator', '1: it votes on one of the next two blocks', () =>
      Number(sources.status().kind === 'validator'),
    )
    gauge('cresset_peers', 'Connected peers', () => sources.peers().filter(({ connected }) => connected).length)
    gauge('cresset_peers_known', 'Nodes that this one keeps links with', () => sources.peers().length)
    new Gauge({
      name: 'cresset_peer_connected',
      help: '1: the link to this node stands',
      labelNames: ['peer'],
      registers: [registry],
      collect() {
        // Who was removed is no longer told of.
        this.reset()
        for (const { name, connected } of sources.peers()) this.set({ peer: name }, Number(connected))
      },
    })
    new Gauge({
      name: 'cresset_agreement_events',
      help: 'What agreement did since the start, by kind: blocks, messages taken and refused, changes of view, …',
      labelNames: ['event'],
      registers: [registry],
      collect() {
        for (const [event, count] of Object.entries(sources.engine().counters)) this.set({ event }, count)
      },
    })
    gauge('cresset_mempool_transactions', 'Waiting transactions', () => application.pendingTransactions().count)
    gauge('cresset_mempool_bytes', 'Bytes of waiting transactions', () => application.pendingTransactions().bytes)
    counter('cresset_link_sent_bytes_total', 'Bytes sent over links', () => sources.linkBytes().sent)
    counter('cresset_link_received_bytes_total', 'Bytes received over links', () => sources.linkBytes().received)
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
    registerDnsMetrics(registry, () => sources.dns?.())
    this.#finality = new Histogram({
      name: 'cresset_finality_seconds',
      help: 'From a transaction sent to this node to its durable commit',
      buckets: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12],
      registers: [registry],
    })
    this.#commit = new Histogram({
      name: 'cresset_commit_seconds',
      help: 'From the decision on a block to its durable commit',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56],
      registers: [registry],
    })
  }

  observeCommit(seconds: number): void {
    this.#commit.observe(seconds)
  }

  observeFinality(seconds: number): void {
    this.#finality.observe(seconds)
  }

  /** All with names of their own, those of the process left out. */
  describe(): readonly MetricDescription[] {
    return this.#registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith('cresset_'))
      .map((metric) => ({ name: metric.name, help: metric.help, ...undeclaredOf(metric) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}

/** What prom-client has on each metric and does not declare. */
function undeclaredOf(metric: object): Pick<MetricDescription, 'type' | 'labels'> {
  const { type, labelNames } = metric as { readonly type: string; readonly labelNames: readonly string[] }
  return { type, labels: labelNames }
}
