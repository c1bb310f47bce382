import type { OwnerRecords } from '../actions.ts'
import { type RecordPage, type RecordTable, recordPageEntry, recordTableEntry } from '../entries/record-table.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { ownersInEntry } from './encoded-page.ts'

/** Which generations of a name's record table there are; undefined when it never had one. Whether DNS shows it, the name's status says. */
export function readRecordTable(view: StateView, name: string): RecordTable | undefined {
  return new StateOverlay(view).get(recordTableEntry, stateKeys.recordTable(name))
}

/** A page of a generation that the table lists; undefined for one without owners. */
export function readRecordPage(
  view: StateView,
  name: string,
  generation: number,
  index: number,
): RecordPage | undefined {
  return new StateOverlay(view).get(recordPageEntry, stateKeys.recordPage(name, generation, index))
}

/** Of such a page, the owners that are asked for: the others cost their length and not their decoding. */
export function readPageOwners(
  view: StateView,
  name: string,
  generation: number,
  index: number,
  isWanted: (owner: string) => boolean,
): OwnerRecords[] {
  const entry = view.get(stateKeys.recordPage(name, generation, index))
  return entry === undefined ? [] : ownersInEntry(entry, isWanted)
}
