import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { skipWithout } from '../../../tools/system-tools.ts'
import { openLmdbStore } from './lmdb-store.ts'
import { openMemoryStore } from './memory-store.ts'
import { Chain, expectedDescriptions, randomFrom } from './testing/chain.ts'
import { DiskModel, type Kept } from './testing/disk-model.ts'
import { parseTrace, type SystemCall, TRACE_OPTIONS } from './testing/system-calls.ts'

const seed = (fc.readConfigureGlobal()?.seed ?? 1) % 1_000_000
const skip = skipWithout('strace')
const program = fileURLToPath(new URL('./testing/chain-process.ts', import.meta.url))

/** Both meta pages of LMDB stand before this offset. */
const META_END = 2 * 4096

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cresset-power-')))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The recorded life of a process that opens a store in `folder`/store and writes blocks, and ends by itself. */
async function record(folder: string, blocks: number, planted: string): Promise<SystemCall[]> {
  const trace = join(folder, 'trace')
  const command = [
    process.execPath,
    '--conditions=cresset-source',
    program,
    join(folder, 'store'),
    `${seed}`,
    `${blocks}`,
  ]
  if (planted !== '') command.push(planted)
  await promisify(execFile)('strace', [...TRACE_OPTIONS, '-o', trace, ...command], { maxBuffer: 1 << 24 })
  return parseTrace(await readFile(trace, 'latin1'))
}

interface Findings {
  images: number
  /** Points in time at which at least one write was uncertain. */
  uncertainPoints: number
  faults: string[]
}

/**
 * Cuts the power after each call that could make a difference, keeps unflushed writes as none, meta pages only, data only,
 * all and some by lot, and opens what is left.
 */
async function cutPowerEverywhere(folder: string, calls: readonly SystemCall[]): Promise<Findings> {
  const expected = await expectedDescriptions(seed, openMemoryStore())
  const model = new DiskModel(join(folder, 'store'), ['data.mdb'])
  const random = randomFrom(seed)
  const findings: Findings = { images: 0, uncertainPoints: 0, faults: [] }
  let acknowledged = -1
  for (const call of calls) {
    const isPoint = call.kind === 'line' || call.kind === 'flush-begins' || call.kind === 'flushed' || random() < 0.05
    model.apply(call)
    if (call.kind === 'line') {
      const [word, height] = call.text.split(' ')
      if (word === 'found' || word === 'acknowledged') acknowledged = Number(height)
    }
    // Before the first line nothing is promised yet, but an image must still be a store or a refusal.
    if (!isPoint) continue
    const isUncertain = model.pending('data.mdb').length > 0
    if (isUncertain) findings.uncertainPoints++
    const choices: [string, Kept][] = [['none', () => false]]
    if (isUncertain) {
      choices.push(['meta pages only', ({ offset }) => offset < META_END])
      choices.push(['data only', ({ offset }) => offset >= META_END])
      choices.push(['all', () => true])
      choices.push(['some', () => random() < 0.5])
    }
    for (const [name, kept] of choices) {
      const image = model.image('data.mdb', kept, name === 'all')
      findings.images++
      const fault = await openImage(folder, image, acknowledged, expected)
      if (fault !== undefined) findings.faults.push(`acknowledged ${acknowledged}, kept ${name}: ${fault}`)
    }
  }
  return findings
}

async function openImage(
  folder: string,
  image: Uint8Array | undefined,
  acknowledged: number,
  expected: (height: number) => Promise<string>,
): Promise<string | undefined> {
  const path = join(folder, 'image')
  await rm(path, { recursive: true, force: true })
  if (image === undefined) return acknowledged < 0 ? undefined : 'the file is not there'
  try {
    await mkdir(path)
    await writeFile(join(path, 'data.mdb'), image)
    const store = await openLmdbStore({ path, mapBytes: 64 << 20 })
    try {
      const chain = new Chain(seed, store)
      const found = chain.describe()
      if (found !== (await expected(chain.height))) return `differs from the chain at height ${chain.height}`
      if (chain.height < acknowledged) return `height ${chain.height}`
      await chain.next().done
      return chain.height > acknowledged ? undefined : 'does not go on'
    } finally {
      await store.close()
    }
  } catch (error) {
    // A store that was never announced may be unfinished; it says so instead of passing for an empty one.
    return acknowledged < 0 ? undefined : `${error}`
  }
}

test('after a power cut at any point the store reopens at the last acknowledged height or later', { skip }, () =>
  inFolder(async (folder) => {
    const calls = await record(folder, 40, '')
    const findings = await cutPowerEverywhere(folder, calls)
    assert.deepEqual(findings.faults, [])
    assert.ok(findings.uncertainPoints > 40, `only ${findings.uncertainPoints} points with unflushed writes`)
    console.log(`${findings.images} images, ${findings.uncertainPoints} points with unflushed writes`)
  }),
)

test('a block costs one flush of the pages and one write-through of the meta page', { skip }, () =>
  inFolder(async (folder) => {
    const calls = await record(folder, 10, '')
    const first = calls.findIndex((call) => call.kind === 'line')
    const last = calls.findLastIndex((call) => call.kind === 'line' && call.text.startsWith('acknowledged'))
    const during = calls.slice(first, last)
    const flushes = during.filter((call) => call.kind === 'flushed')
    assert.equal(flushes.length, 10)
    const metaWrites = during.filter(
      (call) => call.kind === 'write' && call.path.endsWith('data.mdb') && (call.offset ?? META_END) < META_END,
    )
    assert.equal(metaWrites.length, 10)
  }),
)

for (const planted of ['acknowledge-early', 'noSync', 'noMetaSync']) {
  test(`the planted fault is found: ${planted}`, { skip }, () =>
    inFolder(async (folder) => {
      const findings = await cutPowerEverywhere(folder, await record(folder, 8, planted))
      assert.ok(findings.faults.length > 0, 'the fault was not found')
    }),
  )
}
