/**
 * npm run check [-- name…]: format, lint, types, layers, dependencies, tidy rules, then unit tests but the kill tests.
 * A name selects the checks that begin with it (`tidy`, `layers`, `tidy/markers`); `unit` is the unit tests.
 */
import { allChecks } from './checks/all.ts'
import { runChecks } from './checks/run-checks.ts'
import { repositoryRoot } from './process/capture.ts'
import { exitOnSignals } from './process/exit-on-signals.ts'
import { runTestFiles } from './process/run-test-files.ts'
import { isKillTest, unitTestFiles } from './test-parts.ts'

exitOnSignals()
const chosen = process.argv.slice(2)
const wants = (name: string): boolean => chosen.length === 0 || chosen.some((prefix) => name.startsWith(prefix))
const print = (line: string): void => console.log(line)

const checks = allChecks.filter((check) => wants(check.name))
if (checks.length === 0 && !wants('unit')) {
  print(
    `no check is named ${chosen.join(' or ')}; there are: ${[...allChecks.map((check) => check.name), 'unit'].join(', ')}`,
  )
  process.exit(2)
}
const results = await runChecks(repositoryRoot, checks, print)
let failures = results.reduce((sum, result) => sum + result.violations.length, 0)
if (wants('unit')) {
  const start = performance.now()
  // Kill tests take minutes; `npm test` runs them.
  const files = unitTestFiles(repositoryRoot).filter((file) => !isKillTest(file))
  const counts = await runTestFiles(files, { concurrency: 2, fileTimeoutMs: 180_000, print })
  failures += counts.failed
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  print(
    `${counts.failed === 0 ? '✔' : '✘'} ${'unit tests'.padEnd(20)} ${`${seconds} s`.padStart(7)}  ` +
      `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  )
}
process.exitCode = failures === 0 ? 0 : 1
