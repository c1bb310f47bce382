import { allRules } from './rules.ts'
import { type DifferentialResult, runDifferential } from './run-differential.ts'

/** A rule that fewer questions needed is not covered by the whole comparison. */
export const ENOUGH_QUESTIONS = 1_000

/** Compares as many zones as there is time for, prints the table, and gives the exit status. */
export async function printDifferential(seed: number, zones: number, minutes: number | undefined): Promise<number> {
  console.log(`seed ${seed}`)
  const result = await runDifferential({
    seed,
    zones,
    ...(minutes === undefined ? {} : { budgetMs: minutes * 60_000 }),
    report: console.log,
  })
  for (const line of tableOf(result)) console.log(line)
  for (const difference of result.unexplained.slice(0, 3)) console.log(`\nNOT EXPLAINED: ${difference}`)
  return result.unexplained.length === 0 ? 0 : 1
}

export function tableOf({ zones, queries, rules, accepted, unexplained }: DifferentialResult): string[] {
  const lines = [`${zones} zones, ${queries} questions, each to Knot and NSD`, 'questions by rule:']
  for (const rule of allRules) {
    const count = rules.get(rule) ?? 0
    lines.push(
      `  ${String(count).padStart(9)}  ${rule}${count < ENOUGH_QUESTIONS ? '   (too few to count as covered)' : ''}`,
    )
  }
  lines.push('differences that stay:')
  for (const [what, count] of [...accepted].sort()) lines.push(`  ${String(count).padStart(9)}  ${what}`)
  lines.push(`differences without an explanation: ${unexplained.length}`)
  return lines
}
