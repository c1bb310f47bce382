import { join } from 'node:path'
import { executeBlock } from '@cresset/core-ledger'
import { addNames, Scenario } from '@cresset/core-ledger/testing'
import { StateTree } from '@cresset/core-state-tree'
import { layout, openLmdbStore, type Store } from '@cresset/network-storage'
import { atMost, defineBenchmark } from './harness/benchmark.ts'
import { median, percentile, significant } from './harness/statistics.ts'

const feeEveryBlocks = 10
const blockMs = 10_000
/** Entries written at once while the state is filled. */
const fillBatch = 50_000

interface BlockCost {
  readonly isFeeBlock: boolean
  readonly milliseconds: number
  readonly keysRead: number
  readonly keysWritten: number
}

/** A ledger with so many active names: its state in a tree on LMDB. */
async function openLedger(names: number, path: string): Promise<{ scenario: Scenario; store: Store; tree: StateTree }> {
  const scenario = new Scenario({ parameters: { feeEveryBlocks }, funds: 10n ** 15n })
  // Paid for long enough that no name falls due while blocks are measured, each to a quantum of its own.
  addNames(scenario, 'alice', names, (index) => 1_000_000 + (index % 100_000))
  const store = await openLmdbStore({ path })
  const tree = StateTree.open(store, { prefix: Uint8Array.of(layout.tree) })
  const entries = scenario.state.entries()
  // Versions before 0 do not exist, so the state is filled by batches at rising ones and blocks begin above.
  for (let at = 0, version = 0; at < entries.length; at += fillBatch, version++) {
    const update = tree.update(version, entries.slice(at, at + fillBatch))
    await store.write(update.writes)
    tree.applied(update)
  }
  return { scenario, store, tree }
}

/** Makes empty blocks, every tenth of them a fee block, durable as a node makes them. */
async function runBlocks(names: number, blocks: number, path: string): Promise<BlockCost[]> {
  const { scenario, store, tree } = await openLedger(names, path)
  const base = tree.version
  const proposer = new Uint8Array(32)
  const costs: BlockCost[] = []
  for (let height = 1; height <= blocks; height++) {
    const read = new Set<string>()
    const view = {
      get(key: Uint8Array) {
        read.add(Buffer.from(key).toString('latin1'))
        return tree.get(key)
      },
    }
    const block = { height, timeMs: scenario.timeMs + height * blockMs, proposer, transactions: [], misbehaviour: [] }
    const start = performance.now()
    const result = executeBlock(view, block, { chainId: scenario.chainId })
    if ('refused' in result) throw new Error(`block refused: ${result.refused}`)
    const update = tree.update(base + height, result.changes)
    const marker = { key: Uint8Array.of(layout.meta, 1), value: Uint8Array.of(height & 255) }
    await store.write([...update.writes, marker])
    tree.applied(update)
    const milliseconds = performance.now() - start
    costs.push({
      isFeeBlock: height % feeEveryBlocks === 0,
      milliseconds,
      keysRead: read.size,
      keysWritten: result.changes.length,
    })
  }
  await store.close()
  return costs
}

export default defineBenchmark({
  name: 'fee-block',
  description: 'What a fee block costs above an empty one, at few and at many names',
  packages: ['lmdb'],
  options: {
    names: { type: 'number', default: 1_000_000, description: 'active names of the large ledger' },
    blocks: { type: 'number', default: 1_000, description: 'blocks on each ledger, every tenth a fee block' },
  },
  async run({ options, folder, progress }) {
    const rows: (string | number)[][] = []
    const fee: Record<string, BlockCost[]> = {}
    const above: number[] = []
    for (const names of [10, options.names]) {
      progress(`${names} names`)
      // The first ones pay for compilation and cold caches.
      const costs = (await runBlocks(names, options.blocks, join(folder, `store-${names}`))).slice(50)
      const of = (isFeeBlock: boolean): BlockCost[] => costs.filter((cost) => cost.isFeeBlock === isFeeBlock)
      const times = (isFeeBlock: boolean): number[] => of(isFeeBlock).map(({ milliseconds }) => milliseconds)
      fee[names] = of(true)
      above.push(median(times(true)) - median(times(false)))
      for (const isFeeBlock of [false, true]) {
        rows.push([
          names,
          isFeeBlock ? 'fee' : 'empty',
          significant(median(times(isFeeBlock)), 3),
          significant(percentile(times(isFeeBlock), 99), 3),
          median(of(isFeeBlock).map(({ keysRead }) => keysRead)),
          median(of(isFeeBlock).map(({ keysWritten }) => keysWritten)),
        ])
      }
    }
    const keys = (names: number, of: 'keysRead' | 'keysWritten'): number => median(fee[names]!.map((cost) => cost[of]))
    const figures = {
      names: options.names,
      aboveEmptyMilliseconds: significant(above[1]!, 3),
      keysRead: keys(options.names, 'keysRead'),
      keysWritten: keys(options.names, 'keysWritten'),
      keysReadAt10Names: keys(10, 'keysRead'),
      keysWrittenAt10Names: keys(10, 'keysWritten'),
    }
    return {
      figures,
      aims: [
        atMost('fee block above an empty one', figures.aboveEmptyMilliseconds, 2, 'ms'),
        same('keys read, against 10 names', figures.keysRead, figures.keysReadAt10Names),
        same('keys written, against 10 names', figures.keysWritten, figures.keysWrittenAt10Names),
      ],
      tables: [
        {
          title: 'Blocks without transactions, executed and made durable',
          columns: ['names', 'block', 'p50 ms', 'p99 ms', 'keys read', 'keys written'],
          rows,
        },
      ],
    }
  },
})

function same(name: string, value: number, wanted: number) {
  return { name, value, aim: `= ${wanted}`, met: value === wanted }
}
