import { type ActionBody, type OwnerRecords, type RecordPageChange, recordTableLimits } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { type RecordPage, recordPageBytes, recordPageEntry } from '../entries/record-table.ts'
import { hostProblem } from '../names/host.ts'
import { recordSetsProblem } from '../names/record-sets.ts'
import { stateKeys } from '../state-keys.ts'
import { recordsInEntry } from './encoded-page.ts'
import { recordPageOf } from './page-of-owner.ts'

/** What a page will be; nothing is written yet. */
export interface PagePlan {
  readonly index: number
  /** Absent: it has no owners. */
  readonly after: RecordPage | undefined
  /** By how many it will have more than now; below 0 when it loses some. */
  readonly moreRecords: number
  readonly moreBytes: number
}

type Body = Pick<ActionBody<'setRecords'>, 'name' | 'generation' | 'bits' | 'pages'>

/** What pages will be, or why they cannot be that. */
export function planPages(context: BlockContext, body: Body): PagePlan[] | Refusal {
  const plans: PagePlan[] = []
  let previous = -1
  for (const { index, owners } of body.pages) {
    if (index >= 2 ** body.bits || index <= previous) return 'record-page-bad'
    previous = index
    const plan = planPage(context, body, { index, owners })
    if (typeof plan === 'string') return plan
    plans.push(plan)
  }
  return plans
}

function planPage(
  context: BlockContext,
  { name, generation, bits }: Body,
  { index, owners }: RecordPageChange,
): PagePlan | Refusal {
  let previous: string | undefined
  for (const records of owners) {
    const { owner } = records
    const problem = hostProblem(owner, name, false)
    if (problem !== undefined) return problem
    // ASCII: the order of the texts is that of their bytes.
    if (previous !== undefined && owner <= previous) return 'record-page-bad'
    if (recordPageOf(owner, bits) !== index) return 'record-page-bad'
    previous = owner
    const refused = recordSetsProblem(records.recordSets, 'table', context.parameters)
    if (refused !== undefined) return refused
  }
  const after = owners.length === 0 ? undefined : { owners }
  const bytes = after === undefined ? 0 : recordPageBytes(after)
  if (bytes > recordTableLimits.pageBytes) return 'record-page-too-long'
  const before = context.state.encoded(recordPageEntry, stateKeys.recordPage(name, generation, index))
  const recordsBefore = before === undefined ? 0 : recordsInEntry(before)
  return {
    index,
    after,
    moreRecords: recordsOf(owners) - recordsBefore,
    moreBytes: bytes - (before?.length ?? 0),
  }
}

function recordsOf(owners: readonly OwnerRecords[]): number {
  let count = 0
  for (const { recordSets } of owners) for (const { data } of recordSets) count += data.length
  return count
}
