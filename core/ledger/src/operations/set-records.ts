import type { ActionBody } from '../actions.ts'
import { type RecordGeneration, type RecordTable, recordPageEntry, recordTableEntry } from '../entries/record-table.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { planPages } from '../record-tables/plan-pages.ts'
import { awaitRemoval } from '../record-tables/removals.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

const noTable: RecordTable = { generation: 0, served: undefined, building: undefined }

/** Writes pages of a name's record table, and shows the generation that they belong to when the owner says so. */
export const setRecords: Operation<'setRecords'> = (context, prepared, body) => {
  const { state, events, changedNames } = context
  const { name, generation, bits, serve } = body
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const tableKey = stateKeys.recordTable(name)
  const table = state.get(recordTableEntry, tableKey) ?? noTable
  const target = targetOf(table, body)
  if (target === undefined) return 'records-generation'
  if (body.pages.length === 0 && !(serve && target.is === 'building')) return 'nothing-changes'
  const pages = planPages(context, body)
  if (typeof pages === 'string') return pages

  let { records, bytes } = target.before
  for (const page of pages) {
    const pageKey = stateKeys.recordPage(name, generation, page.index)
    if (page.after === undefined) state.remove(recordPageEntry, pageKey)
    else state.put(recordPageEntry, pageKey, page.after)
    records += page.moreRecords
    bytes += page.moreBytes
  }
  const { served, building } = table
  if (target.is === 'new' && building !== undefined) awaitRemoval(context, name, building)
  if (serve && target.is !== 'served' && served !== undefined) awaitRemoval(context, name, served)
  const written = { generation, bits, records, bytes }
  state.put(recordTableEntry, tableKey, {
    generation: Math.max(table.generation, generation),
    served: serve ? written : served,
    building: target.is === 'served' ? building : serve ? undefined : written,
  })
  if (serve) changedNames.add(name)
  events.push({
    kind: 'recordsSet',
    body: { name, generation, isServed: serve, pages: pages.map(({ index }) => index) },
  })
  return 'ok'
}

interface Target {
  readonly is: 'served' | 'building' | 'new'
  readonly before: RecordGeneration
}

/** The generation that a transaction writes; undefined when there is none such, or it does not fit what is said of it. */
function targetOf(
  { generation: newest, served, building }: RecordTable,
  { generation, bits, serve }: ActionBody<'setRecords'>,
): Target | undefined {
  if (generation === served?.generation)
    return bits === served.bits && serve ? { is: 'served', before: served } : undefined
  if (generation === building?.generation)
    return bits === building.bits ? { is: 'building', before: building } : undefined
  if (generation !== newest + 1) return undefined
  return { is: 'new', before: { generation, bits, records: 0, bytes: 0 } }
}
