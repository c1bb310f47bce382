import { execFileSync, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type EngineName, engines } from '@cresset/core-chain'
import { behaviours } from './byzantine.ts'
import { type RunOptions, type RunResult, runSeed } from './run.ts'

const usage = `npm run sim -- [--seed N] [--seeds M] [--budget-seconds S] [--workers W] [--trace] [--json]

  --seed N             first seed (default 1)
  --seeds M            how many seeds from there (default 1)
  --budget-seconds S   stop after this time, however many seeds are left
  --workers W          processes (default: one a core)
  --nodes N            so many validators instead of what the seed says
  --traitor NAME       this behaviour of one node instead of what the seed says ("none": no traitor)
  --engine NAME        pbft or majority instead of what the seed says
  --stop-at-first      end with the first broken seed
  --trace              print what happens, for one seed
  --json               one object on the last line

A run is a function of its seed and the commit. Status 1 when an invariant was broken.`

interface Options {
  readonly seed: number
  readonly seeds: number
  readonly budgetMs: number
  readonly workers: number
  readonly nodes: number | undefined
  readonly traitor: RunOptions['byzantine']
  readonly engine: EngineName | undefined
  readonly stopAtFirst: boolean
  readonly trace: boolean
  readonly json: boolean
}

/** What a worker reports to the process that started it. */
type Report = { readonly kind: 'result'; readonly result: RunResult }

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      'budget-seconds': { type: 'string', default: '1000000' },
      workers: { type: 'string', default: String(availableParallelism()) },
      nodes: { type: 'string' },
      traitor: { type: 'string' },
      engine: { type: 'string' },
      'stop-at-first': { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const number = (name: 'seed' | 'seeds' | 'budget-seconds' | 'workers'): number => {
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} needs a whole number from 1`)
    return value
  }
  const traitor = [...behaviours, 'none' as const].find((name) => name === values.traitor)
  if (values.traitor !== undefined && traitor === undefined) {
    throw new Error(`--traitor is one of ${behaviours.join(', ')}, none`)
  }
  const engine = engines.find((name) => name === values.engine)
  if (values.engine !== undefined && engine === undefined) throw new Error(`--engine is one of ${engines.join(', ')}`)
  return {
    seed: number('seed'),
    seeds: number('seeds'),
    budgetMs: number('budget-seconds') * 1_000,
    workers: number('workers'),
    nodes: values.nodes === undefined ? undefined : Number(values.nodes),
    traitor,
    engine,
    stopAtFirst: values['stop-at-first'],
    trace: values.trace,
    json: values.json,
  }
}

/** What a process has to do: every `step`-th seed from `first`, until the last one or the end of the time. */
interface Part {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly untilMs: number
  readonly stopAtFirst: boolean
  readonly trace: boolean
  readonly nodes: number | undefined
  readonly traitor: RunOptions['byzantine']
  readonly engine: EngineName | undefined
}

/** Every so many seeds one runs twice: a run that does not repeat to the bit could not be looked into. */
const REPEATED = 10

async function repeated(result: RunResult, options: RunOptions): Promise<RunResult> {
  const again = await runSeed(options)
  if (again.traceHash === result.traceHash || result.broken !== undefined) return result
  const detail = `run-repeats: trace ${result.traceHash.slice(0, 16)}, then ${again.traceHash.slice(0, 16)}`
  return { ...result, broken: { invariant: 'run-repeats', detail } }
}

async function runPart(part: Part, report: (result: RunResult) => void): Promise<void> {
  const { first, last, step, untilMs, stopAtFirst, trace, nodes, traitor, engine } = part
  for (let seed = first; seed <= last && Date.now() < untilMs; seed += step) {
    const options: RunOptions = {
      seed,
      ...(nodes === undefined ? {} : { nodes }),
      ...(traitor === undefined ? {} : { byzantine: traitor }),
      ...(engine === undefined ? {} : { engine }),
    }
    const result = await runSeed({ ...options, print: trace })
    report(seed % REPEATED === 0 ? await repeated(result, options) : result)
    if (stopAtFirst && result.broken !== undefined) return
  }
}

async function runInWorkers(part: Part, workers: number, report: (result: RunResult) => void): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const settings = JSON.stringify({ ...part, first: part.first + index, step: workers })
      const child = fork(process.argv[1] as string, [], { env: { ...process.env, CRESSET_SIMULATION_PART: settings } })
      child.on('message', (message: Report) => report(message.result))
      return new Promise<void>((resolve, reject) => {
        child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with status ${code}`))))
      })
    }),
  )
}

function commitName(): string {
  try {
    const head = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
    const changed = execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], { encoding: 'utf8' }).trim()
    return changed === '' ? head : `${head} with local changes`
  } catch {
    return 'unknown commit'
  }
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  const startedMs = Date.now()
  const untilMs = startedMs + options.budgetMs
  const commit = commitName()
  const total = { seeds: 0, heights: 0, transactions: 0, crashes: 0, simulatedMs: 0, frames: 0 }
  const broken: RunResult[] = []
  const report = (result: RunResult): void => {
    total.seeds++
    total.heights += result.heights
    total.transactions += result.transactions
    total.crashes += result.crashes
    total.simulatedMs += result.simulatedMs
    total.frames += result.frames
    if (result.broken !== undefined) broken.push(result)
    if (options.seeds === 1 || result.broken !== undefined) printResult(result, commit)
  }
  const { seed, seeds, stopAtFirst, trace, nodes, traitor, engine } = options
  const part: Part = {
    first: seed,
    last: seed + seeds - 1,
    step: 1,
    untilMs,
    stopAtFirst,
    trace,
    nodes,
    traitor,
    engine,
  }
  const workers = Math.min(options.workers, seeds)
  if (workers === 1) await runPart(part, report)
  else await runInWorkers(part, workers, report)
  const seconds = (Date.now() - startedMs) / 1_000
  const hours = total.simulatedMs / 3_600_000
  console.log(
    `${total.seeds} seeds from ${options.seed}, commit ${commit}: ${broken.length} broken; ${total.heights} heights, ` +
      `${total.transactions} transactions, ${total.crashes} crashes, ${hours.toFixed(2)} simulated hours in ${seconds.toFixed(1)} s`,
  )
  if (options.json) {
    console.log(JSON.stringify({ commit, firstSeed: options.seed, ...total, seconds, broken }))
  }
  return broken.length === 0 && total.seeds > 0 ? 0 : 1
}

function printResult(result: RunResult, commit: string): void {
  const { seed, engine, nodes, byzantine, heights, traceHash } = result
  console.log(
    `seed ${seed}, commit ${commit}: ${nodes} nodes, ${engine}, traitor ${byzantine}, ${heights} heights, trace ${traceHash}`,
  )
  if (result.broken !== undefined) {
    console.log(`  BROKEN ${result.broken.detail}`)
    console.log(`  again: npm run sim -- --seed ${seed} --trace`)
  }
}

/** The part of a worker process. */
async function work(settings: string): Promise<number> {
  const send = (report: Report): void => {
    process.send?.(report)
  }
  await runPart(JSON.parse(settings) as Part, (result) => send({ kind: 'result', result }))
  process.disconnect()
  return 0
}

const part = process.env['CRESSET_SIMULATION_PART']
process.exitCode = part === undefined ? await main() : await work(part)
