// Runs inputs in a thread of its own, so that one that never ends can be stopped and named.
import { parentPort, workerData } from 'node:worker_threads'
import { loadTarget, readCorpus } from './corpus.ts'
import { makeInput } from './input.ts'

export type WorkerTask = {
  root: string
  file: string
  seed: number
  firstRun: number
  runs: number
  /** From when the target is loaded. */
  budgetMs: number
  /** Element 0: the run under way, counted from 0; −1 before the first. */
  progress: Int32Array
}

export type WorkerResult = { runs: number; failure?: { run: number; error: string } }

const { root, file, seed, firstRun, runs, budgetMs, progress } = workerData as WorkerTask
const target = await loadTarget(file)
const corpus = readCorpus(root, target.name).map((entry) => entry.bytes)
const result: WorkerResult = { runs: 0 }
const deadlineMs = performance.now() + budgetMs
while (result.runs < runs && (result.runs % 64 !== 0 || performance.now() < deadlineMs)) {
  const run = firstRun + result.runs
  Atomics.store(progress, 0, result.runs)
  try {
    const pending = target.run(makeInput(target, corpus, seed, run))
    if (pending !== undefined) await pending
  } catch (error) {
    result.failure = { run, error: error instanceof Error ? (error.stack ?? String(error)) : String(error) }
    break
  }
  result.runs++
}
parentPort?.postMessage(result)
