import { CoverageSum } from './coverage.ts'
import type { RunResult } from './run.ts'

/** What a number of runs come to. */
export class Tally {
  seeds = 0
  heights = 0
  rounds = 0
  transactions = 0
  crashes = 0
  episodes = 0
  frames = 0
  simulatedMs = 0
  seconds = 0
  leastHeights = Number.MAX_SAFE_INTEGER
  leastEpisodes = Number.MAX_SAFE_INTEGER
  readonly coverage = new CoverageSum()
  readonly broken: { seed: number; broken: { invariant: string; detail: string } }[] = []

  add(result: RunResult): void {
    this.seeds++
    this.heights += result.heights
    this.rounds += result.rounds
    this.transactions += result.transactions
    this.crashes += result.crashes
    this.episodes += result.episodes
    this.frames += result.frames
    this.simulatedMs += result.simulatedMs
    this.leastHeights = Math.min(this.leastHeights, result.heights)
    this.leastEpisodes = Math.min(this.leastEpisodes, result.episodes)
    this.coverage.add(result.marks)
    if (result.broken !== undefined) this.broken.push({ seed: result.seed, broken: result.broken })
  }

  lines(): string[] {
    const hours = this.simulatedMs / 3_600_000
    const perSecond = this.seconds === 0 ? 0 : this.rounds / this.seconds
    const counts = [...this.coverage.counts].sort(([, a], [, b]) => b - a)
    return [
      `${this.seeds} seeds, ${this.broken.length} broken; ${this.heights} heights (a seed at least ${this.leastHeights}) in ${this.rounds} rounds, ` +
        `${this.episodes} episodes of faults (at least ${this.leastEpisodes}), ${this.transactions} transactions, ${this.crashes} crashes`,
      `${hours.toFixed(2)} simulated hours in ${this.seconds.toFixed(1)} s, ${perSecond.toFixed(0)} rounds a second`,
      `reached: ${counts.map(([mark, seeds]) => `${mark} ${seeds}`).join(', ')}`,
      this.coverage.missing.length === 0
        ? 'every situation was reached'
        : `NEVER reached: ${this.coverage.missing.join(', ')}`,
    ]
  }

  toJson(): Record<string, unknown> {
    const { coverage, ...figures } = this
    return { ...figures, marks: Object.fromEntries(coverage.counts) }
  }

  static fromJson(json: Record<string, unknown>): Tally {
    const { marks, ...figures } = json
    const tally = Object.assign(new Tally(), figures)
    for (const [mark, count] of Object.entries(marks as Record<string, number>)) tally.coverage.counts.set(mark, count)
    return tally
  }
}

export interface Progress {
  /** Seeds, all parts together. */
  readonly done: number
  readonly of: number
  /** The part that runs, for so long. */
  readonly part: Tally
  readonly seconds: number
  readonly budgetMs: number
}

/** How far a campaign is, how fast, and how long it takes still; or how long this part does. */
export function progressLine({ done, of, part, seconds, budgetMs }: Progress): string {
  const left = Math.ceil((of - done) * (seconds / part.seeds))
  const budget = Math.max(0, budgetMs / 1_000 - seconds)
  const end = left <= budget ? '' : `, ${duration(budget)} of this part`
  const speed = (part.rounds / seconds).toFixed(0)
  return `  … ${done} of ${of} seeds, ${speed} rounds a second, ${duration(left)} left${end}${part.broken.length === 0 ? '' : `, ${part.broken.length} BROKEN`}`
}

function duration(seconds: number): string {
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}
