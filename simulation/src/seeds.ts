import { type ChildProcess, fork } from 'node:child_process'
import { type RunOptions, type RunResult, runSeed } from './run.ts'

/** Every so many seeds one runs twice: a run that does not repeat to the bit could not be looked into. */
const REPEATED = 10
/** There is a worker a core: threads that help one to collect garbage take the time from another, and most of it dies young. */
const WORKER_FLAGS = ['--single-threaded-gc', '--min-semi-space-size=32', '--max-semi-space-size=32']

/** Runs one seed; every tenth twice, and the traces must be the same. */
export async function runChecked(options: RunOptions): Promise<RunResult> {
  const result = await runSeed(options)
  if (options.seed % REPEATED !== 0 || result.broken !== undefined) return result
  const again = await runSeed({ ...options, print: false })
  if (again.traceHash === result.traceHash) return result
  const detail = `run-repeats: trace ${result.traceHash.slice(0, 16)}, then ${again.traceHash.slice(0, 16)}`
  return { ...result, broken: { invariant: 'run-repeats', detail } }
}

export interface SeedRange {
  readonly first: number
  readonly last: number
  readonly untilMs: number
  readonly stopAtFirst: boolean
  readonly options: Omit<RunOptions, 'seed'>
}

/** Runs seeds in rising order until the last one or the end of the time; those that were begun are ended. Gives the next one. */
export async function runSeeds(
  range: SeedRange,
  workers: number,
  report: (result: RunResult) => void,
): Promise<number> {
  let next = range.first
  let stopped = false
  const take = (): number | undefined => {
    if (stopped || next > range.last || Date.now() >= range.untilMs) return undefined
    return next++
  }
  const done = (result: RunResult): void => {
    if (range.stopAtFirst && result.broken !== undefined) stopped = true
    report(result)
  }
  if (workers === 1) {
    for (let seed = take(); seed !== undefined; seed = take()) done(await runChecked({ ...range.options, seed }))
  } else {
    await Promise.all(Array.from({ length: workers }, () => runInWorker(range, take, done)))
  }
  return next
}

/** What a worker is told, one seed at a time. */
type Order = { readonly options: RunOptions }

function runInWorker(
  range: SeedRange,
  take: () => number | undefined,
  done: (result: RunResult) => void,
): Promise<void> {
  const child: ChildProcess = fork(process.argv[1] as string, [], {
    env: { ...process.env, CRESSET_SIMULATION_WORKER: '1' },
    execArgv: [...process.execArgv, ...WORKER_FLAGS],
  })
  let last: number | undefined
  const orderNext = (): void => {
    const seed = take()
    if (seed === undefined) {
      child.disconnect()
      return
    }
    last = seed
    // A worker that is gone is told of when it exits.
    child.send({ options: { ...range.options, seed } } satisfies Order, () => undefined)
  }
  child.on('message', (result: RunResult) => {
    done(result)
    orderNext()
  })
  orderNext()
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the worker of seed ${last} ended with status ${code}`)),
    )
  })
}

/** The part of a worker process: it ends when its parent has no more for it. */
export function workForParent(): void {
  process.on('message', (order: Order) => {
    runChecked(order.options).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}
