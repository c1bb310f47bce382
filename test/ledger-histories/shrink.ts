import type { History, Step, TransactionPlan } from './history.ts'

/** What is tried is told by how long it may take. */
export interface ShrinkOptions {
  readonly fails: (history: History) => Promise<boolean>
  readonly budgetMs: number
}

/**
 * A shorter history that fails too: leaves out runs of steps, then single transactions, then what is special about those that
 * stay. Gives the best one found when the time is over.
 */
export async function shrink(history: History, { fails, budgetMs }: ShrinkOptions): Promise<History> {
  const deadlineMs = performance.now() + budgetMs
  let best = history
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (performance.now() > deadlineMs) return false
    const candidate = { ...best, steps }
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (let before = -1; before !== sizeOf(best) && performance.now() < deadlineMs; ) {
    before = sizeOf(best)
    await dropRuns(best.steps, attempt)
    for (let index = best.steps.length - 1; index >= 0; index--) {
      const list = best.steps[index]?.transactions ?? []
      await dropRuns(list, (kept) => attempt(withTransactions(best.steps, index, kept)))
    }
    for (const simpler of simplifications) {
      for (let index = 0; index < best.steps.length; index++) {
        const step = best.steps[index] as Step
        const made = simpler(step)
        if (JSON.stringify(made) !== JSON.stringify(step)) await attempt(best.steps.with(index, made))
      }
    }
  }
  return best
}

/** Leaves out halves, quarters … single items, as long as `attempt` takes what is left. */
async function dropRuns<T>(items: readonly T[], attempt: (kept: readonly T[]) => Promise<boolean>): Promise<void> {
  let left = items
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < left.length; ) {
      const kept = [...left.slice(0, start), ...left.slice(start + size)]
      if (kept.length < left.length && (await attempt(kept))) left = kept
      else start += size
    }
  }
}

function withTransactions(steps: readonly Step[], index: number, transactions: readonly TransactionPlan[]): Step[] {
  return steps.with(index, { ...(steps[index] as Step), transactions })
}

const simplifications: readonly ((step: Step) => Step)[] = [
  (step) => ((step.times ?? 1) > 1 ? { ...step, times: 1 } : step),
  (step) => ((step.times ?? 1) > 3 ? { ...step, times: Math.floor((step.times ?? 1) / 2) } : step),
  (step) => ({ ...step, afterMs: 1_000 }),
  ({ proposer: _, ...step }) => step,
  (step) => plain(step, ['with']),
  (step) => plain(step, ['sequence', 'validForMs', 'fee', 'chain', 'damage', 'flip']),
]

function plain({ transactions, ...step }: Step, fields: readonly string[]): Step {
  if (transactions === undefined) return step
  const without = transactions.map(
    (plan) => Object.fromEntries(Object.entries(plan).filter(([field]) => !fields.includes(field))) as unknown,
  )
  return { ...step, transactions: without as TransactionPlan[] }
}

function sizeOf({ steps }: History): number {
  return JSON.stringify(steps).length
}
