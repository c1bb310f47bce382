import { type Check, formatViolation, type Violation } from './check.ts'

export type CheckResult = { check: Check; violations: Violation[]; seconds: number }

/** Runs checks one after the other (each is quick) and prints a line for each, then its violations. */
export async function runChecks(
  root: string,
  checks: readonly Check[],
  print: (line: string) => void,
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    const start = performance.now()
    const violations = await attempt(check, root)
    const seconds = (performance.now() - start) / 1000
    results.push({ check, violations, seconds })
    const verdict = violations.length === 0 ? 'ok' : `${violations.length} to fix`
    print(
      `${violations.length === 0 ? '✔' : '✘'} ${check.name.padEnd(20)} ${`${seconds.toFixed(1)} s`.padStart(7)}  ${verdict}`,
    )
    for (const violation of violations) print(`    ${formatViolation(violation)}`)
  }
  return results
}

/** A check that breaks down has not shown that its rule holds. */
async function attempt(check: Check, root: string): Promise<Violation[]> {
  try {
    return await check.run(root)
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return [{ file: check.name, message: `the check broke down: ${message}`, remedy: '' }]
  }
}
