/** How much of a validator set decides. `majority` withstands crashes only. */
export type QuorumRule = 'pbft' | 'majority' | 'stake'

/** ⌊2n/3⌋ + 1: two quorums share more than ⌊(n−1)/3⌋ members at every n ("2f+1" forks at 5 and 6). */
export function pbftQuorum(count: number): number {
  return Math.floor((2 * count) / 3) + 1
}

export function majorityQuorum(count: number): number {
  return Math.floor(count / 2) + 1
}

const MAX_TRIPLED = Math.floor(Number.MAX_SAFE_INTEGER / 3)

/** Whether `signed` of `total` power decides. Powers are safe integers. */
export function isQuorum(rule: QuorumRule, signed: number, total: number): boolean {
  switch (rule) {
    case 'pbft':
      return signed >= pbftQuorum(total)
    case 'majority':
      return signed >= majorityQuorum(total)
    case 'stake':
      // In integers: 3 × the signed stake can pass 2^53.
      return total <= MAX_TRIPLED ? 3 * signed > 2 * total : 3n * BigInt(signed) > 2n * BigInt(total)
  }
}

/** Power that may be Byzantine without harm: more than this much always holds an honest validator. */
export function faultyPower(rule: QuorumRule, total: number): number {
  return rule === 'majority' ? 0 : Math.floor((total - 1) / 3)
}

/** How many of the missing, the mightiest first, make a quorum with what signed; one more than there are when not even all do. */
export function fewestMissing(rule: QuorumRule, signed: number, missing: readonly number[], total: number): number {
  const powers = [...missing].sort((a, b) => b - a)
  let sum = signed
  for (let count = 0; count <= powers.length; count++) {
    if (isQuorum(rule, sum, total)) return count
    sum += powers[count] ?? 0
  }
  return powers.length + 1
}
