/** The middle value; the mean of the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Percentile by linear interpolation between the closest ranks; 0 … 100. */
export function percentile(values: readonly number[], rank: number): number {
  if (values.length === 0) throw new RangeError('no values')
  if (rank < 0 || rank > 100) throw new RangeError(`percentile ${rank} is not within 0 and 100`)
  const sorted = Float64Array.from(values).sort()
  const position = ((sorted.length - 1) * rank) / 100
  const below = Math.floor(position)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (high - low) * (position - below)
}

/** Rounds for people and for JSON: `digits` significant digits, whole numbers kept whole. */
export function significant(value: number, digits = 4): number {
  if (!Number.isFinite(value) || value === 0) return value
  const places = digits - 1 - Math.floor(Math.log10(Math.abs(value)))
  return places <= 0 ? Math.round(value) : Number(value.toFixed(places))
}
