import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client, depositFor, registerName } from '@cresset/access-client'
import { accountOf, generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { atMost, defineBenchmark } from './harness/benchmark.ts'
import { percentile, significant } from './harness/statistics.ts'
import { LocalNetwork } from './network/local-network.ts'

const monthMs = 30 * 86_400_000

export default defineBenchmark({
  name: 'register',
  description: 'Registering a name on an idle network, from the first request to the proof that it is ours',
  packages: ['lmdb', 'sodium-native'],
  options: {
    validators: { type: 'number', default: 4, description: 'validators, each a process' },
    names: { type: 'number', default: 20, description: 'names registered one after the other' },
    pauseSeconds: { type: 'number', default: 2, description: 'seconds between them, so that the network is idle' },
  },
  async run({ options, folder, progress }) {
    const pair = generateKeyPair('ed25519', randomBytes(32))
    const network = await LocalNetwork.start({
      folder: join(folder, 'network'),
      validators: options.validators,
      zones: ['bench.internal'],
      fund: [{ account: accountOf(pair.publicKey), amount: 10n ** 12n }],
    })
    try {
      await network.ready()
      const client = new Client({ genesis: network.consortium.genesis, nodes: network.apis })
      const deposit = await depositFor(client, monthMs)
      const secondsEach: number[] = []
      for (let index = 0; index < options.names; index++) {
        progress(`name ${index + 1} of ${options.names}`)
        await new Promise((resolve) => setTimeout(resolve, options.pauseSeconds * 1_000))
        const start = performance.now()
        const name = `name-${index}.bench.internal`
        await registerName(client, {
          name,
          deposit,
          signer: keyPairSigner(pair),
          randomBytes: (length) => randomBytes(length),
        })
        secondsEach.push((performance.now() - start) / 1_000)
      }
      const at = (rank: number): number => significant(percentile(secondsEach, rank), 3)
      return {
        figures: { names: options.names, registerP50Seconds: at(50), registerP99Seconds: at(99) },
        aims: [atMost('name register p50', at(50), 3, 's')],
        tables: [
          {
            title: 'Seal, reveal, and the proof that the name is ours, s',
            columns: ['names', 'p50', 'p99', 'least', 'greatest'],
            rows: [[options.names, at(50), at(99), at(0), at(100)]],
          },
        ],
      }
    } finally {
      await network.stop()
    }
  },
})
