import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, depositFor, registerName } from '@cresset/access-client'
import { accountOf, generateKeyPair, keyPairSigner } from '@cresset/core-crypto'
import { createKeyFile } from '@cresset/keys'
import { atMost, defineBenchmark } from './harness/benchmark.ts'
import { percentile, significant } from './harness/statistics.ts'
import { LocalNetwork } from './network/local-network.ts'

const monthMs = 30 * 86_400_000
const cliMain = fileURLToPath(new URL('../access/cli/src/main.ts', import.meta.url))

export default defineBenchmark({
  name: 'register',
  description: 'Registering a name on an idle network, from the first request to the proof that it is ours',
  packages: ['lmdb', 'sodium-native'],
  options: {
    validators: { type: 'number', default: 4, description: 'validators, each a process' },
    names: { type: 'number', default: 20, description: 'names registered one after the other, each way' },
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
      const genesis = network.consortium.genesis
      const client = new Client({ genesis, nodes: network.apis })
      const deposit = await depositFor(client, monthMs)
      const keyFile = join(folder, 'bench.key')
      await createKeyFile(keyFile, { pair })
      const register = {
        SDK: (name: string) =>
          registerName(client, {
            name,
            deposit,
            signer: keyPairSigner(pair),
            randomBytes: (length) => randomBytes(length),
          }),
        // The whole command as a user waits for it, the start of its process included.
        'command line': (name: string) =>
          promisify(execFile)(process.execPath, [
            '--conditions=cresset-source',
            cliMain,
            ...['name', 'register', name, '--days', '30', '--key', keyFile],
            ...['--genesis', network.consortium.paths.genesis, '--node', network.apis[0]!],
          ]),
      }
      const seconds = { SDK: [] as number[], 'command line': [] as number[] }
      for (let index = 0; index < options.names; index++) {
        progress(`name ${index + 1} of ${options.names}`)
        for (const way of ['SDK', 'command line'] as const) {
          await new Promise((resolve) => setTimeout(resolve, options.pauseSeconds * 1_000))
          const start = performance.now()
          await register[way](`name-${index}-${way === 'SDK' ? 'a' : 'b'}.bench.internal`)
          seconds[way].push((performance.now() - start) / 1_000)
        }
      }
      const at = (way: keyof typeof seconds, rank: number): number => significant(percentile(seconds[way], rank), 3)
      const figures = {
        names: options.names,
        registerP50Seconds: at('SDK', 50),
        registerP99Seconds: at('SDK', 99),
        commandP50Seconds: at('command line', 50),
        commandP99Seconds: at('command line', 99),
      }
      return {
        figures,
        aims: [
          atMost('register by the SDK p50', figures.registerP50Seconds, 3, 's'),
          atMost('name register p50', figures.commandP50Seconds, 3, 's'),
        ],
        tables: [
          {
            title: 'Seal, reveal, and the proof that the name is ours, s',
            columns: ['by', 'names', 'p50', 'p99', 'least', 'greatest'],
            rows: (['SDK', 'command line'] as const).map((way) => [
              way,
              options.names,
              ...[50, 99, 0, 100].map((rank) => at(way, rank)),
            ]),
          },
        ],
      }
    } finally {
      await network.stop()
    }
  },
})
