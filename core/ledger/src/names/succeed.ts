import type { BlockContext } from '../block-context.ts'
import { type NameEntry, nameEntry, recordHash } from '../entries/name.ts'

type Change = Pick<NameEntry, 'registration' | 'freeAtLedgerMs'> & Partial<Pick<NameEntry, 'ownerships'>>

/** The next record of a name, which holds the hash of the one before. */
export function succeed({ height }: Pick<BlockContext, 'height'>, before: NameEntry, change: Change): NameEntry {
  const { name, revision, ownerships } = before
  return { name, revision: revision + 1, predecessor: recordHash(nameEntry, before), height, ownerships, ...change }
}
