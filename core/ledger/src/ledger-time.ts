import type { TimeEntry } from './entries/ledger.ts'
import type { LedgerParameters } from './parameters.ts'

/**
 * Ledger time at a block: it follows block time, but no faster than two longest intervals a block, so that a halt of the
 * network costs nobody a deadline. Computed from the last block that wrote it.
 */
export function ledgerTimeAt(
  last: TimeEntry,
  block: { readonly height: number; readonly timeMs: number },
  { maxBlockIntervalMs }: Pick<LedgerParameters, 'maxBlockIntervalMs'>,
): number {
  const elapsedMs = Math.max(0, block.timeMs - last.blockTimeMs)
  const mostMs = Math.max(0, block.height - last.height) * 2 * maxBlockIntervalMs
  return last.ledgerTimeMs + Math.min(elapsedMs, mostMs)
}
