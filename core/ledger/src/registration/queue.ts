import { type SealPosition, type SealQueue, sealPositionEntry, sealQueueEntry } from '../entries/registration.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/** Unsettled seals and claims in the order in which the seals were made: a doubly linked list inside the state. */

export function queueOf(state: StateOverlay): SealQueue {
  return state.require(sealQueueEntry, stateKeys.sealQueue)
}

export function positionAt(state: StateOverlay, order: number): SealPosition {
  return state.require(sealPositionEntry, stateKeys.sealPosition(order))
}

function putPosition(state: StateOverlay, order: number, position: SealPosition): void {
  state.put(sealPositionEntry, stateKeys.sealPosition(order), position)
}

/** Puts a seal at the end; returns its order number. */
export function enqueue(state: StateOverlay, sender: Uint8Array, sequence: number): number {
  const queue = queueOf(state)
  const { head, tail, nextOrder: order } = queue
  if (tail !== 0) putPosition(state, tail, { ...positionAt(state, tail), next: order })
  putPosition(state, order, { previous: tail, next: 0, sender, sequence, claimedName: undefined })
  state.put(sealQueueEntry, stateKeys.sealQueue, {
    head: head === 0 ? order : head,
    tail: order,
    nextOrder: order + 1,
  })
  return order
}

/** The seal at this place is revealed: its place now is that of a claim. */
export function markClaimed(state: StateOverlay, order: number, claimedName: string): void {
  putPosition(state, order, { ...positionAt(state, order), claimedName })
}

export function dequeue(state: StateOverlay, order: number): void {
  const { previous, next } = positionAt(state, order)
  if (previous !== 0) putPosition(state, previous, { ...positionAt(state, previous), next })
  if (next !== 0) putPosition(state, next, { ...positionAt(state, next), previous })
  const queue = queueOf(state)
  if (previous === 0 || next === 0) {
    state.put(sealQueueEntry, stateKeys.sealQueue, {
      ...queue,
      head: previous === 0 ? next : queue.head,
      tail: next === 0 ? previous : queue.tail,
    })
  }
  state.remove(sealPositionEntry, stateKeys.sealPosition(order))
}
