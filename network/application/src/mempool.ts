import { type BytesKey, bytesKey } from './bytes-key.ts'

/** What the pool needs to know of a transaction; core/ledger's prepared transaction has this shape. */
export interface PoolTransaction {
  readonly id: Uint8Array
  readonly bytes: Uint8Array
  /** The payer's account, whose sequence the transaction uses. */
  readonly sender: Uint8Array
  readonly sequence: number
  /** Last block time (ms) at which the transaction may stand in a block. */
  readonly validUntilMs: number
  readonly units: number
}

export interface MempoolLimits {
  /** Encoded bytes of all transactions held. */
  readonly maxBytes: number
  /** Sequences held for one sender: next … next + window − 1 (64: docs/protocol/ledger.md, admission). */
  readonly sequenceWindow: number
}

/**
 * Why the pool does not take a transaction that the ledger would admit.
 * - `mempool-full`: the byte limit is reached; send again later, nothing was kept.
 * - `sequence-pending`: another transaction of this sender waits under the same sequence; the first one stays.
 * - `sequence-used`, `sequence-too-far`: outside the sender's window.
 */
export type MempoolCode = 'mempool-full' | 'sequence-pending' | 'sequence-used' | 'sequence-too-far'

export interface Selection {
  readonly timeMs: number
  /** Room for transactions, each counted with `overheadBytes`. */
  readonly maxBytes: number
  readonly maxUnits: number
  /** What the block's encoding adds to a transaction's own bytes. */
  readonly overheadBytes: number
}

interface Sender<T> {
  readonly key: BytesKey
  /** The sequence the ledger expects next; what is behind it is gone. */
  next: number
  readonly waiting: Map<number, Waiting<T>>
}

/** A transaction with its places in the pool, so that nothing is looked up when it leaves. */
interface Waiting<T> {
  readonly transaction: T
  readonly key: BytesKey
  readonly sender: Sender<T>
}

/** Entries are bucketed by the minute in which they expire, so that expiry never scans the pool. */
const EXPIRY_BUCKET_MS = 60_000
/** After so many transactions that did not fit, a block counts as full. */
const MAX_MISFITS = 32

/**
 * Transactions waiting for a block. Per sender they are held by sequence and leave in order; senders take turns, the one
 * whose oldest transaction came first begins. Every operation but `select` costs the same at any size.
 */
export class Mempool<T extends PoolTransaction> {
  readonly #limits: MempoolLimits
  readonly #byId = new Map<BytesKey, Waiting<T>>()
  /** In order of turns: a sender enters at the end, and goes to the end again after a block took from it. */
  readonly #senders = new Map<BytesKey, Sender<T>>()
  readonly #expiry = new Map<number, Set<Waiting<T>>>()
  #bytes = 0

  constructor(limits: MempoolLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#byId.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get senders(): number {
    return this.#senders.size
  }

  get(id: Uint8Array): T | undefined {
    return this.#byId.get(bytesKey(id))?.transaction
  }

  /** The reason why `add` would refuse, found before anything expensive is done for the transaction. */
  problem(transaction: PoolTransaction, nextSequence: number): MempoolCode | undefined {
    if (transaction.sequence < nextSequence) return 'sequence-used'
    if (transaction.sequence >= nextSequence + this.#limits.sequenceWindow) return 'sequence-too-far'
    if (this.#senders.get(bytesKey(transaction.sender))?.waiting.has(transaction.sequence)) return 'sequence-pending'
    if (this.#bytes + transaction.bytes.length > this.#limits.maxBytes) return 'mempool-full'
    return undefined
  }

  /** Takes a transaction; `nextSequence` is what the ledger expects of its sender now. */
  add(transaction: T, nextSequence: number): MempoolCode | undefined {
    const problem = this.problem(transaction, nextSequence)
    if (problem !== undefined) return problem
    const senderKey = bytesKey(transaction.sender)
    let sender = this.#senders.get(senderKey)
    if (sender === undefined) {
      sender = { key: senderKey, next: nextSequence, waiting: new Map() }
      this.#senders.set(senderKey, sender)
    }
    sender.next = nextSequence
    const waiting = { transaction, key: bytesKey(transaction.id), sender }
    sender.waiting.set(transaction.sequence, waiting)
    this.#byId.set(waiting.key, waiting)
    this.#bytes += transaction.bytes.length
    const bucket = Math.floor(transaction.validUntilMs / EXPIRY_BUCKET_MS)
    const expiring = this.#expiry.get(bucket)
    if (expiring === undefined) this.#expiry.set(bucket, new Set([waiting]))
    else expiring.add(waiting)
    return undefined
  }

  remove(id: Uint8Array): void {
    const waiting = this.#byId.get(bytesKey(id))
    if (waiting !== undefined) this.#drop(waiting)
  }

  /**
   * Transactions for the next block, senders in turns: each round takes the next sequence of every sender that still has
   * one. The pool keeps them until `committed` says that they are in a block.
   */
  select(selection: Selection): T[] {
    const chosen: T[] = []
    let bytes = 0
    let units = 0
    let misfits = 0
    let turn: Sender<T>[] = [...this.#senders.values()]
    for (let round = 0; turn.length > 0; round++) {
      const still: Sender<T>[] = []
      for (const sender of turn) {
        const transaction = sender.waiting.get(sender.next + round)?.transaction
        if (transaction === undefined || transaction.validUntilMs < selection.timeMs) continue
        const size = transaction.bytes.length + selection.overheadBytes
        if (bytes + size > selection.maxBytes || units + transaction.units > selection.maxUnits) {
          misfits++
          if (misfits === MAX_MISFITS) return chosen
          continue
        }
        bytes += size
        units += transaction.units
        chosen.push(transaction)
        if (sender.waiting.size > round + 1) still.push(sender)
      }
      turn = still
    }
    return chosen
  }

  /** What a block took: those sequences and all before them are gone, and the senders go to the end of the turn. */
  committed(transactions: readonly { readonly sender: Uint8Array; readonly sequence: number }[], timeMs: number): void {
    for (const { sender: account, sequence } of transactions) {
      const sender = this.#senders.get(bytesKey(account))
      if (sender === undefined || sequence < sender.next) continue
      for (let gone = sender.next; gone <= sequence; gone++) {
        const waiting = sender.waiting.get(gone)
        if (waiting !== undefined) this.#drop(waiting)
      }
      sender.next = sequence + 1
      if (sender.waiting.size > 0) {
        this.#senders.delete(sender.key)
        this.#senders.set(sender.key, sender)
      }
    }
    this.#expire(timeMs)
  }

  /** Every transaction held, in no promised order. */
  *all(): IterableIterator<T> {
    for (const { transaction } of this.#byId.values()) yield transaction
  }

  #expire(timeMs: number): void {
    const current = Math.floor(timeMs / EXPIRY_BUCKET_MS)
    for (const [bucket, expiring] of this.#expiry) {
      if (bucket > current) continue
      for (const waiting of expiring) if (waiting.transaction.validUntilMs < timeMs) this.#drop(waiting)
    }
  }

  #drop(waiting: Waiting<T>): void {
    const { transaction, key, sender } = waiting
    this.#byId.delete(key)
    this.#bytes -= transaction.bytes.length
    const bucket = Math.floor(transaction.validUntilMs / EXPIRY_BUCKET_MS)
    const expiring = this.#expiry.get(bucket)
    expiring?.delete(waiting)
    if (expiring?.size === 0) this.#expiry.delete(bucket)
    sender.waiting.delete(transaction.sequence)
    if (sender.waiting.size === 0) this.#senders.delete(sender.key)
  }
}
