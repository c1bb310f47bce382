import { fromHex, toHex } from '@cresset/core-codec'
import type { Client } from './client.ts'
import { notVerified } from './client-error.ts'

export interface AccountTransactionFilter {
  /** Of this kind alone, such as `transfer`. */
  readonly kind?: string
  /** The `next` of the page before. */
  readonly after?: string
  readonly limit?: number
}

/** One transaction as an account sees it. */
export interface AccountTransaction {
  readonly height: number
  readonly index: number
  readonly timeMs: number
  readonly id: Uint8Array
  readonly kind: string
  /** `ok`, or why it changed nothing. */
  readonly code: string
  /** `payer` signed first, `signer` too, `other` was named in it. */
  readonly role: string
  /** Who was on the other side, where exactly one was. */
  readonly counterpart: Uint8Array | undefined
  /** What moved besides the fee, in smallest units. */
  readonly amount: bigint | undefined
  readonly direction: 'in' | 'out' | undefined
}

export interface AccountTransactionList {
  /** Newest first. */
  readonly transactions: readonly AccountTransaction[]
  /** All blocks from here … */
  readonly fromHeight: number
  /** … to here are in the list. */
  readonly height: number
  readonly next: string | undefined
}

/** An account's transactions, newest first, on the word of the node: `verifyReceipt` proves each by its id. */
export function listAccountTransactions(
  client: Client,
  account: Uint8Array,
  filter: AccountTransactionFilter = {},
): Promise<AccountTransactionList> {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value))
  return client.connection.first(async (node) =>
    readAccountTransactions(await node.get(`/v1/accounts/${toHex(account)}/transactions?${query}`)),
  )
}

/** Greatest limit of the route. */
const maxListed = 200

const unreadable = () => notVerified('bad-answer', 'the answer does not have the form of a list of transactions')

/** The answer's form only, since nothing in it is proven. @throws ClientError `not-verified` */
function readAccountTransactions(answer: unknown): AccountTransactionList {
  const { fromHeight, height, transactions, next } = Object(answer) as Record<string, unknown>
  const isCursor = next === null || isText(next, /^\d{1,14}\.\d{1,9}$/)
  if (!Array.isArray(transactions) || transactions.length > maxListed || !isCursor) throw unreadable()
  return {
    fromHeight: readCount(fromHeight),
    height: readCount(height),
    transactions: transactions.map(readListed),
    next: next ?? undefined,
  }
}

function readListed(json: unknown): AccountTransaction {
  const { height, index, timeMs, id, kind, code, role, counterpart, amount, direction } = Object(json) as Record<
    string,
    unknown
  >
  // People see these words: nothing but letters and hyphens gets to their terminal.
  const areWords =
    isText(kind, /^[a-zA-Z]{1,64}$/) && isText(code, /^[a-z0-9-]{1,64}$/) && isText(role, /^[a-z]{1,16}$/)
  const isAmount = amount === null || isText(amount, /^\d{1,20}$/)
  const isDirection = direction === null || direction === 'in' || direction === 'out'
  if (!areWords || !isAmount || !isDirection) throw unreadable()
  return {
    height: readCount(height),
    index: readCount(index),
    timeMs: readCount(timeMs),
    id: readHash(id),
    kind,
    code,
    role,
    counterpart: counterpart === null ? undefined : readHash(counterpart),
    amount: amount === null ? undefined : BigInt(amount),
    direction: direction ?? undefined,
  }
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function readCount(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw unreadable()
  return value as number
}

function readHash(value: unknown): Uint8Array {
  if (!isText(value, /^[0-9a-f]{64}$/)) throw unreadable()
  return fromHex(value)
}
