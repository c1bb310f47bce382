import { equalBytes, fromHex, toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import {
  type LedgerEvent,
  type Receipt,
  type Transaction,
  touchedByEvent,
  touchedByTransaction,
} from '@cresset/core-ledger'

/**
 * - `payer`: signed first, so its sequence and fee were used
 * - `signer`: signed too
 * - `other`: got something, agreed on a document, was named
 */
export const accountRoles = ['payer', 'signer', 'other'] as const
export type AccountRole = (typeof accountRoles)[number]

/** As the account sees it. */
export const directions = ['in', 'out'] as const
export type Direction = (typeof directions)[number]

/** What one transaction was to one account. */
export interface AccountPart {
  readonly account: Uint8Array
  readonly role: AccountRole
  /** Who was on the other side, where exactly one was. */
  readonly counterpart: Uint8Array | undefined
  /** What moved besides the fee, in smallest units, where the transaction says one amount for this account. */
  readonly amount: bigint | undefined
  readonly direction: Direction | undefined
}

/** A side is absent where it is a name's deposit. */
interface Flow {
  readonly from: Uint8Array | undefined
  readonly to: Uint8Array | undefined
  readonly amount: bigint | undefined
}

/**
 * The accounts that a transaction was about: those who signed it and, when it took effect, those whom it and its events name. So nobody
 * gets into another's list by a transaction that failed.
 */
export function partsOfTransaction(transaction: Transaction, { code, events }: Receipt): AccountPart[] {
  const signers = transaction.unsigned.signers.map((key) => accountOf(key))
  const payer = signers[0] as Uint8Array
  const accounts = new Map(signers.map((account) => [toHex(account), account]))
  if (code === 'ok') {
    for (const { accounts: touched } of [touchedByTransaction(transaction), ...events.map(touchedByEvent)])
      for (const account of touched) if (!accounts.has(account)) accounts.set(account, fromHex(account))
  }
  const flows = code === 'ok' ? flowsOf(transaction, payer, events) : []
  return [...accounts.values()].map((account, index) => ({
    account,
    role: index === 0 ? 'payer' : index < signers.length ? 'signer' : 'other',
    ...flowOf(flows, account),
  }))
}

/** What went from whom to whom, fees and bonds aside. */
function flowsOf({ unsigned }: Transaction, payer: Uint8Array, events: readonly LedgerEvent[]): Flow[] {
  const { kind, body } = unsigned.action
  if (kind === 'transfer') return [{ from: payer, to: body.to, amount: body.amount }]
  const flows: Flow[] = []
  for (const { kind: happened, body: what } of events) {
    if (happened === 'nameSold') flows.push({ from: what.buyer, to: what.seller, amount: what.price })
    else if (happened === 'agreementPaid') flows.push({ from: what.from, to: what.to, amount: what.amount })
    else if (happened === 'nameTransferred' || happened === 'keyChanged')
      flows.push({ from: what.from, to: what.owner, amount: undefined })
    else if (happened === 'depositAdded') flows.push({ from: payer, to: undefined, amount: what.amount })
    else if (happened === 'nameCancelled') flows.push({ from: undefined, to: what.owner, amount: what.refund })
  }
  return flows
}

/** An account's own part of what moved; nothing where several parts have no one answer. */
function flowOf(
  flows: readonly Flow[],
  account: Uint8Array,
): Pick<AccountPart, 'counterpart' | 'amount' | 'direction'> {
  const isAccount = (side: Uint8Array | undefined): boolean => side !== undefined && equalBytes(side, account)
  const own = flows.filter(({ from, to }) => isAccount(from) || isAccount(to))
  const [flow] = own
  if (flow === undefined || own.length > 1) return { counterpart: undefined, amount: undefined, direction: undefined }
  const isOut = isAccount(flow.from)
  return {
    counterpart: isOut ? flow.to : flow.from,
    amount: flow.amount,
    direction: flow.amount === undefined ? undefined : isOut ? 'out' : 'in',
  }
}
