import {
  isByTerm,
  type RenewalsPage,
  readParameters,
  readRenewals,
  readStandingOrder,
  type StandingOrder,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'

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
  return (await client.connection.first((node) => node.get(`/v1/renewals-due?${query}`))) as DueRenewals
}
