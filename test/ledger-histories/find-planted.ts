import { withPlanted } from './plant.ts'
import type { PlantedBug } from './planted-bugs.ts'
import type { Product } from './product.ts'
import { type HistoryOutcome, runHistory, runSeed } from './random-history.ts'
import { writtenHistories } from './written-histories.ts'

/** More than the test of the sound ledger runs, so that a weak generator shows here. */
export const seedsAtMost = 100

/** The first history in which a ledger disagrees with the naive one: the written one of that name, else a random one. */
export async function findDisagreement(
  product: Product,
  { foundBy, firstSeed = 1 }: Pick<PlantedBug, 'foundBy' | 'firstSeed'> = {},
): Promise<HistoryOutcome | undefined> {
  const written = writtenHistories.find(({ name }) => name === foundBy)
  if (written !== undefined) {
    const outcome = await runHistory(written.history, { product })
    return outcome.failure === undefined ? undefined : outcome
  }
  for (let seed = firstSeed; seed < firstSeed + seedsAtMost; seed++) {
    const outcome = await runSeed(seed, { product })
    if (outcome.failure !== undefined) return outcome
  }
  return undefined
}

/** Plants a bug in a copy of core/ledger and looks for it. */
export function findPlanted(bug: PlantedBug): Promise<HistoryOutcome | undefined> {
  return withPlanted(bug, (product) => findDisagreement(product, bug))
}
