/** A certified header may be this far ahead of the client's clock: validators allow 2 s, and clocks of clients drift. */
export const MAX_AHEAD_MS = 60_000

/**
 * - `stale`: certified, but older than allowed; `byMs` says by how much
 * - `ahead`: from the client's future; its clock is wrong, or a quorum lied
 */
export type FreshnessProblem = { code: 'stale' | 'ahead'; byMs: number }

/** Whether a certified header is recent enough to answer with. `nowMs` is the client's clock. */
export function freshnessProblem(
  headerTimeMs: number,
  nowMs: number,
  maxStalenessMs: number,
): FreshnessProblem | undefined {
  const ageMs = nowMs - headerTimeMs
  if (ageMs > maxStalenessMs) return { code: 'stale', byMs: ageMs - maxStalenessMs }
  if (-ageMs > MAX_AHEAD_MS) return { code: 'ahead', byMs: -ageMs }
  return undefined
}
