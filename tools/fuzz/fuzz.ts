import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { addToCorpus, type FoundTarget, readCorpus } from './corpus.ts'
import { makeInput } from './input.ts'
import { shrink } from './shrink.ts'
import type { WorkerResult, WorkerTask } from './worker.ts'

export type FuzzOptions = {
  root: string
  seed: number
  /** First run of the seed; 0 unless one run is replayed. */
  firstRun?: number
  runs: number
  /** For the runs; a target may take its time to load. */
  budgetMs: number
  /** One run that takes longer counts as failed: input from outside must not hold a node up. */
  maxRunMs?: number
}

export type FuzzFailure = {
  error: string
  /** The failing input, made smaller where that was possible, relative to the root. */
  file: string
  bytes: number
  replay: string
}

export type FuzzResult = { target: string; corpus: number; runs: number; seconds: number; failure?: FuzzFailure }

/** Replays the corpus of a target, then runs seeded inputs until one fails or the budget ends. */
export async function fuzz(found: FoundTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { root, seed } = options
  const start = performance.now()
  const { target } = found
  const corpus = readCorpus(root, target.name)
  const done = (runs: number, failure?: FuzzFailure): FuzzResult => {
    const seconds = (performance.now() - start) / 1000
    return { target: target.name, corpus: corpus.length, runs, seconds, ...(failure === undefined ? {} : { failure }) }
  }
  for (const { file, bytes } of corpus) {
    const error = await runOnce(found, bytes)
    if (error !== undefined) return done(0, { error, file, bytes: bytes.length, replay: replayFile(target.name, file) })
  }
  const outcome = await runInWorker(found, options)
  if (outcome.failure === undefined) return done(outcome.runs)
  const samples = corpus.map((entry) => entry.bytes)
  let input = makeInput(target, samples, seed, outcome.failure.run)
  if (!outcome.failure.hung) input = await shrink(input, async (bytes) => (await runOnce(found, bytes)) !== undefined)
  const file = addToCorpus(root, target.name, input)
  const replay = `${replayFile(target.name, file)}   or   npm run fuzz -- ${target.name} --seed ${seed} --run ${outcome.failure.run}`
  return done(outcome.runs, { error: outcome.failure.error, file, bytes: input.length, replay })
}

function replayFile(target: string, file: string): string {
  return `npm run fuzz -- ${target} --file ${file}`
}

/** The error that an input causes, as text. */
export async function runOnce({ target }: FoundTarget, bytes: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(bytes)
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? String(error)) : String(error)
  }
}

type Outcome = { runs: number; failure?: { run: number; error: string; hung: boolean } }

function runInWorker(found: FoundTarget, options: FuzzOptions): Promise<Outcome> {
  const firstRun = options.firstRun ?? 0
  const maxRunMs = options.maxRunMs ?? 5_000
  const progress = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
  const task: WorkerTask = {
    root: options.root,
    file: join(options.root, found.file),
    seed: options.seed,
    firstRun,
    runs: options.runs,
    budgetMs: options.budgetMs,
    progress,
  }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  })
  return new Promise((resolve, reject) => {
    let lastRun = -1
    let lastChangeMs = performance.now()
    const settle = (outcome: Outcome): void => {
      clearInterval(watch)
      resolve(outcome)
    }
    const failAt = (error: string): Outcome => {
      const runs = Math.max(0, Atomics.load(progress, 0))
      return { runs, failure: { run: firstRun + runs, error, hung: true } }
    }
    const watch = setInterval(() => {
      const run = Atomics.load(progress, 0)
      const now = performance.now()
      if (run !== lastRun) {
        lastRun = run
        lastChangeMs = now
      } else if (run >= 0 && now - lastChangeMs > maxRunMs) {
        settle(failAt(`one run took longer than ${maxRunMs / 1000} s`))
        void worker.terminate()
      }
    }, 100)
    worker.on('message', ({ runs, failure }: WorkerResult) => {
      settle({ runs, ...(failure === undefined ? {} : { failure: { ...failure, hung: false } }) })
    })
    worker.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return settle(failAt('one run used more than 512 MB'))
      clearInterval(watch)
      reject(error)
    })
    worker.on('exit', () => clearInterval(watch))
  })
}
