import { join } from 'node:path'
import { measureFailover } from './agreement/failover.ts'
import { measureJoins } from './agreement/join.ts'
import { type Aim, atLeast, atMost, defineBenchmark, type Figure, type Table } from './harness/benchmark.ts'
import { UsageError } from './harness/options.ts'
import { seededRandom } from './harness/seeded-random.ts'
import { median, percentile, significant } from './harness/statistics.ts'
import { LocalNetwork } from './network/local-network.ts'
import { fullLoad } from './pbft/full-load.ts'
import { latencies } from './pbft/load.ts'
import { growth } from './pbft/reading.ts'
import { Transfers } from './pbft/transfers.ts'

const sections = ['throughput', 'finality', 'failover', 'one-down', 'join'] as const
type Section = (typeof sections)[number]

/** Transfers a second at which finality is measured, where the network can carry them. */
const rates = [10, 100, 1_000] as const
/** At this share of the full load a queue grows without end on an open loop, and the figure would be that of the queue. */
const SUSTAINED_SHARE = 0.7
/** Up to this rate it is measured whatever the short full load said. */
const ALWAYS_RATE = 100
const VALID_MS = 6 * 3_600_000
/** The aims are for four. */
const AIMED = 4

/** What a section adds to the result. */
interface Part {
  readonly figures: Record<string, Figure>
  readonly aims?: readonly Aim[]
  readonly rows?: readonly (readonly Figure[])[]
}

export default defineBenchmark({
  name: 'agreement',
  description: 'Agreement of 4 to 13 validators on this machine: throughput, finality, failover, one down, joining',
  packages: ['lmdb', 'sodium-native', 'fastify'],
  options: {
    only: { type: 'string', default: '', description: `sections with commas between: ${sections.join(', ')}` },
    validators: { type: 'string', default: '4,7,10,13', description: 'sizes of the networks' },
    accounts: { type: 'number', default: 20_000, description: 'funded accounts in genesis' },
    bytes: { type: 'number', default: 250, description: 'bytes of a signed transfer' },
    seconds: { type: 'number', default: 60, description: 'seconds of full load that are measured' },
    warmUpSeconds: { type: 'number', default: 5, description: 'seconds of load before them' },
    presign: { type: 'number', default: 4_500, description: 'transfers signed beforehand for each of these seconds' },
    waiting: { type: 'number', default: 6_000, description: 'transfers kept waiting in the pools' },
    finalitySeconds: { type: 'number', default: 20, description: 'seconds of a round at each rate' },
    finalityRounds: { type: 'number', default: 3, description: 'rounds, of whose figures the median is told' },
    failovers: { type: 'number', default: 50, description: 'proposers killed, each way' },
    names: { type: 'number', default: 100_000, description: 'names of the ledger that is joined' },
    joins: { type: 'number', default: 3, description: 'times that it is joined, each way' },
  },
  async run({ options, folder, progress }) {
    const chosen = chooseSections(options.only)
    const sizes = options.validators.split(',').map(Number)
    if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > 64))
      throw new UsageError(`--validators ${options.validators}: numbers from 1 to 64 with commas between`)
    const figures: Record<string, Figure> = {}
    const aims: Aim[] = []
    const tables: Table[] = []
    const add = (table: Omit<Table, 'rows'>, parts: readonly Part[]): void => {
      for (const part of parts) {
        Object.assign(figures, part.figures)
        aims.push(...(part.aims ?? []))
      }
      if (parts.length > 0) tables.push({ ...table, rows: parts.flatMap(({ rows }) => rows ?? []) })
    }
    const throughputs: Part[] = []
    const finalities: Part[] = []
    const oneDowns: Part[] = []
    const failovers: Part[] = []
    const failures: Figure[][] = []
    for (const size of chosen.some((section) => section !== 'join') ? sizes : []) {
      const ofFour = size === AIMED
      if (!chosen.some((section) => section === 'throughput' || section === 'finality') && !ofFour) continue
      progress(`n = ${size}: making ${options.accounts} accounts`)
      const transfers = new Transfers(options.accounts, options.bytes)
      const network = await LocalNetwork.start({
        folder: join(folder, `network-${size}`),
        validators: size,
        fund: transfers.accounts.map((account) => ({ account, amount: 1_000_000_000n })),
      })
      const tell = (line: string): void => progress(`n = ${size}: ${line}`)
      try {
        await network.ready()
        const context = { network, transfers, options, size, progress: tell }
        // The quiet sections first: after a full load the processes still tidy up.
        if (chosen.includes('finality')) finalities.push(await finality(context))
        if (chosen.includes('failover') && ofFour) failovers.push(await failover(context))
        let perSecond: number | undefined
        if (chosen.includes('throughput') || (chosen.includes('one-down') && ofFour)) {
          const measured = await throughput(context)
          perSecond = measured.perSecond
          if (chosen.includes('throughput')) throughputs.push(measured)
        }
        if (chosen.includes('one-down') && ofFour && perSecond !== undefined)
          oneDowns.push(await oneDown(context, perSecond))
      } catch (error) {
        // An hour's other figures are worth keeping.
        const reason = error instanceof Error ? error.message : String(error)
        tell(`the rest is not measured: ${reason}`)
        failures.push([size, reason])
      } finally {
        await network.stop()
      }
    }
    add(
      {
        title: `Full load for ${options.seconds} s, transfers of ${options.bytes} bytes; bytes and CPU of one validator for one transfer`,
        columns: ['validators', 'transfers/s', 'transfers/block', 'wire bytes', 'CPU µs', 'load generator'],
      },
      throughputs,
    )
    add(
      {
        title: 'Finality over the HTTP API, ms from due to receipt, medians of the rounds',
        columns: ['validators', 'transfers/s', 'p50', 'p99', 'p99 of each round'],
      },
      finalities,
    )
    add(
      {
        title: 'SIGKILL of the proposer to the next block, ms',
        columns: ['network', 'times', 'p50', 'p99', 'greatest'],
      },
      failovers,
    )
    add(
      {
        title: 'Full load with one validator of four down',
        columns: ['all up, transfers/s', 'one down, transfers/s', 'share'],
      },
      oneDowns,
    )
    if (chosen.includes('join')) {
      const { names, joins: rounds } = options
      const place = join(folder, 'network-join')
      const joined = joins(names, await measureJoins({ folder: place, names, rounds, progress }))
      add(
        {
          title: `A new node joins a ledger of ${names} names, s from the start of its process`,
          columns: ['blocks', 'by the state', 'by all blocks', 'times faster'],
        },
        [joined],
      )
    }
    if (failures.length > 0)
      tables.push({ title: 'Not measured to the end', columns: ['validators', 'why'], rows: failures })
    return { figures, aims, tables }
  },
})

