import type { BlockContext } from '../block-context.ts'
import { recordTableEntry } from '../entries/record-table.ts'
import { stateKeys } from '../state-keys.ts'
import { awaitRemoval } from './removals.ts'

/** Takes a name's record table out of DNS. What is left of it counts generations, so that none comes back under another owner. */
export function endRecordTable(context: BlockContext, name: string): void {
  const { state, changedNames } = context
  const key = stateKeys.recordTable(name)
  const table = state.get(recordTableEntry, key)
  if (table === undefined) return
  const { generation, served, building } = table
  if (served === undefined && building === undefined) return
  if (served !== undefined) {
    awaitRemoval(context, name, served)
    changedNames.add(name)
  }
  if (building !== undefined) awaitRemoval(context, name, building)
  state.put(recordTableEntry, key, { generation, served: undefined, building: undefined })
}
