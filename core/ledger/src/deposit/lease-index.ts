import {
  type Lease,
  type LeaseChunk,
  type LeaseCounts,
  leaseChunkEntry,
  leaseCountsEntry,
  leaseEntry,
  namesPerChunk,
  quantaPerPage,
} from '../entries/lease.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/**
 * Names by the last quantum that they are paid for, inside the state: counts by quantum, and the names of a quantum in chunks
 * without gaps. Putting a name in or out touches at most six entries, however many names there are.
 */

const emptyCounts: LeaseCounts = { counts: new Array(quantaPerPage).fill(0) }

export function countAt(state: StateOverlay, quanta: number): number {
  return countsOfPage(state, Math.floor(quanta / quantaPerPage))[quanta % quantaPerPage] as number
}

/** Counts of the 64 quanta of a page. */
export function countsOfPage(state: StateOverlay, page: number): readonly number[] {
  return (state.get(leaseCountsEntry, stateKeys.leaseCounts(page)) ?? emptyCounts).counts
}

function setCount(state: StateOverlay, quanta: number, count: number): void {
  const page = Math.floor(quanta / quantaPerPage)
  const counts = [...countsOfPage(state, page)]
  counts[quanta % quantaPerPage] = count
  const key = stateKeys.leaseCounts(page)
  if (counts.every((value) => value === 0)) state.remove(leaseCountsEntry, key)
  else state.put(leaseCountsEntry, key, { counts })
}

export function nameAt(state: StateOverlay, quanta: number, position: number): string {
  const chunk = state.require(leaseChunkEntry, stateKeys.leaseChunk(quanta, Math.floor(position / namesPerChunk)))
  return chunk.names[position % namesPerChunk] as string
}

/** Puts a name last among those of its quantum and writes its lease. */
export function insertLease(state: StateOverlay, lease: Omit<Lease, 'position'>): void {
  const { name, paidQuanta } = lease
  const position = countAt(state, paidQuanta)
  const key = stateKeys.leaseChunk(paidQuanta, Math.floor(position / namesPerChunk))
  const chunk: LeaseChunk = state.get(leaseChunkEntry, key) ?? { names: [] }
  state.put(leaseChunkEntry, key, { names: [...chunk.names, name] })
  setCount(state, paidQuanta, position + 1)
  state.put(leaseEntry, stateKeys.lease(name), { ...lease, position })
}

/** Takes a name out; the last one of its quantum moves into its place. Removes its lease. */
export function removeLease(state: StateOverlay, name: string): void {
  const { paidQuanta, position } = state.require(leaseEntry, stateKeys.lease(name))
  const last = countAt(state, paidQuanta) - 1
  if (position !== last) {
    const moved = nameAt(state, paidQuanta, last)
    setNameAt(state, paidQuanta, position, moved)
    const movedKey = stateKeys.lease(moved)
    state.put(leaseEntry, movedKey, { ...state.require(leaseEntry, movedKey), position })
  }
  dropLast(state, paidQuanta, last)
  setCount(state, paidQuanta, last)
  state.remove(leaseEntry, stateKeys.lease(name))
}

function setNameAt(state: StateOverlay, quanta: number, position: number, name: string): void {
  const key = stateKeys.leaseChunk(quanta, Math.floor(position / namesPerChunk))
  const names = [...state.require(leaseChunkEntry, key).names]
  names[position % namesPerChunk] = name
  state.put(leaseChunkEntry, key, { names })
}

function dropLast(state: StateOverlay, quanta: number, last: number): void {
  const key = stateKeys.leaseChunk(quanta, Math.floor(last / namesPerChunk))
  const names = state.require(leaseChunkEntry, key).names.slice(0, last % namesPerChunk)
  if (names.length === 0) state.remove(leaseChunkEntry, key)
  else state.put(leaseChunkEntry, key, { names })
}
