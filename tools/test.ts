/**
 * npm test [-- part… | file…] [--name PATTERN]: everything that CI runs. A part's name selects it alone; a path selects
 * test files below it; --name selects tests by a regular expression.
 */
import { allChecks } from './checks/all.ts'
import { formatViolation } from './checks/check.ts'
import { runChecks } from './checks/run-checks.ts'
import { compilePackages } from './compile/compile-packages.ts'
import { findTargets } from './fuzz/corpus.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { repositoryRoot } from './process/capture.ts'
import { readCommandLine, refuse } from './process/command-line.ts'
import { exitOnSignals } from './process/exit-on-signals.ts'
import { leaveNothingBehind } from './process/marked-processes.ts'
import { addCounts, noCounts, runTestFiles, type TestCounts, type TestRunOptions } from './process/run-test-files.ts'
import { runSimulation } from './simulation.ts'
import { provideSystemPackages } from './system-packages.ts'
import { crossPackageTestFiles, unitTestFiles } from './test-parts.ts'

type Part = { name: string; budgetSeconds: number; run(): Promise<TestCounts> }

const { values, positionals } = readCommandLine(
  { allowPositionals: true, options: { name: { type: 'string' } } },
  'usage: npm test [-- PART… | FILE…] [--name PATTERN]',
)
const print = (line: string): void => console.log(line)
const simulatedSeeds = 500
/** In `npm run sim` a seed has 200: here many seeds in two minutes say more. */
const simulatedHeights = 25
const inCi = process.env['CI'] === 'true'
const outcome = (ok: boolean): TestCounts => ({ ...noCounts, [ok ? 'passed' : 'failed']: 1 })

function testFiles(files: readonly string[], options: Pick<TestRunOptions, 'concurrency' | 'fileTimeoutMs'>) {
  const pattern = values.name === undefined ? {} : { namePattern: values.name }
  return runTestFiles(files, { ...options, ...pattern, print, everyFile: true })
}

/** The budgets add up to the 12 minutes that `npm test` may take on two cores. */
const parts: readonly Part[] = [
  {
    name: 'system packages',
    budgetSeconds: 45,
    async run() {
      const { missing, message } = await provideSystemPackages()
      print(`  ${message}`)
      process.env['CRESSET_MISSING_TOOLS'] = missing.join(',')
      if (missing.length === 0) return outcome(true)
      return inCi ? outcome(false) : { ...noCounts, skipped: missing.length }
    },
  },
  {
    name: 'build',
    budgetSeconds: 20,
    async run() {
      const { packages, written, errors } = await compilePackages(repositoryRoot)
      for (const error of errors) print(`    ${formatViolation(error)}`)
      print(`  ${packages} packages, ${written} files written, ${errors.length} errors`)
      return outcome(errors.length === 0)
    },
  },
  {
    name: 'check',
    budgetSeconds: 25,
    async run() {
      const results = await runChecks(repositoryRoot, allChecks, print)
      return results.map(({ violations }) => outcome(violations.length === 0)).reduce(addCounts, noCounts)
    },
  },
  {
    name: 'unit',
    budgetSeconds: 210,
    run: () => testFiles(unitTestFiles(repositoryRoot), { concurrency: 2, fileTimeoutMs: 180_000 }),
  },
  {
    name: 'fuzz',
    budgetSeconds: 20,
    async run() {
      const targets = await findTargets(repositoryRoot)
      const budgetMs = Math.min(5_000, 22_000 / targets.length)
      let counts: TestCounts = { ...noCounts }
      const fuzzNext = async (): Promise<void> => {
        const found = targets.shift()
        if (found === undefined) return
        const result = await fuzz(found, { root: repositoryRoot, seed: 1, runs: 50_000, budgetMs })
        const { failure } = result
        print(
          `${failure === undefined ? '✔' : '✘'} ${result.target.padEnd(24)} ${result.runs} runs, ${result.corpus} corpus inputs`,
        )
        if (failure !== undefined) print(`${failure.error}\nkept in ${failure.file}\nreplay: ${failure.replay}`)
        counts = addCounts(counts, outcome(failure === undefined))
        await fuzzNext()
      }
      // Each has a thread of its own: one for each processor.
      await Promise.all([fuzzNext(), fuzzNext()])
      return counts
    },
  },
  {
    name: 'simulation',
    budgetSeconds: 120,
    async run() {
      // The time is a safety net: all seeds run, and a machine too slow for them fails rather than run fewer unseen.
      const { seeds, broken } = await runSimulation(
        { seed: 1, seeds: simulatedSeeds, budgetSeconds: 300, heights: simulatedHeights },
        print,
      )
      print(`  ${simulatedHeights} heights a seed here; npm run sim and the campaign run 200`)
      if (seeds < simulatedSeeds) print(`✘ only ${seeds} of ${simulatedSeeds} seeds in 300 s`)
      for (const { seed, detail } of broken)
        print(`✘ seed ${seed}: ${detail}\n  replay: npm run sim -- --seed ${seed} --trace`)
      return { ...noCounts, passed: seeds - broken.length, failed: broken.length + (seeds < simulatedSeeds ? 1 : 0) }
    },
  },
  {
    name: 'cross-package',
    budgetSeconds: 90,
    run: () => testFiles(crossPackageTestFiles(repositoryRoot).other, { concurrency: 2, fileTimeoutMs: 120_000 }),
  },
  {
    name: 'cluster',
    budgetSeconds: 180,
    async run() {
      const { cluster, timedCluster } = crossPackageTestFiles(repositoryRoot)
      const timed = await testFiles(timedCluster, { concurrency: 1, fileTimeoutMs: 180_000 })
      return addCounts(timed, await testFiles(cluster, { concurrency: 2, fileTimeoutMs: 180_000 }))
    },
  },
]

