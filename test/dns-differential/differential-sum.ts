const MAX_UNEXPLAINED = 20

/** What comparisons come to. */
export class DifferentialSum {
  zones = 0
  queries = 0
  seconds = 0
  /** Questions by the rule that their answer needs. */
  readonly rules = new Map<string, number>()
  /** Differences that stay, by peer, clause and reason. */
  readonly accepted = new Map<string, number>()
  /** The first differences that nothing explains, and how many there were. */
  readonly unexplained: string[] = []
  unexplainedCount = 0

  add(other: DifferentialSum): void {
    this.zones += other.zones
    this.queries += other.queries
    this.seconds += other.seconds
    for (const [rule, count] of other.rules) addTo(this.rules, rule, count)
    for (const [what, count] of other.accepted) addTo(this.accepted, what, count)
    for (const text of other.unexplained) this.keep(text)
    this.unexplainedCount += other.unexplainedCount
  }

  /** Keeps a text on a difference that nothing explains, if there are not many yet. */
  keep(text: string): void {
    if (this.unexplained.length < MAX_UNEXPLAINED) this.unexplained.push(text)
  }

  toJson(): Record<string, unknown> {
    const { rules, accepted, ...figures } = this
    return { ...figures, rules: Object.fromEntries(rules), accepted: Object.fromEntries(accepted) }
  }

  static fromJson(json: Record<string, unknown>): DifferentialSum {
    const { rules, accepted, unexplained, ...figures } = json
    const sum: DifferentialSum = Object.assign(new DifferentialSum(), figures)
    sum.unexplained.push(...(unexplained as string[]))
    for (const [rule, count] of Object.entries(rules as Record<string, number>)) sum.rules.set(rule, count)
    for (const [what, count] of Object.entries(accepted as Record<string, number>)) sum.accepted.set(what, count)
    return sum
  }
}

export function addTo(counts: Map<string, number>, name: string, more = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + more)
}