function chooseSections(only: string): readonly Section[] {
  const words = only.split(',').filter((word) => word !== '')
  const isSection = (word: string): word is Section => sections.some((section) => section === word)
  const unknown = words.filter((word) => !isSection(word))
  if (unknown.length > 0)
    throw new UsageError(`there is no section ${unknown.join(', ')}; there are: ${sections.join(', ')}`)
  return words.length === 0 ? sections : words.filter(isSection)
}

interface Context {
  readonly network: LocalNetwork
  readonly transfers: Transfers
  readonly size: number
  readonly options: {
    readonly seconds: number
    readonly warmUpSeconds: number
    readonly presign: number
    readonly waiting: number
    readonly finalitySeconds: number
    readonly finalityRounds: number
    readonly failovers: number
  }
  progress(line: string): void
}

async function throughput({
  network,
  transfers,
  options,
  size,
  progress,
}: Context): Promise<Part & { perSecond: number }> {
  const { before, after } = await fullLoad(network, transfers, { ...options, progress })
  const seconds = (after.atMs - before.atMs) / 1_000
  // What the slowest validator has committed.
  const committed = (reading: typeof before): number[] =>
    reading.validators.map((figures) => figures.get('cresset_transactions_total') ?? 0)
  const first = committed(before)
  const transactions = Math.min(...committed(after).map((count, index) => count - first[index]!))
  if (transactions === 0)
    throw new Error(`nothing became final in ${Math.round(seconds)} s: this machine is too busy to measure`)
  const heights = (reading: typeof before): number => reading.validators[0]?.get('cresset_height') ?? 0
  const blocks = heights(after) - heights(before)
  const each = transactions * before.validators.length
  const wireBytes = growth('cresset_link_sent_bytes_total', before, after) / each
  const cpu = (growth('process_cpu_seconds_total', before, after) * 1e6) / each
  const generatorUs =
    after.loadGenerator.user + after.loadGenerator.system - before.loadGenerator.user - before.loadGenerator.system
  const share = generatorUs / (generatorUs + cpu * each)
  const perSecond = Math.round(transactions / seconds)
  return {
    perSecond,
    figures: {
      [`n${size}TransactionsPerSecond`]: perSecond,
      [`n${size}WireBytes`]: Math.round(wireBytes),
      [`n${size}CpuMicroseconds`]: significant(cpu, 4),
    },
    aims: size === AIMED ? [atLeast('transactions a second', perSecond, 2_500, 'tx/s')] : [],
    rows: [
      [
        size,
        perSecond,
        Math.round(transactions / blocks),
        Math.round(wireBytes),
        significant(cpu, 4),
        `${Math.round(share * 100)}%`,
      ],
    ],
  }
}

