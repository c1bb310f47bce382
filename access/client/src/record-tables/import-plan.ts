import type { PublicKey } from '@cresset/core-crypto'
import {
  type Action,
  type ActionBody,
  type Delegation,
  type LedgerParameters,
  recordTableLimits,
  signedLength,
  tableFee,
  transactionFee,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import { ClientError } from '../client-error.ts'
import { dividePages, fewestPages, type PageChange, pageChanges } from './record-pages.ts'
import type { ZoneContent } from './zone-content.ts'
import { delegationChange } from './zone-delegations.ts'
import type { ZoneStanding } from './zone-standing.ts'

type SetRecords = { readonly kind: 'setRecords'; readonly body: ActionBody<'setRecords'> }

/** What has to be sent so that the ledger has what a file says. */
export interface ImportPlan {
  readonly name: string
  /** Of the first transaction: the plan holds for what stood on the ledger before it, and for nothing that came since. */
  readonly sequence: number
  /** In their order; nothing of them is seen in DNS. */
  readonly building: readonly SetRecords[]
  /** Each is seen at once. */
  readonly delegations: readonly Action[]
  /** What those of them that are new cost beside their bytes, because the name serves a table already; in smallest units. */
  readonly tableFees: bigint
  /** Shows all pages at once, those in it included; absent when the table stays as it is. */
  readonly serving: SetRecords | undefined
  /** Of the table when all is done. */
  readonly generation: number
  readonly records: number
  readonly pages: number
  /** Pages that are sent; the others are there already. */
  readonly changedPages: number
  /** True when pages of the served table change in place. */
  readonly isInPlace: boolean
}

/** What else a transaction holds: names, sequence, fee, signature; and where the length of a list is longer than thought. */
const HEAD_BYTES = 512
/** Work units of a transaction beside its pages: a signature, account and income, and the table's own. */
const HEAD_UNITS = 8
const UNITS_PER_PAGE = 4
const SETS_PER_UNIT = 8

type Limits = Pick<LedgerParameters, 'maxTransactionBytes' | 'maxBlockUnits'>

/** Plans the way from what stands on the ledger to a file's content. Pure. @throws ClientError when no table holds it */
export function planImport(content: ZoneContent, standing: ZoneStanding): ImportPlan {
  const { name, parameters } = standing
  const present = (host: string): Delegation | undefined => standing.delegations.find((other) => other.host === host)
  const delegations = content.delegations.flatMap(
    (wanted) => delegationChange(name.name, wanted, present(wanted.host), parameters) ?? [],
  )
  const added = delegations.filter(({ body }) => present(body.host) === undefined).length
  const tableFees = BigInt(added) * tableFee(standing.table?.served, parameters)
  return { ...planTable(content, standing), name: name.name, sequence: standing.sequence, delegations, tableFees }
}

type TablePlan = Omit<ImportPlan, 'name' | 'sequence' | 'delegations' | 'tableFees'>

function planTable({ owners }: ZoneContent, standing: ZoneStanding): TablePlan {
  const { table, parameters } = standing
  const { name } = standing.name
  const records = owners.reduce(
    (sum, { recordSets }) => sum + recordSets.reduce((all, { data }) => all + data.length, 0),
    0,
  )
  const served = table?.served
  if (served === undefined && owners.length === 0)
    return { building: [], serving: undefined, generation: 0, records, pages: 0, changedPages: 0, isInPlace: true }

  const maxPageBytes = Math.min(recordTableLimits.pageBytes, parameters.maxTransactionBytes - HEAD_BYTES)
  const inPlace = served === undefined ? undefined : dividePages(owners, served.bits, maxPageBytes)
  if (served !== undefined && inPlace !== undefined) {
    const { generation, bits } = served
    const changes = pageChanges(inPlace, standing.served)
    const [chunk, ...more] = chunksOf(changes, parameters)
    const plan = {
      generation,
      records,
      pages: inPlace.size,
      changedPages: changes.length,
      isInPlace: true,
      building: [],
    }
    if (chunk === undefined) return { ...plan, serving: undefined }
    if (more.length === 0) return { ...plan, serving: setRecords({ name, generation, bits, serve: true }, chunk) }
  }

  const fewest = fewestPages(owners, maxPageBytes)
  if (fewest === undefined)
    throw new ClientError(
      'refused',
      'record-page-too-long',
      `${name} would have more records than its table holds: divide the zone among several names`,
    )
  const { bits, pages } = fewest
  const building = table?.building?.bits === bits ? table.building : undefined
  const generation = building?.generation ?? (table?.generation ?? 0) + 1
  const changes = pageChanges(pages, building === undefined ? new Map() : standing.building)
  const chunks = chunksOf(changes, parameters)
  const last = chunks.pop() ?? []
  const of = { name, generation, bits }
  return {
    building: chunks.map((chunk) => setRecords({ ...of, serve: false }, chunk)),
    serving: setRecords({ ...of, serve: true }, last),
    generation,
    records,
    pages: pages.size,
    changedPages: changes.length,
    isInPlace: false,
  }
}

function setRecords(of: Omit<ActionBody<'setRecords'>, 'pages'>, changes: readonly PageChange[]): SetRecords {
  return { kind: 'setRecords', body: { ...of, pages: changes.map(({ index, owners }) => ({ index, owners })) } }
}

/** Pages in their order, as many to a transaction as it takes. */
function chunksOf(changes: readonly PageChange[], { maxTransactionBytes, maxBlockUnits }: Limits): PageChange[][] {
  const chunks: PageChange[][] = []
  let bytes = 0
  let units = 0
  for (const change of changes) {
    const sets = change.owners.reduce((sum, { recordSets }) => sum + recordSets.length, 0)
    const ownUnits = UNITS_PER_PAGE + Math.ceil(sets / SETS_PER_UNIT)
    bytes += change.bytes
    units += ownUnits
    const chunk = chunks.at(-1)
    if (chunk !== undefined && bytes <= maxTransactionBytes - HEAD_BYTES && units <= maxBlockUnits - HEAD_UNITS) {
      chunk.push(change)
      continue
    }
    chunks.push([change])
    bytes = change.bytes
    units = ownUnits
  }
  return chunks
}

/** All that is sent, in its order. */
export const actionsOf = ({ building, delegations, serving }: ImportPlan): Action[] => [
  ...building,
  ...delegations,
  ...(serving === undefined ? [] : [serving]),
]

/** The most that the transactions cost together, in smallest units. */
export function priceOf(plan: ImportPlan, chainId: string, signer: PublicKey, parameters: LedgerParameters): bigint {
  return actionsOf(plan).reduce((sum, action) => {
    const draft: UnsignedTransaction = {
      chainId,
      signers: [signer],
      sequence: Number.MAX_SAFE_INTEGER,
      validUntilMs: Number.MAX_SAFE_INTEGER,
      fee: 2n ** 63n,
      action,
    }
    return sum + transactionFee(signedLength(draft), parameters)
  }, plan.tableFees)
}
