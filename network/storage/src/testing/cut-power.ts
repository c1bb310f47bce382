import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openLmdbStore } from '../lmdb-store.ts'
import { openMemoryStore } from '../memory-store.ts'
import { Chain, expectedDescriptions, randomFrom } from './chain.ts'
import { DiskModel, type Kept } from './disk-model.ts'
import { parseTrace, type SystemCall, TRACE_OPTIONS } from './system-calls.ts'

const program = fileURLToPath(new URL('./chain-process.ts', import.meta.url))

/** Images need no disk of their own: what a cut leaves is already decided. */
const imagesBelow = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Both meta pages of LMDB stand before this offset. */
export const META_END = 2 * 4096

/** The recorded life of a process that opens a store in `folder`/store and writes blocks, and ends by itself. */
export async function recordChain(
  folder: string,
  seed: number,
  blocks: number,
  planted: string,
): Promise<SystemCall[]> {
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

export interface Findings {
  images: number
  /** Points in time at which at least one write was uncertain. */
  uncertainPoints: number
  faults: string[]
}

/**
 * Cuts the power after each call that could make a difference, keeps unflushed writes as none, meta pages only, data only,
 * all and some by lot, and opens what is left.
 */
export async function cutPowerEverywhere(
  folder: string,
  seed: number,
  calls: readonly SystemCall[],
): Promise<Findings> {
  const images = await mkdtemp(join(imagesBelow, 'cresset-images-'))
  try {
    return await openImages(join(folder, 'store'), join(images, 'store'), seed, calls)
  } finally {
    await rm(images, { recursive: true })
  }
}

async function openImages(traced: string, path: string, seed: number, calls: readonly SystemCall[]): Promise<Findings> {
  const expected = await expectedDescriptions(seed, openMemoryStore())
  const model = new DiskModel(traced, ['data.mdb'])
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
      const fault = await openImage(path, seed, image, acknowledged, expected)
      // One is enough, and what a spoilt file does to the process that maps it further on is anyone's guess.
      if (fault !== undefined) {
        findings.faults.push(`acknowledged ${acknowledged}, kept ${name}: ${fault}`)
        return findings
      }
    }
  }
  return findings
}

async function openImage(
  path: string,
  seed: number,
  image: Uint8Array | undefined,
  acknowledged: number,
  expected: (height: number) => Promise<string>,
): Promise<string | undefined> {
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
