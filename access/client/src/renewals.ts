import {
  isByTerm,
  type RenewalsPage,
  readParameters,
  readRenewals,
  readStandingOrder,
  type StandingOrder,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'
import { notVerified } from './client-error.ts'

export interface NameRenewals {
  /** Absent when nobody owns the name. */
  readonly page: RenewalsPage | undefined
  readonly standingOrder: StandingOrder | undefined
}

/** Renewals of a name since it was registered, newest first, and the order that refills its deposit; proven. */
export function nameRenewals(
  client: Client,
  name: string,
  { before, limit = 100 }: { readonly before?: number | undefined; readonly limit?: number } = {},
): Promise<Proven<NameRenewals>> {
  const query = before === undefined ? `limit=${limit}` : `limit=${limit}&before=${before}`
  return client.query(
    (view) => ({ page: readRenewals(view, name, { before, limit }), standingOrder: readStandingOrder(view, name) }),
    `/v1/names/${name}/renewals?${query}`,
  )
}

/** Whether names of this ledger run by term and cost nothing; proven. */
export async function namesRunByTerm(client: Client): Promise<boolean> {
  return (await client.query((view) => isByTerm(readParameters(view)))).value
}

export interface DueRenewal {
  readonly name: string
  readonly status: string
  /** Smallest units. */
  readonly balance: string | null
  readonly paidUntilLedgerMs: number | null
  readonly expiresLedgerMs: number | null
}

export interface DueRenewals {
  readonly height: number
  readonly names: readonly DueRenewal[]
  /** `after` of the page that follows. */
  readonly next: string | null
}

/** Names that are to be renewed within 7 days, on the word of the node: `name show` proves one. */
export async function dueRenewals(
  client: Client,
  options: { readonly owner?: string | undefined; readonly after?: string | undefined; readonly limit?: number } = {},
): Promise<DueRenewals> {
  const query = new URLSearchParams({ limit: String(options.limit ?? 100) })
  if (options.owner !== undefined) query.set('owner', options.owner)
  if (options.after !== undefined) query.set('after', options.after)
  return client.connection.first(async (node) => readDueRenewals(await node.get(`/v1/renewals-due?${query}`)))
}

/** The answer's form only, since nothing in it is proven. @throws ClientError `not-verified` */
function readDueRenewals(answer: unknown): DueRenewals {
  const { height, names, next } = answer as Record<string, unknown>
  const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
  const isTimeOrNull = (value: unknown): boolean => value === null || Number.isSafeInteger(value)
  const isDue = (value: unknown): boolean => {
    const { name, status, balance, paidUntilLedgerMs, expiresLedgerMs } = Object(value) as Record<string, unknown>
    const isAmount = balance === null || (typeof balance === 'string' && /^\d{1,20}$/.test(balance))
    const areTexts = typeof name === 'string' && typeof status === 'string'
    return areTexts && isAmount && isTimeOrNull(paidUntilLedgerMs) && isTimeOrNull(expiresLedgerMs)
  }
  if (Number.isSafeInteger(height) && Array.isArray(names) && names.every(isDue) && isTextOrNull(next))
    return { height: height as number, names: names as DueRenewal[], next: next as string | null }
  throw notVerified('bad-answer', 'the answer does not have the form of a list of names')
}
