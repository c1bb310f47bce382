import type { NaiveName, NaiveParameters, NaiveState } from './state.ts'

/** docs/protocol/ledger.md, "Status". */
export type NaiveStatus = 'free' | 'claimed' | 'active' | 'grace' | 'reserved'

export function statusOf(state: NaiveState, p: NaiveParameters, name: string, now: number): NaiveStatus {
  const entry = state.names.find((candidate) => candidate.name === name)
  const ranOut = entry?.ownership?.ranOut
  if (entry?.ownership !== undefined) {
    if (ranOut === undefined) return 'active'
    if (now < ranOut + p.graceMs) return 'grace'
  }
  if (entry !== undefined && now < freeTimeOf(entry, p)) return 'reserved'
  return state.claims.some((claim) => claim.name === name) ? 'claimed' : 'free'
}

/** When the name became or becomes free, for a name that nobody owns any more. */
export function freeTimeOf(entry: NaiveName, p: NaiveParameters): number {
  const ranOut = entry.ownership?.ranOut
  return ranOut === undefined ? entry.freeAt : ranOut + p.graceMs + p.releaseDelayMs
}
