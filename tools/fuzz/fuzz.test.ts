import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { plant } from '../testing/plant.ts'
import { corpusFolder, type FoundTarget, findTargets } from './corpus.ts'
import { type FuzzResult, fuzz } from './fuzz.ts'
import { makeInput } from './input.ts'
import { Random } from './random.ts'
import { shrink } from './shrink.ts'

type Planted = { root: string; found: FoundTarget }

async function plantTarget(context: TestContext, body: string, name = 'canary'): Promise<Planted> {
  const source = `export const name = '${name}'\n${body}\n`
  const root = plant(context, { 'package.json': '{ "type": "module" }', [`keys/src/${name}.fuzz.ts`]: source })
  return { root, found: (await findTargets(root))[0] as FoundTarget }
}

const search = ({ root, found }: Planted, seed = 1, runs = 200_000): Promise<FuzzResult> =>
  fuzz(found, { root, seed, runs, budgetMs: 30_000, maxRunMs: 1_000 })

// A mistake that random bytes alone practically never reach: the seed must be mutated.
const canary = `
export const seeds = [Uint8Array.from([0x83, 1, 2, 3])]
export function run(bytes: Uint8Array): void {
  if (bytes.length >= 6 && bytes[0] === 0x83 && bytes[3] === 3 && bytes[5] === 0x80) throw new Error('planted')
}`

test('a planted mistake is found, made small, kept, and replayed first by the next run', async (context) => {
  const planted = await plantTarget(context, canary)
  const { failure, runs } = await search(planted)
  assert.ok(failure !== undefined && runs > 0)
  assert.match(failure.error, /planted/)
  assert.equal(failure.bytes, 6)
  assert.deepEqual([...readFileSync(join(planted.root, failure.file))], [0x83, 0, 0, 3, 0, 0x80])
  const again = await search(planted, 99)
  assert.equal(again.runs, 0)
  assert.equal(again.failure?.file, failure.file)
  assert.match(failure.replay, /^npm run fuzz -- canary --file test\/corpus\/canary\/[0-9a-f]{16}\.bin/)
})

test('a run that never ends is stopped and named', async (context) => {
  const planted = await plantTarget(
    context,
    `export function run(bytes: Uint8Array): void { while (bytes.length > 40) {} }`,
  )
  const { failure } = await search(planted)
  assert.match(failure?.error ?? '', /longer than 1 s/)
  assert.ok((failure?.bytes ?? 0) > 40)
})

test('a run that uses too much memory is named', async (context) => {
  const body = `export function run(bytes: Uint8Array): void { const a = []; while (bytes.length > 40) a.push(new Array(1e5).fill(bytes)) }`
  const planted = await plantTarget(context, body)
  const result = await fuzz(planted.found, {
    root: planted.root,
    seed: 1,
    runs: 1_000,
    budgetMs: 30_000,
    maxRunMs: 30_000,
  })
  assert.match(result.failure?.error ?? '', /512 MB/)
})

test('a promise that is rejected fails too', async (context) => {
  const planted = await plantTarget(
    context,
    `export const run = async (): Promise<void> => { throw new Error('later') }`,
  )
  assert.match((await search(planted)).failure?.error ?? '', /later/)
})

test('a target without a mistake passes, and the time budget ends it', async (context) => {
  const { root, found } = await plantTarget(context, `export function run(): void {}`)
  const result = await fuzz(found, { root, seed: 1, runs: Number.MAX_SAFE_INTEGER, budgetMs: 300 })
  assert.equal(result.failure, undefined)
  assert.ok(result.runs > 0 && result.seconds < 120)
  assert.ok(!existsSync(corpusFolder(root, 'canary')))
})

test('a target that takes longer to load than its budget runs all the same', async (context) => {
  const { root, found } = await plantTarget(
    context,
    `await new Promise((resolve) => setTimeout(resolve, 100))
    export function run(): void {}`,
  )
  const { runs } = await fuzz(found, { root, seed: 1, runs: 1_000, budgetMs: 1 })
  assert.ok(runs > 0)
})

test('inputs depend on seed, run and corpus and on nothing else', () => {
  const target = { name: 't', run: () => {}, generate: (random: Random) => random.bytes(8) }
  const corpus = [Uint8Array.from([1, 2, 3, 4, 5])]
  for (let run = 0; run < 200; run++) {
    assert.deepEqual(makeInput(target, corpus, 7, run), makeInput(target, corpus, 7, run))
  }
  const inputs = (seed: number): string =>
    Array.from({ length: 50 }, (_, run) => Buffer.from(makeInput(target, corpus, seed, run)).toString('hex')).join()
  assert.notEqual(inputs(7), inputs(8))
})

test('inputs respect the target bound', () => {
  const target = { name: 't', run: () => {}, maxBytes: 100, seeds: [new Uint8Array(90)] }
  for (let run = 0; run < 2_000; run++) assert.ok(makeInput(target, [], 1, run).length <= 100)
})

test('random numbers are the same everywhere and spread over their range', () => {
  const random = new Random(1, 2)
  assert.deepEqual([random.uint32(), random.uint32(), random.uint32()], [4_128_711_685, 1_769_106_605, 668_882_904])
  const counts = new Array<number>(10).fill(0)
  for (let n = 0; n < 10_000; n++) {
    const value = random.below(10)
    counts[value] = (counts[value] ?? 0) + 1
  }
  assert.ok(
    counts.every((count) => count > 800 && count < 1_200),
    String(counts),
  )
  assert.notEqual(new Random(2 ** 32).uint32(), new Random(0).uint32())
})

test('shrinking keeps what fails and stops at what does not repeat', async () => {
  const needs = async (bytes: Uint8Array): Promise<boolean> => bytes.includes(7) && bytes.includes(9)
  const input = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff)
  assert.deepEqual([...(await shrink(input, needs))], [7, 9])
  assert.equal(await shrink(input, async () => false), input)
})

test('two targets of one name, and a file that is no target, are mistakes', async (context) => {
  const target = `export const name = 'same'\nexport function run(): void {}\n`
  const twins = plant(context, { 'package.json': '{}', 'keys/src/a.fuzz.ts': target, 'node/src/b.fuzz.ts': target })
  await assert.rejects(findTargets(twins), /both name their fuzz target same/)
  await assert.rejects(findTargets(plant(context, { 'keys/src/a.fuzz.ts': 'export {}' })), /exports no name and run/)
})

test('the corpus is read in the order of names and only .bin counts', async (context) => {
  const planted = await plantTarget(
    context,
    `export function run(bytes: Uint8Array): void { if (bytes[0] === 2) throw new Error('two') }`,
  )
  const folder = corpusFolder(planted.root, 'canary')
  const first = await search(planted)
  assert.ok(first.failure !== undefined)
  for (const [name, byte] of [
    ['0.bin', 1],
    ['1.bin', 2],
    ['1.txt', 2],
  ] as const) {
    writeFileSync(join(folder, name), Uint8Array.from([byte]))
  }
  assert.ok(readdirSync(folder).length >= 3)
  const again = await search(planted)
  assert.equal(again.failure?.file, 'test/corpus/canary/1.bin')
})
