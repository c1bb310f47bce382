import {
  type LedgerEvent,
  type Touched,
  touchedByEvent,
  touchedByTransaction,
  transactionCodec,
} from '@cresset/core-ledger'
import type { CommitEvent, NodeBackend } from './backend.ts'

/** What a reader wants to be told of. An empty set of names and of accounts means all, an empty set of kinds each. */
export interface Watch {
  readonly names: ReadonlySet<string>
  /** In hex. */
  readonly accounts: ReadonlySet<string>
  /** Kinds of transactions and of events. */
  readonly kinds: ReadonlySet<string>
}

/** Of each list. */
export const maxWatched = 64

export interface WatchedTransaction {
  readonly id: Uint8Array
  readonly kind: string
  readonly code: string
  readonly events: readonly LedgerEvent[]
}

/** The part of a block that somebody watches. */
export interface WatchedPart {
  readonly height: number
  readonly timeMs: number
  readonly blockHash: Uint8Array
  readonly transactions: readonly WatchedTransaction[]
  /** What fell due in the block whatever its transactions. */
  readonly blockEvents: readonly LedgerEvent[]
}

interface DescribedTransaction extends WatchedTransaction {
  readonly touched: readonly Touched[]
}
interface Described {
  readonly transactions: readonly DescribedTransaction[]
  readonly blockEvents: readonly { readonly event: LedgerEvent; readonly touched: Touched }[]
}

/** Readers of one block share the work. */
const described = new WeakMap<CommitEvent, Described>()

function describe(event: CommitEvent, backend: Pick<NodeBackend, 'transactionsOf'>): Described {
  const known = described.get(event)
  if (known !== undefined) return known
  const encoded = backend.transactionsOf(event.height)
  const made = {
    transactions: event.transactions.map(({ id, code, events }, index) => {
      const bytes = encoded?.[index]
      const transaction = bytes && transactionCodec.decode(bytes)
      const touched = (events as readonly LedgerEvent[]).map(touchedByEvent)
      return {
        id,
        code,
        kind: transaction?.unsigned.action.kind ?? 'unknown',
        events: events as readonly LedgerEvent[],
        touched: transaction ? [touchedByTransaction(transaction), ...touched] : touched,
      }
    }),
    blockEvents: (event.blockEvents as readonly LedgerEvent[]).map((blockEvent) => ({
      event: blockEvent,
      touched: touchedByEvent(blockEvent),
    })),
  }
  described.set(event, made)
  return made
}

const intersects = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => {
  for (const item of a) if (b.has(item)) return true
  return false
}

/** What of a block is watched; undefined when nothing is. */
export function watchedPart(
  event: CommitEvent,
  watch: Watch,
  backend: Pick<NodeBackend, 'transactionsOf'>,
): WatchedPart | undefined {
  const isAll = watch.names.size === 0 && watch.accounts.size === 0
  const isAbout = ({ names, accounts }: Touched): boolean =>
    isAll || intersects(names, watch.names) || intersects(accounts, watch.accounts)
  const isKind = (...kinds: string[]): boolean => watch.kinds.size === 0 || kinds.some((kind) => watch.kinds.has(kind))
  const { transactions, blockEvents } = describe(event, backend)
  const found = {
    transactions: transactions
      .filter(({ kind, events, touched }) => isKind(kind, ...events.map((each) => each.kind)) && touched.some(isAbout))
      .map(({ touched: _, ...transaction }) => transaction),
    blockEvents: blockEvents
      .filter(({ event: { kind }, touched }) => isKind(kind) && isAbout(touched))
      .map((each) => each.event),
  }
  if (found.transactions.length + found.blockEvents.length === 0) return undefined
  return { height: event.height, timeMs: event.timeMs, blockHash: event.blockHash, ...found }
}
