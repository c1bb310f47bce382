import { fromHex } from '@cresset/core-codec'
import type { NaiveTable } from '../naive-ledger/record-tables.ts'
import { pageOf } from '../naive-ledger/set-records.ts'
import type { NaiveBody } from '../naive-ledger/transaction.ts'
import type { RecordTablePlan } from './history.ts'

type Body = NaiveBody<'setRecords'>

/** Sorts a plan's owners into the pages that they belong to, and then breaks the rule that the plan wants broken. */
export function recordTableBody(plan: RecordTablePlan, { generation, served, building }: NaiveTable): Body {
  const of = plan.of === 'served' ? served : plan.of === 'building' ? building : undefined
  const bits = Math.min(8, plan.bits ?? of?.bits ?? 0)
  const number = plan.of === 'next' ? generation + 1 : (of?.generation ?? 0)
  const pages = new Map<number, Body['pages'][number]['owners']>()
  for (const index of plan.emptied ?? []) pages.set(index, [])
  for (const [owner, sets] of plan.owners) {
    const index = pageOf(owner, bits)
    const recordSets = sets.map(({ type, ttl, data }) => ({ type, ttl, data: data.map((hex) => fromHex(hex)) }))
    pages.set(index, [...(pages.get(index) ?? []), { owner, recordSets }])
  }
  const sorted = [...pages].sort(([a], [b]) => a - b)
  const body = {
    name: plan.name,
    generation: Math.max(0, number + (plan.generation ?? 0)),
    bits,
    serve: plan.serve,
    pages: sorted.map(([index, owners]) => ({
      index,
      owners: owners.sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0)),
    })),
  }
  return spoiled(body, plan.wrong)
}

function spoiled(body: Body, wrong: RecordTablePlan['wrong']): Body {
  const { pages, bits } = body
  const last = pages.at(-1)
  switch (wrong) {
    case 'owner-order':
      return { ...body, pages: pages.map(({ index, owners }) => ({ index, owners: owners.toReversed() })) }
    case 'owner-twice':
      return { ...body, pages: pages.map(({ index, owners }) => ({ index, owners: [...owners, ...owners.slice(-1)] })) }
    case 'page-order':
      return { ...body, pages: pages.toReversed() }
    case 'page-twice':
      return last === undefined ? body : { ...body, pages: [...pages, last] }
    case 'page-unknown':
      return { ...body, pages: [...pages, { index: Math.min(255, 2 ** bits), owners: [] }] }
    case 'foreign':
      return { ...body, pages: pages.map(({ index, owners }) => ({ index: index ^ 1, owners })) }
    default:
      return body
  }
}
