import { join } from 'node:path'
import { atLeast, atMost, defineBenchmark, type Table } from './harness/benchmark.ts'
import { seededRandom } from './harness/seeded-random.ts'
import { median, percentile, significant } from './harness/statistics.ts'
import { LocalNetwork } from './network/local-network.ts'
import { type BlockCount, countReceipts } from './pbft/count-receipts.ts'
import { fullLoad } from './pbft/full-load.ts'
import { latencies } from './pbft/load.ts'
import { growth, type Reading } from './pbft/reading.ts'
import { Transfers } from './pbft/transfers.ts'

const warmUpSeconds = 5
/** Transfers a second at which finality is measured. */
const rates = [10, 100] as const
const parts = ['verify', 'ledger', 'tree', 'store', 'wire'] as const

export default defineBenchmark({
  name: 'pbft',
  description:
    'Agreement of validators in separate processes on this machine: transfers a second, CPU by part, finality',
  packages: ['lmdb', 'sodium-native', 'fastify'],
  options: {
    validators: { type: 'number', default: 4, description: 'validators, each a process' },
    accounts: { type: 'number', default: 100_000, description: 'funded accounts in genesis' },
    bytes: { type: 'number', default: 250, description: 'bytes of a signed transfer' },
    seconds: { type: 'number', default: 60, description: 'seconds of full load that are measured' },
    presign: { type: 'number', default: 4_500, description: 'transfers signed beforehand for each of these seconds' },
    waiting: { type: 'number', default: 6_000, description: 'transfers kept waiting in the pools' },
    latencySeconds: {
      type: 'number',
      default: 20,
      description: 'seconds of a round at 10 and at 100 transfers a second',
    },
    latencyRounds: { type: 'number', default: 3, description: 'rounds, of whose figures the median is told' },
    nodeFlags: { type: 'string', default: '', description: "flags of the validators' Node, separated by spaces" },
    profile: { type: 'string', default: '', description: 'folder for CPU profiles of the validators' },
  },
  async run({ options, folder, progress }) {
    progress(`making ${options.accounts} accounts`)
    const transfers = new Transfers(options.accounts, options.bytes)
    const profile = options.profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`]
    const network = await LocalNetwork.start({
      folder: join(folder, 'network'),
      validators: options.validators,
      fund: transfers.accounts.map((account) => ({ account, amount: 1_000_000_000n })),
      nodeArguments: [...profile, ...options.nodeFlags.split(' ').filter((flag) => flag !== '')],
    })
    try {
      await network.ready()
      const { genesis } = network.consortium
      const chainId = await network.chainId()
      const validUntilMs = Date.now() + 6 * 3_600_000
      const random = seededRandom(1)
      const finality = new Map<number, number[][]>(rates.map((rate) => [rate, []]))
      for (let round = 1; round <= options.latencyRounds; round++) {
        for (const [perSecond, rounds] of finality) {
          progress(`${perSecond} transfers a second for ${options.latencySeconds} s, round ${round}`)
          // The first ones pay for compilation in every process and are not counted.
          await latencies(network, transfers.sign(perSecond * 2, chainId, validUntilMs), perSecond, random)
          const batch = transfers.sign(perSecond * options.latencySeconds, chainId, validUntilMs)
          rounds.push(await latencies(network, batch, perSecond, random))
        }
      }

      const { before, after, bytes } = await fullLoad(network, transfers, { ...options, warmUpSeconds, progress })
      await network.stop()

      progress('counting receipts in the stores')
      const stores = await Promise.all(network.dataFolders().map(countReceipts))
      const window = (counts: readonly BlockCount[]): readonly BlockCount[] =>
        counts.filter(({ timeMs }) => timeMs > before.atMs && timeMs <= after.atMs)
      const seconds = (after.atMs - before.atMs) / 1_000
      const perValidator = stores.map((counts) => window(counts).reduce((sum, block) => sum + block.ok, 0))
      // What the slowest validator has on its disk.
      const transactions = Math.min(...perValidator)
      const blocks = window(stores[0]!)
      return report({
        options,
        before,
        after,
        seconds,
        transactions,
        blocks: blocks.length,
        bytes,
        finality,
        genesis: genesis.nodes.length,
      })
    } finally {
      await network.stop()
    }
  },
})

interface Measured {
  readonly options: { readonly validators: number; readonly accounts: number }
  readonly before: Reading
  readonly after: Reading
  readonly seconds: number
  readonly transactions: number
  readonly blocks: number
  readonly bytes: number
  /** Milliseconds of each transfer, by round, by transfers a second. */
  readonly finality: ReadonlyMap<number, readonly number[][]>
  readonly genesis: number
}

function report({ options, before, after, seconds, transactions, blocks, bytes, finality }: Measured) {
  const each = transactions * options.validators
  const perSecond = transactions / seconds
  const cpu = (growth('process_cpu_seconds_total', before, after) * 1e6) / each
  const byPart = Object.fromEntries(
    parts.map((part) => [part, growth(`cresset_cpu_${part}_microseconds_total`, before, after) / each]),
  )
  const other = cpu - Object.values(byPart).reduce((sum, value) => sum + value, 0)
  const generatorUs =
    after.loadGenerator.user + after.loadGenerator.system - before.loadGenerator.user - before.loadGenerator.system
  const generatorShare = generatorUs / (generatorUs + cpu * each)
  const validatorBlocks = blocks * options.validators
  const storeFlushes = growth('cresset_store_flushes_total', before, after) / validatorBlocks
  const voteFlushes = growth('cresset_vote_flushes_total', before, after) / validatorBlocks
  const checks = growth('cresset_signature_checks_total', before, after) / each
  const ofRounds = (rate: number, rank: number): number[] =>
    finality.get(rate)!.map((round) => significant(percentile(round, rank), 3))
  const at = (rate: number, rank: number): number => median(ofRounds(rate, rank))
  const tables: Table[] = [
    {
      title: `Full load: ${options.validators} validators, ${options.accounts} accounts, transfers of ${bytes} bytes`,
      columns: [
        'transfers/s',
        'blocks/s',
        'transfers/block',
        'load generator',
        'store flushes/block',
        'vote flushes/block',
        'signature checks/transfer',
      ],
      rows: [
        [
          Math.round(perSecond),
          significant(blocks / seconds, 3),
          Math.round(transactions / blocks),
          `${Math.round(generatorShare * 100)}%`,
          significant(storeFlushes, 3),
          significant(voteFlushes, 3),
          significant(checks, 4),
        ],
      ],
    },
    {
      title: 'CPU of one validator for one transfer, µs',
      columns: [...parts, 'other', 'together'],
      rows: [[...parts.map((part) => significant(byPart[part]!, 3)), significant(other, 3), significant(cpu, 3)]],
    },
    {
      title: 'Finality over the HTTP API, ms from due to receipt, medians of the rounds',
      columns: ['transfers/s', 'p50', 'p99', 'p99 of each round', 'transfers a round'],
      rows: rates.map((rate) => [
        rate,
        at(rate, 50),
        at(rate, 99),
        ofRounds(rate, 99).join(', '),
        finality.get(rate)![0]!.length,
      ]),
    },
  ]
  return {
    figures: {
      transactionsPerSecond: Math.round(perSecond),
      blocksPerSecond: significant(blocks / seconds, 3),
      transactionBytes: bytes,
      cpuMicroseconds: significant(cpu, 4),
      ...Object.fromEntries(parts.map((part) => [`${part}Microseconds`, significant(byPart[part]!, 3)])),
      otherMicroseconds: significant(other, 3),
      loadGeneratorShare: significant(generatorShare, 3),
      storeFlushesPerBlock: significant(storeFlushes, 3),
      voteFlushesPerBlock: significant(voteFlushes, 3),
      signatureChecksPerTransaction: significant(checks, 4),
      finalityAt10P50Ms: at(10, 50),
      finalityAt10P99Ms: at(10, 99),
      finalityAt100P50Ms: at(100, 50),
      finalityAt100P99Ms: at(100, 99),
    },
    aims: [
      atLeast('transactions a second', Math.round(perSecond), 2_500, 'tx/s'),
      atMost('finality p50 at 100 tx/s', at(100, 50), 20, 'ms'),
      atMost('finality p99 at 100 tx/s', at(100, 99), 80, 'ms'),
    ],
    tables,
  }
}
