import { median } from './statistics.ts'

export type Side = {
  name: string
  /** Does the work once and gives the time it took, in any unit; the same unit on every side. */
  measure(): number | Promise<number>
}

export type Alternated = {
  /** Median of each side, by name. */
  medians: Record<string, number>
  /** All measurements of each side, by name, in the order made. */
  all: Record<string, number[]>
  /** Median over rounds of side ÷ first side, by name: drift of the machine cancels within a round. */
  ratios: Record<string, number>
}

/**
 * Measures several sides in turn, the order reversed every other round, so that a machine that warms up, throttles or is
 * disturbed touches all sides alike. The first `warmUps` rounds are not counted.
 */
export async function alternate(
  sides: readonly Side[],
  { rounds, warmUps = 1 }: { rounds: number; warmUps?: number },
): Promise<Alternated> {
  const all: Record<string, number[]> = Object.fromEntries(sides.map((side) => [side.name, []]))
  for (let round = 0; round < warmUps + rounds; round++) {
    const order = round % 2 === 0 ? sides : [...sides].reverse()
    for (const side of order) {
      const value = await side.measure()
      if (round >= warmUps) all[side.name]?.push(value)
    }
  }
  const first = all[sides[0]?.name ?? ''] ?? []
  const ratio = (values: readonly number[]): number =>
    median(values.map((value, round) => value / (first[round] as number)))
  const entries = Object.entries(all)
  return {
    all,
    medians: Object.fromEntries(entries.map(([name, values]) => [name, median(values)])),
    ratios: Object.fromEntries(entries.map(([name, values]) => [name, ratio(values)])),
  }
}

/** Microseconds that one call takes, over `times` calls in a row. */
export function microsecondsEach(times: number, call: (index: number) => unknown): number {
  const start = process.hrtime.bigint()
  for (let index = 0; index < times; index++) call(index)
  return Number(process.hrtime.bigint() - start) / 1_000 / times
}
