import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { defineBenchmark } from './harness/benchmark.ts'
import { significant } from './harness/statistics.ts'
import { LocalNetwork } from './network/local-network.ts'
import { countReceipts } from './pbft/count-receipts.ts'

export default defineBenchmark({
  name: 'idle',
  description: 'Heartbeat blocks, CPU and memory of a network that nobody uses',
  packages: ['lmdb'],
  options: {
    validators: { type: 'number', default: 4, description: 'validators, each a process' },
    minutes: { type: 'number', default: 10, description: 'minutes of silence' },
  },
  async run({ options, folder, progress }) {
    const network = await LocalNetwork.start({
      folder: join(folder, 'network'),
      validators: options.validators,
    })
    try {
      await network.ready()
      // The first block is due at once; the count begins between two heartbeats.
      while ((await network.status(0)).height === 0) await delay(20)
      await delay(5_000)
      const from = { height: (await network.status(0)).height, metrics: await network.metrics(0) }
      const wanted = Math.round((options.minutes * 60_000) / network.consortium.genesis.parameters.maxBlockIntervalMs)
      progress(`${options.minutes} minutes of silence`)
      await delay(options.minutes * 60_000)
      const to = { height: (await network.status(0)).height, metrics: await network.metrics(0) }
      await network.stop()
      const stored = (await countReceipts(network.dataFolders()[0]!)).filter(
        ({ height }) => height > from.height && height <= to.height,
      )
      const cpuSeconds = to.metrics.get('process_cpu_seconds_total')! - from.metrics.get('process_cpu_seconds_total')!
      const figures = {
        minutes: options.minutes,
        blocks: stored.length,
        cpuPercent: significant((cpuSeconds / (options.minutes * 60)) * 100, 3),
        residentMiB: Math.round(to.metrics.get('process_resident_memory_bytes')! / 2 ** 20),
      }
      return {
        figures,
        aims: [
          {
            name: `blocks in ${options.minutes} minutes`,
            value: figures.blocks,
            aim: `${wanted} ± 2`,
            met: Math.abs(figures.blocks - wanted) <= 2,
          },
        ],
        tables: [
          {
            title: 'One validator of an idle network',
            columns: ['minutes', 'blocks', 'CPU %', 'resident MiB'],
            rows: [[figures.minutes, figures.blocks, figures.cpuPercent, figures.residentMiB]],
          },
        ],
      }
    } finally {
      await network.stop()
    }
  },
})
