import type { BlockContext } from '../block-context.ts'
import {
  type RecordGeneration,
  type RecordRemovals,
  recordPageEntry,
  recordRemovalEntry,
  recordRemovalsEntry,
} from '../entries/record-table.ts'
import { stateKeys } from '../state-keys.ts'

/** Pages that one block looks at to remove them. */
export const maxPagesRemoved = 200

const none: RecordRemovals = { head: 0, tail: 0 }

/** Has later blocks remove a generation's pages. Nothing reads them any more. */
export function awaitRemoval({ state }: BlockContext, name: string, { generation, bits }: RecordGeneration): void {
  const { head, tail } = state.get(recordRemovalsEntry, stateKeys.recordRemovals) ?? none
  state.put(recordRemovalEntry, stateKeys.recordRemoval(tail), { name, generation, bits, next: 0 })
  state.put(recordRemovalsEntry, stateKeys.recordRemovals, { head, tail: tail + 1 })
}

/** Removes pages of ended generations, the oldest first. */
export function sweepRecordPages({ state }: BlockContext): void {
  const before = state.get(recordRemovalsEntry, stateKeys.recordRemovals)
  if (before === undefined) return
  let { head } = before
  let budget = maxPagesRemoved
  while (head < before.tail && budget > 0) {
    const key = stateKeys.recordRemoval(head)
    const removal = state.require(recordRemovalEntry, key)
    const pages = 2 ** removal.bits
    let { next } = removal
    for (; next < pages && budget > 0; next++, budget--)
      state.remove(recordPageEntry, stateKeys.recordPage(removal.name, removal.generation, next))
    if (next < pages) state.put(recordRemovalEntry, key, { ...removal, next })
    else {
      state.remove(recordRemovalEntry, key)
      head += 1
    }
  }
  if (head > before.head) state.put(recordRemovalsEntry, stateKeys.recordRemovals, { ...before, head })
}
