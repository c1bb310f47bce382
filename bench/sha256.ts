import { createHash, hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { alternate, microsecondsEach } from './harness/alternate.ts'
import { defineBenchmark } from './harness/benchmark.ts'
import { significant } from './harness/statistics.ts'

type Sodium = { crypto_hash_sha256(output: Uint8Array, input: Uint8Array): void }
const sodium = createRequire(import.meta.url)('sodium-native') as Sodium

export default defineBenchmark({
  name: 'sha256',
  description: 'SHA-256 of short inputs, as tree nodes are hashed, by the libraries at hand',
  packages: ['@noble/hashes', 'sodium-native'],
  options: {
    bytes: { type: 'number', default: 64, description: 'bytes in an input' },
    hashes: { type: 'number', default: 200_000, description: 'hashes a round' },
    rounds: { type: 'number', default: 9, description: 'rounds, sides in turn' },
  },
  async run({ options }) {
    const inputs = Array.from({ length: 1_024 }, (_, index) => new Uint8Array(options.bytes).fill(index))
    const input = (index: number): Uint8Array => inputs[index & 1_023] as Uint8Array
    const output = new Uint8Array(32)
    const libraries: Record<string, (index: number) => unknown> = {
      'node hash()': (index) => hash('sha256', input(index), 'buffer'),
      'node createHash()': (index) => createHash('sha256').update(input(index)).digest(),
      sodium: (index) => sodium.crypto_hash_sha256(output, input(index)),
      noble: (index) => nobleSha256(input(index)),
    }
    const sides = Object.entries(libraries).map(([name, digest]) => ({
      name,
      measure: () => microsecondsEach(options.hashes, digest),
    }))
    const { medians, ratios } = await alternate(sides, { rounds: options.rounds })
    const rows = Object.keys(libraries).map((name) => {
      const microseconds = significant(medians[name] as number)
      return [name, microseconds, Math.round(1e6 / microseconds), significant(ratios[name] as number, 3)]
    })
    const title = `SHA-256 of ${options.bytes} bytes`
    return {
      figures: {
        nodeHashMicroseconds: significant(medians['node hash()'] as number),
        nodeCreateHashMicroseconds: significant(medians['node createHash()'] as number),
        sodiumMicroseconds: significant(medians['sodium'] as number),
        nobleMicroseconds: significant(medians['noble'] as number),
      },
      tables: [{ title, columns: ['library', 'µs a hash', 'hashes a second', 'time against node hash()'], rows }],
      plots: [
        {
          kind: 'bars',
          name: 'libraries',
          title,
          y: 'µs a hash',
          bars: rows.map(([label, value]) => ({ label: String(label), value: Number(value) })),
        },
      ],
    }
  },
})