async function finality({ network, transfers, options, size, progress }: Context): Promise<Part> {
  const chainId = await network.chainId()
  const random = seededRandom(1)
  const { finalitySeconds, finalityRounds } = options
  const figures: Record<string, Figure> = {}
  const aims: Aim[] = []
  const rows: Figure[][] = []
  const carried = await shortFullLoad({ network, transfers, options, size, progress })
  for (const rate of rates) {
    if (rate > ALWAYS_RATE && rate > carried * SUSTAINED_SHARE) {
      rows.push([size, rate, '-', '-', `not measured: it carries ${carried}/s on this machine`])
      continue
    }
    const rounds: number[][] = []
    for (let round = 1; round <= finalityRounds; round++) {
      progress(`${rate} transfers a second for ${finalitySeconds} s, round ${round}`)
      // The first ones pay for compilation in every process and are not counted.
      await latencies(network, transfers.sign(rate * 2, chainId, Date.now() + VALID_MS), rate, random)
      const batch = transfers.sign(rate * finalitySeconds, chainId, Date.now() + VALID_MS)
      rounds.push(await latencies(network, batch, rate, random))
    }
    const each = (rank: number): number[] => rounds.map((round) => significant(percentile(round, rank), 3))
    const [p50, p99] = [median(each(50)), median(each(99))]
    figures[`n${size}FinalityAt${rate}P50Ms`] = p50
    figures[`n${size}FinalityAt${rate}P99Ms`] = p99
    rows.push([size, rate, p50, p99, each(99).join(', ')])
    if (size === AIMED && rate === 100) {
      aims.push(atMost('finality p50 at 100 tx/s', p50, 20, 'ms'), atMost('finality p99 at 100 tx/s', p99, 80, 'ms'))
    }
  }
  return { figures, aims, rows }
}

/** Also warms up every process. */
async function shortFullLoad({ network, transfers, options, progress }: Context): Promise<number> {
  const { before, after } = await fullLoad(network, transfers, { ...options, warmUpSeconds: 5, seconds: 5, progress })
  // What still waits would be before the transfers that are measured next.
  await network.drained()
  const grown = growth('cresset_transactions_total', before, after) / before.validators.length
  return Math.round((grown * 1_000) / (after.atMs - before.atMs))
}

async function failover({ network, transfers, options, progress }: Context): Promise<Part> {
  const { failovers } = options
  const measured = await measureFailover(network, transfers, {
    repeats: failovers,
    perSecond: 100,
    random: seededRandom(2),
    progress,
  })
  const { quietMs, loadedMs } = measured
  const at = (times: readonly number[], rank: number): number => significant(percentile(times, rank), 3)
  const row = (name: string, times: readonly number[]): Figure[] => [
    name,
    times.length,
    ...[50, 99, 100].map((rank) => at(times, rank)),
  ]
  return {
    figures: {
      failoverQuietP50Ms: at(quietMs, 50),
      failoverQuietP99Ms: at(quietMs, 99),
      failoverLoadedP50Ms: at(loadedMs, 50),
      failoverLoadedP99Ms: at(loadedMs, 99),
    },
    aims: [
      atMost('failover p99, quiet', at(quietMs, 99), 1_000, 'ms'),
      atMost('failover p99 at 100 tx/s', at(loadedMs, 99), 1_000, 'ms'),
    ],
    rows: [row('quiet', quietMs), row('100 transfers/s', loadedMs)],
  }
}

async function oneDown(context: Context, allUp: number): Promise<Part> {
  const { network, size } = context
  await network.kill(size - 1)
  const { perSecond } = await throughput({ ...context, progress: (line) => context.progress(`one down, ${line}`) })
  const share = significant(perSecond / allUp, 3)
  return {
    figures: { oneDownTransactionsPerSecond: perSecond, oneDownShare: share },
    aims: [atLeast('throughput with one of four down', Math.round(share * 100), 60, '%')],
    rows: [[allUp, perSecond, `${Math.round(share * 100)}%`]],
  }
}

function joins(
  names: number,
  { height, snapshotSeconds, replaySeconds }: Awaited<ReturnType<typeof measureJoins>>,
): Part {
  // A pair of joins follows each other: the machine's drift is in both.
  const ratio = significant(median(replaySeconds.map((replay, round) => replay / snapshotSeconds[round]!)), 3)
  const [snapshot, replay] = [median(snapshotSeconds), median(replaySeconds)].map((seconds) => significant(seconds, 3))
  return {
    figures: {
      joinNames: names,
      joinBlocks: height,
      joinByStateSeconds: snapshot!,
      joinByBlocksSeconds: replay!,
      joinTimesFaster: ratio,
    },
    aims: [atLeast('join by the state, times faster than by blocks', ratio, 10, '')],
    rows: [[height, snapshot!, replay!, ratio]],
  }
}
