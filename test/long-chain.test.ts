import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runLongChain } from './long-chain/long-chain.ts'
import { assertPlateau, type Sample } from './long-chain/plateau.ts'

const blocks = 3_000
const keepBlocks = 400

test(`${blocks} blocks: names come and go, old versions and blocks are forgotten, and nothing grows`, async (context) => {
  const path = await mkdtemp(join(tmpdir(), 'cresset-long-chain-'))
  context.after(() => rm(path, { recursive: true, force: true }))
  const print = (line: string): void => context.diagnostic(line)
  const figures = await runLongChain({ path: join(path, 'store'), blocks, sampleEvery: 60, keepBlocks, print })
  assert.equal(figures.blocks, blocks)
  assert(figures.transactions > blocks / 2, `${figures.transactions} transactions`)
  assert(figures.proofs > 300, `${figures.proofs} heights proved`)
})

test('a leak shows: in the state, of objects, of buffers, in the file, of a kind of entries that blocks leave behind', () => {
  type Leak = Partial<Record<Exclude<keyof Sample, 'history'> | 'receipts' | 'replacedRecords', number>>
  const sampleOf = (index: number, leak: Leak): Sample => {
    const grown = (what: keyof Leak, from: number): number => from + (leak[what] ?? 0) * index * 100
    return {
      height: index * 100,
      stateBytes: grown('stateBytes', 700_000),
      heapBytes: grown('heapBytes', 30_000_000),
      bufferBytes: grown('bufferBytes', 50_000_000),
      fileBytes: grown('fileBytes', 20_000_000),
      history: new Map([
        ['blocks', 400],
        ['receipts', grown('receipts', 300)],
        ['replacedRecords', grown('replacedRecords', 100)],
      ]),
    }
  }
  const samples = (leak: Leak, count: number): Sample[] =>
    Array.from({ length: count }, (_, index) => sampleOf(index, leak))
  assertPlateau(samples({}, 30), 1_000)
  assert.throws(() => assertPlateau(samples({ stateBytes: 100 }, 30), 1_000), /stateBytes grew/)
  assert.throws(() => assertPlateau(samples({ stateBytes: 20 }, 500), 1_000), /stateBytes grew/)
  assert.throws(() => assertPlateau(samples({ heapBytes: 200 }, 1_000), 1_000), /heapBytes grew/)
  assert.throws(() => assertPlateau(samples({ bufferBytes: 500 }, 1_000), 1_000), /bufferBytes grew/)
  // A file with every block of some hundred bytes.
  assert.throws(() => assertPlateau(samples({ fileBytes: 700 }, 200), 1_000), /fileBytes grew/)
  assert.throws(() => assertPlateau(samples({ receipts: 0.7 }, 30), 1_000), /entries of receipts grew/)
  assert.throws(() => assertPlateau(samples({ replacedRecords: 0.01 }, 200), 1_000), /entries of replacedRecords grew/)
  assert.throws(() => assertPlateau(samples({}, 12), 1_000), /only 1 samples/)
})
