import { printHistory } from './print.ts'
import type { HistoryOutcome } from './random-history.ts'
import { runHistory } from './random-history.ts'
import type { RunOptions } from './run.ts'
import { shrink } from './shrink.ts'

/** A failed history made short and told for people, with what replays it. */
export async function explainFailure(
  { history, failure }: HistoryOutcome,
  options: RunOptions,
  budgetMs = 20_000,
): Promise<string> {
  const fails = async (candidate: typeof history) => (await runHistory(candidate, options)).failure !== undefined
  // A history must fail when its steps are replayed, too; otherwise the generator itself is at fault.
  const short = (await fails(history)) ? await shrink(history, { fails, budgetMs }) : history
  const { failure: shortest } = await runHistory(short, options)
  return [
    `seed ${history.seed}: ${failure?.message}`,
    `shortened from ${history.steps.length} steps to ${short.steps.length}: ${shortest?.message ?? 'does not fail again'}`,
    printHistory(short),
    `as data, for test/ledger-histories/corpus: ${JSON.stringify(short)}`,
    `replay: ${replayCommand(history.seed)}`,
  ].join('\n')
}

export function replayCommand(seed: number): string {
  return `node --conditions=cresset-source test/ledger-histories/scripts/replay.ts --seed ${seed}`
}