function choose(): readonly Part[] {
  if (positionals.length === 0) return parts
  const named = parts.filter((part) => positionals.includes(part.name))
  const paths = positionals.filter((word) => !parts.some((part) => part.name === word))
  if (paths.length === 0) return named
  const { cluster, timedCluster, other } = crossPackageTestFiles(repositoryRoot)
  const files = [...unitTestFiles(repositoryRoot), ...other, ...timedCluster, ...cluster].filter((file) =>
    paths.some((path) => file === path || file.startsWith(path.replace(/\/?$/, '/'))),
  )
  if (files.length === 0)
    refuse(`no test file is at ${paths.join(', ')}`, `parts are ${parts.map((part) => part.name).join(', ')}`)
  const chosen: Part = {
    name: 'chosen files',
    budgetSeconds: 0,
    run: () => testFiles(files, { concurrency: 1, fileTimeoutMs: 300_000 }),
  }
  return [...named, chosen]
}

exitOnSignals()
leaveNothingBehind()
let total: TestCounts = { ...noCounts }
let totalSeconds = 0
const rows: string[] = []
for (const part of choose()) {
  print(`\n── ${part.name} ${'─'.repeat(Math.max(1, 70 - part.name.length))}`)
  const start = performance.now()
  const counts = await part.run().catch((error: unknown) => {
    print(error instanceof Error ? (error.stack ?? String(error)) : String(error))
    return outcome(false)
  })
  const seconds = (performance.now() - start) / 1000
  total = addCounts(total, counts)
  totalSeconds += seconds
  rows.push(
    tableRow(part.name, seconds, part.budgetSeconds, counts) +
      (part.budgetSeconds > 0 && seconds > part.budgetSeconds ? '  over budget' : ''),
  )
}
print(
  `\n${'part'.padEnd(18)} ${'time'.padStart(9)} ${'budget'.padStart(9)} ${'passed'.padStart(8)} ${'failed'.padStart(8)} ${'skipped'.padStart(8)}`,
)
for (const row of rows) print(row)
print(tableRow('all', totalSeconds, rows.length === parts.length ? 720 : 0, total))
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1

function tableRow(name: string, seconds: number, budgetSeconds: number, counts: TestCounts): string {
  const budget = budgetSeconds === 0 ? '' : `${budgetSeconds} s`
  const cells = [counts.passed, counts.failed, counts.skipped].map((count) => String(count).padStart(8))
  return `${name.padEnd(18)} ${`${seconds.toFixed(1)} s`.padStart(9)} ${budget.padStart(9)} ${cells.join(' ')}`
}
