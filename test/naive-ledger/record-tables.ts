import { encodeItem, type Item } from '@cresset/core-codec'
import type { NaiveState } from './state.ts'
import type { NaiveRecordSet, NaiveTableOwner } from './transaction.ts'

/** docs/protocol/ledger.md, "Record tables": what is kept of them, and how it goes. */

/** The entry stays when the name ends, so that no generation comes back. */
export interface NaiveTable {
  name: string
  /** The greatest there was. */
  generation: number
  served: NaiveGeneration | undefined
  building: NaiveGeneration | undefined
}

export interface NaiveGeneration {
  generation: number
  bits: number
}

/** A page that has owners, of any generation that is not wholly removed. */
export interface NaivePage {
  name: string
  generation: number
  index: number
  owners: NaiveTableOwner[]
}

/** A generation whose pages from `next` on are not removed yet. */
export interface NaiveRemoval {
  position: number
  name: string
  generation: number
  bits: number
  next: number
}

const pagesPerBlock = 200

export function tableOf(state: NaiveState, name: string): NaiveTable {
  return (
    state.tables.find((table) => table.name === name) ?? { name, generation: 0, served: undefined, building: undefined }
  )
}

export function pageItem(owners: readonly NaiveTableOwner[]): Item {
  const sets = (list: readonly NaiveRecordSet[]): Item => list.map(({ type, ttl, data }) => [type, ttl ?? null, data])
  return [1, 57, owners.map(({ owner, recordSets }) => [owner, sets(recordSets)])]
}

/** Of a generation: the length of all its pages' entries together. */
export function bytesOf(state: NaiveState, name: string, generation: number): number {
  const pages = state.tablePages.filter((page) => page.name === name && page.generation === generation)
  return pages.reduce((sum, { owners }) => sum + encodeItem(pageItem(owners)).length, 0)
}

/** Puts a generation at the tail of those whose pages go. */
export function removeLater(state: NaiveState, name: string, old: NaiveGeneration | undefined): void {
  if (old === undefined) return
  state.removals.push({ position: state.removalTail++, name, ...old, next: 0 })
}

/** With the end of a name, and when it changes hands without its records. */
export function endTable(state: NaiveState, name: string): void {
  const table = tableOf(state, name)
  removeLater(state, name, table.served)
  removeLater(state, name, table.building)
  state.tables = state.tables.map((other) =>
    other.name === name ? { ...other, served: undefined, building: undefined } : other,
  )
}

/** What a block takes away of the generations in the queue, from its head on. */
export function removePages(state: NaiveState): void {
  for (let looked = 0; looked < pagesPerBlock; looked++) {
    const [place] = state.removals
    if (place === undefined) return
    state.tablePages = state.tablePages.filter(
      ({ name, generation, index }) => name !== place.name || generation !== place.generation || index !== place.next,
    )
    place.next++
    if (place.next === 2 ** place.bits) state.removals.shift()
  }
}
