import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runLongChain } from './long-chain/long-chain.ts'
import { assertPlateau, type Sample } from './long-chain/plateau.ts'

const blocks = 3_000

test(`${blocks} blocks: names come and go, old versions are pruned, and only the chain itself grows`, async (context) => {
  const path = await mkdtemp(join(tmpdir(), 'cresset-long-chain-'))
  context.after(() => rm(path, { recursive: true, force: true }))
  const print = (line: string): void => context.diagnostic(line)
  const figures = await runLongChain({ path: join(path, 'store'), blocks, sampleEvery: 60, print })
  assert.equal(figures.blocks, blocks)
  assert(figures.transactions > blocks / 2, `${figures.transactions} transactions`)
  assert(figures.proofs > 300, `${figures.proofs} heights proved`)
})

test('a leak shows: of one entry a block in the state, of objects, of buffers', () => {
  const sampleOf = (index: number, leak: Partial<Sample>): Sample => {
    const grown = (what: keyof Sample, from: number): number => from + (leak[what] ?? 0) * index * 100
    return {
      height: index * 100,
      stateBytes: grown('stateBytes', 700_000),
      heapBytes: grown('heapBytes', 30_000_000),
      bufferBytes: grown('bufferBytes', 50_000_000),
      fileBytes: grown('fileBytes', 1_000_000),
    }
  }
  const samples = (leak: Partial<Sample>, count: number): Sample[] =>
    Array.from({ length: count }, (_, index) => sampleOf(index, leak))
  assertPlateau(samples({}, 30), 1_000)
  // History is meant to grow.
  assertPlateau(samples({ fileBytes: 2_000 }, 30), 1_000)
  assert.throws(() => assertPlateau(samples({ stateBytes: 100 }, 30), 1_000), /stateBytes grew/)
  assert.throws(() => assertPlateau(samples({ stateBytes: 20 }, 500), 1_000), /stateBytes grew/)
  assert.throws(() => assertPlateau(samples({ heapBytes: 200 }, 1_000), 1_000), /heapBytes grew/)
  assert.throws(() => assertPlateau(samples({ bufferBytes: 500 }, 1_000), 1_000), /bufferBytes grew/)
  assert.throws(() => assertPlateau(samples({}, 12), 1_000), /only 1 samples/)
})
