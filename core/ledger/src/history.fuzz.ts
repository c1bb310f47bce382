import { playHistory } from './testing/random-history.ts'

/*
 * Bytes as choices: blocks of good and bad transactions, of long pauses and quick ones. The ledger keeps its invariants.
 */

export const name = 'ledger-history'
export const maxBytes = 2_048

export function run(bytes: Uint8Array): void {
  let at = 0
  // A block is made of some twenty choices; more blocks than choices for them would repeat themselves.
  playHistory(() => bytes[at++] ?? at % 251, Math.min(60, Math.ceil(bytes.length / 16)))
}
