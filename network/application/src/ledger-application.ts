import {
  type Block,
  blockCodecFor,
  chainIdOf,
  type Genesis,
  genesisDigest,
  blockHash as hashOfHeader,
  type SignatureCheck,
  validatorsOf,
} from '@cresset/core-chain'
import { type Codec, equalBytes } from '@cresset/core-codec'
import {
  accountEntry,
  admissionWindow,
  admit,
  type PreparedTransaction,
  readProtocol,
  transactionId,
} from '@cresset/core-ledger'
import type { StateTree } from '@cresset/core-state-tree'
import type {
  AdmissionHandler,
  Application,
  ApplicationInfo,
  BlockInput,
  CommitRequest,
  CommitResult,
  ExecutedBlock,
  ProposalRequest,
  SnapshotDescription,
  SnapshotTrust,
  StoredBlock,
  TransactionCheck,
  ValidatorChange,
} from '@cresset/network-consensus/interface'
import { type BlockLog, openMemoryStore, type Store } from '@cresset/network-storage'
import { bytesKey } from './bytes-key.ts'
import { CommitFeed } from './commit-feed.ts'
import { commitWrites, zonesChangedName } from './commit-writes.ts'
import { type CostMeter, noMeter } from './cost-meter.ts'
import { type Execution, Executor } from './execution.ts'
import type { Head } from './head.ts'
import { Mempool } from './mempool.ts'
import type { AdmissionCode } from './node-codes.ts'
import { openState } from './opening.ts'
import { type CommittedTransaction, LedgerQueries } from './queries.ts'
import { ReceiptWaiters } from './receipt-waiters.ts'
import { SnapshotRestore } from './snapshot-restore.ts'
import { SnapshotSource } from './snapshot-source.ts'
import { ProtocolUnknownError, UnknownHeightError } from './state-errors.ts'
import { TransactionCache } from './transaction-cache.ts'
import { undoWrites } from './undo.ts'
import { type SetsAhead, setsAhead } from './validator-sets.ts'

export interface ApplicationOptions {
  readonly store: Store
  readonly genesis: Genesis
  /** Versions of the state that can be proved and undone. Default: the genesis' `keepVersions`. */
  readonly keepVersions?: number
  /** Newest blocks that are kept, with receipts, indexes and replaced records: at least so many. Default: all. */
  readonly keepBlocks?: number | undefined
  /** Encoded bytes of waiting transactions. Default 64 MiB. */
  readonly maxMempoolBytes?: number
  /** What a chunk of a snapshot should come to. Default 1 MiB; digests spread evenly, so few chunks get much larger. */
  readonly snapshotChunkBytes?: number
  readonly meter?: CostMeter
  /** How signatures of transactions are checked; one that remembers good ones saves work. Default: core/crypto's rule. */
  readonly check?: SignatureCheck
  /** Told how long each commit took until it was durable. */
  readonly onCommitTime?: (seconds: number) => void
  /** Entries of the state kept in memory. Default 131,072, which is 16 MiB. */
  readonly cacheEntries?: number
}

/** What the encoding of a list adds to each transaction: the head of a byte string. */
const TRANSACTION_HEAD_BYTES = 3
/** Full blocks whose transactions are remembered although they never waited here: the views of one height. */
const REMEMBERED_BLOCKS = 2
/** While a change of the validators is decided and does not act yet, a block is due so soon. */
const CHANGE_BLOCK_MS = 1_000
/** Candidate blocks of one height kept by hash; a forgotten one is executed again when it is committed. */
const MAX_CANDIDATES = 8

interface PoolEntry {
  readonly id: Uint8Array
  readonly bytes: Uint8Array
  readonly sender: Uint8Array
  readonly sequence: number
  readonly validUntilMs: number
  readonly units: number
  readonly prepared: PreparedTransaction
}

/**
 * The ledger under an engine: mempool, proposals, execution, one atomic and durable write a block, then the feed.
 * Reads of committed state are in `queries`.
 */
export class LedgerApplication implements Application {
  readonly chainId: string
  readonly genesisDigest: Uint8Array
  readonly feed: CommitFeed
  readonly queries: LedgerQueries
  readonly #genesis: Genesis
  readonly #cacheEntries: number | undefined
  readonly #onCommitTime: (seconds: number) => void
  readonly #store: Store
  readonly #log: BlockLog
  readonly #keepVersions: number
  readonly #keepBlocks: number | undefined
  readonly #meter: CostMeter
  readonly #mempool: Mempool<PoolEntry>
  readonly #cache: TransactionCache
  readonly #executor: Executor
  readonly #blockCodec: Codec<Block>
  readonly #waiters = new ReceiptWaiters()
  readonly #snapshots: SnapshotSource
  #restore: SnapshotRestore | undefined
  /** While a state is being fetched: the height of what it would replace; 0 when that is gone. */
  #replacedHeight = 0
  readonly #candidates = new Map<string, Execution>()
  #state: { readonly tree: StateTree; readonly head: Head }
  #sets: SetsAhead
  #committing = false
  /** Ids of transactions that came from clients of this node: since the last `transactionsToRepeat`, and before. */
  #ownNew: Uint8Array[] = []
  #ownWaiting: Uint8Array[] = []
  #committedTransactions = 0
  #admitted: AdmissionHandler = () => {}

  private constructor(options: ApplicationOptions, state: Awaited<ReturnType<typeof openState>>) {
    const { genesis } = options
    this.chainId = chainIdOf(genesis)
    this.genesisDigest = genesisDigest(genesis)
    this.#genesis = genesis
    this.#cacheEntries = options.cacheEntries
    this.#onCommitTime = options.onCommitTime ?? (() => {})
    this.#store = options.store
    this.#log = state.log
    this.#state = state
    this.#sets = setsAhead(state.tree, genesis.engine)
    this.#keepVersions = options.keepVersions ?? genesis.parameters.keepVersions
    this.#keepBlocks = options.keepBlocks
    this.#meter = options.meter ?? noMeter
    this.#mempool = new Mempool({
      maxBytes: options.maxMempoolBytes ?? 64 * 1024 * 1024,
      sequenceWindow: admissionWindow,
    })
    this.#cache = new TransactionCache({
      maxBytes: REMEMBERED_BLOCKS * genesis.parameters.maxBlockBytes,
      waiting: (id) => this.#mempool.get(id)?.prepared,
      transactionLimits: genesis.parameters,
      meter: this.#meter,
      check: options.check,
    })
    this.#executor = new Executor(() => this.#state.tree, this.chainId, this.#meter)
    this.#blockCodec = blockCodecFor(genesis.parameters)
    this.queries = new LedgerQueries({
      log: this.#log,
      store: options.store,
      blockCodec: this.#blockCodec,
      validators: validatorsOf(genesis),
      state: () => this.#state,
    })
    this.#snapshots = new SnapshotSource(() => this.#state, this.queries, options.snapshotChunkBytes ?? 1 << 20)
    this.feed = new CommitFeed(this.#state.head.height, (height) => this.queries.event(height))
  }

  /**
   * Opens what the store holds, or writes the genesis state into an empty one.
   * @throws GenesisDiffersError when the store belongs to another ledger; StateDamagedError when its parts do not fit
   *   together; StoreError.
   */
  static async open(options: ApplicationOptions): Promise<LedgerApplication> {
    return new LedgerApplication(options, await openState(options.store, options.genesis, options.cacheEntries))
  }

  /** The newest committed block; at height 0 the genesis. */
  get head(): Head {
    return this.#state.head
  }

  info(): ApplicationInfo {
    return {
      height: this.#state.head.height,
      stateRoot: this.#state.head.stateRoot,
      blockHash: this.#state.head.blockHash,
      validators: this.#sets.next,
      nextValidators: this.#sets.afterNext,
      forgetsBlocks: this.#keepBlocks !== undefined,
    }
  }

  /** The genesis state was written when the application was opened. */
  initChain(): Promise<{ stateRoot: Uint8Array }> {
    return Promise.resolve({ stateRoot: this.#state.head.stateRoot })
  }

  checkTx(
    transaction: Uint8Array,
    source: 'local' | 'peer' = 'local',
  ): TransactionCheck & { readonly code: AdmissionCode } {
    const id = transactionId(transaction)
    if (this.#mempool.get(id) !== undefined) return { code: 'already-known', id }
    const prepared = this.#cache.prepareToWait(transaction, id)
    if ('code' in prepared) return { code: prepared.code, id }
    const blockTimeMs = this.#state.head.timeMs
    const verdict = admit(prepared, this.#state.tree, { blockTimeMs, chainId: this.chainId })
    if (verdict.code !== 'ok') {
      // Sent again after it was final: say so instead of "sequence used".
      return { code: this.#log.locate(id) !== undefined ? 'already-final' : verdict.code, id }
    }
    const next = this.#nextSequence(prepared)
    const entry = poolEntry(prepared)
    const problem = this.#mempool.problem(entry, next)
    if (problem !== undefined) return { code: problem, id }
    if (!this.#cache.verify(prepared)) return { code: 'signature-bad', id }
    this.#mempool.add(entry, next)
    if (source === 'local') this.#ownNew.push(id)
    this.#admitted(prepared.bytes, id)
    return { code: 'ok', id }
  }

  pendingTransactions(): { count: number; bytes: number } {
    return { count: this.#mempool.count, bytes: this.#mempool.bytes }
  }

  /** Signatures of transactions checked since the start. */
  get signatureChecks(): number {
    return this.#cache.signatureChecks
  }

  /** Transactions committed since the start. */
  get committedTransactions(): number {
    return this.#committedTransactions
  }

  isPending(id: Uint8Array): boolean {
    return this.#mempool.get(id) !== undefined
  }

  transactionsToRepeat(maxBytes: number): readonly Uint8Array[] {
    const repeated: PoolEntry[] = []
    const rest: Uint8Array[] = []
    let bytes = 0
    for (const id of this.#ownWaiting) {
      const entry = this.#mempool.get(id)
      if (entry === undefined) continue
      bytes += entry.bytes.length
      if (bytes > maxBytes) rest.push(id)
      else repeated.push(entry)
    }
    // What did not fit comes first the next time.
    this.#ownWaiting = [...rest, ...repeated.map(({ id }) => id), ...this.#ownNew]
    this.#ownNew = []
    return repeated.map((entry) => entry.bytes)
  }

  onAdmitted(handler: AdmissionHandler): void {
    this.#admitted = handler
  }

  prepareProposal(request: ProposalRequest): readonly Uint8Array[] {
    const { maxBlockBytes, maxBlockUnits } = this.#genesis.parameters
    const block = { height: request.height, timeMs: request.timeMs, proposer: request.proposer, misbehaviour: [] }
    const chosen = this.#mempool
      .select({
        timeMs: request.timeMs,
        maxBytes: Math.min(request.maxBytes, maxBlockBytes),
        maxUnits: maxBlockUnits,
        overheadBytes: TRANSACTION_HEAD_BYTES,
      })
      .map((entry) => entry.prepared)
    if (chosen.length === 0) return []
    // Each was admitted by itself; together a sender may not be able to pay for all of its own.
    const assembly = this.#executor.assemble(block, chosen)
    // No block can be: our clock is behind its parent's time. That is nobody's fault who waits.
    if (assembly === undefined) return []
    for (const { id } of assembly.hopeless) this.#mempool.remove(id)
    return assembly.accepted.map((prepared) => prepared.bytes)
  }

  processProposal(block: BlockInput): { code: string } {
    const transactions = this.#prepareAll(block.transactions)
    if ('code' in transactions) return transactions
    for (const transaction of transactions) if (!this.#cache.verify(transaction)) return { code: 'signature-bad' }
    const outcome = this.#executor.execute(block, transactions)
    return { code: 'refused' in outcome ? outcome.refused : 'accept' }
  }

  finalizeBlock(block: BlockInput & { readonly blockHash: Uint8Array }): ExecutedBlock {
    const transactions = this.#prepareAll(block.transactions)
    if ('code' in transactions) throw new Error(`block ${block.height} cannot be executed: ${transactions.code}`)
    const outcome = this.#executor.execute(block, transactions)
    if ('refused' in outcome) {
      const { upgrade, version } = readProtocol(this.#state.tree)
      if (outcome.refused === 'protocol-unknown')
        throw new ProtocolUnknownError(upgrade?.version ?? version, block.height)
      throw new Error(`block ${block.height} cannot be executed: ${outcome.refused}`)
    }
    if (this.#candidates.size >= MAX_CANDIDATES) this.#candidates.delete(this.#candidates.keys().next().value as string)
    this.#candidates.set(bytesKey(block.blockHash), outcome)
    return {
      stateRoot: outcome.treeUpdate().root,
      receiptsRoot: outcome.receiptsRoot,
      receipts: outcome.receipts,
      validatorUpdates: outcome.validatorUpdates,
    }
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    const { height, blockHash } = request
    if (this.#committing || height !== this.#state.head.height + 1) {
      throw new Error(`commit of block ${height} while ${this.#state.head.height} is the last one`)
    }
    const execution = this.#candidates.get(bytesKey(blockHash)) ?? this.#executeAgain(request)
    this.#committing = true
    const startedMs = performance.now()
    try {
      const { tree } = this.#state
      const update = execution.treeUpdate()
      const { writes, head, event, keepBlocksFrom } = this.#meter.measure('store', () =>
        commitWrites({
          request,
          execution,
          update,
          head: this.#state.head,
          sets: this.#sets,
          header: () => this.#blockCodec.decode(request.block).header,
          tree,
          log: this.#log,
          store: this.#store,
          keepVersions: this.#keepVersions,
          keepBlocks: this.#keepBlocks,
          heldFrom: this.#snapshots.heldFrom(height),
          zonesChangedName: zonesChangedName(this.#genesis.zones),
        }),
      )
      await this.#meter.measure('store', () => this.#store.write(writes))
      this.#onCommitTime((performance.now() - startedMs) / 1_000)
      tree.applied(update)
      this.#state = { tree, head }
      const { next, afterNext } = this.#sets
      if (next !== afterNext || execution.validatorUpdates.length > 0) {
        this.#sets = setsAhead(tree, this.#genesis.engine, this.#sets)
      }
      this.#committedTransactions += execution.transactions.length
      this.#executor.clear()
      this.#candidates.clear()
      this.#mempool.committed(execution.transactions.map(poolEntry), head.timeMs)
      this.feed.publish(event)
      for (const { id } of execution.transactions) this.#waiters.committed(id)
      // Who was voted in shall not wait for heartbeats until the set is his too.
      const isChanging = this.#sets.next !== this.#sets.afterNext
      return {
        retainHeight: keepBlocksFrom,
        wantsBlockWithinMs: execution.wantsBlockWithinMs ?? (isChanging ? CHANGE_BLOCK_MS : undefined),
      }
    } finally {
      this.#committing = false
    }
  }

  /**
   * Takes the newest block back, for engines whose blocks are not final at once. Its transactions are not put back into
   * the pool. Resolves when that is durable.
   * @throws UnknownHeightError when the versions before it are no longer kept.
   */
  async undo(): Promise<void> {
    const { tree, head } = this.#state
    if (this.#committing) throw new Error(`undo of block ${head.height} while a block is being committed`)
    const event = this.queries.event(head.height)
    const batch = undoWrites({ tree, head, log: this.#log, store: this.#store })
    if (event === undefined || batch === undefined)
      throw new UnknownHeightError(head.height - 1, head.height, head.height)
    this.#committing = true
    try {
      await this.#store.write(batch.writes)
      if (batch.update !== undefined) tree.applied(batch.update)
      this.#state = { tree, head: batch.head }
      this.#sets = setsAhead(tree, this.#genesis.engine, this.#sets)
      this.#executor.clear()
      this.#candidates.clear()
      this.feed.publish({ ...event, final: false, reverted: true })
    } finally {
      this.#committing = false
    }
  }

  storedBlock(height: number): StoredBlock | undefined {
    return this.queries.block(height)
  }

  validatorChanges(above: number, limit: number): readonly ValidatorChange[] {
    return this.queries.provenChanges(above, limit)
  }

  /** Resolves with the transaction once it is in a committed block; undefined after the time or the abort. */
  async awaitReceipt(
    id: Uint8Array,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommittedTransaction | undefined> {
    const known = this.queries.transaction(id)
    if (known !== undefined) return known
    return (await this.#waiters.wait(id, timeoutMs, signal)) ? this.queries.transaction(id) : undefined
  }

  async listSnapshots(): Promise<readonly SnapshotDescription[]> {
    return this.#snapshots.list()
  }

  async loadSnapshotChunk(height: number, index: number): Promise<Uint8Array | undefined> {
    return this.#snapshots.chunk(height, index)
  }

  /**
   * `accept`; `malformed` for a description that cannot be. On a ledger that has blocks `not-empty`, unless it forgets old blocks
   * anyway: then `not-newer` for a height that it has.
   */
  async offerSnapshot(description: SnapshotDescription, trust: SnapshotTrust): Promise<{ code: string }> {
    const height = this.#restore === undefined ? this.#state.head.height : this.#replacedHeight
    if (height > 0 && this.#keepBlocks === undefined) return { code: 'not-empty' }
    if (height > 0 && description.height <= height) return { code: 'not-newer' }
    if (!SnapshotRestore.isPossible(description)) return { code: 'malformed' }
    this.#replacedHeight = height
    this.#restore = new SnapshotRestore(this.#store, this.#genesis, this.#blockCodec, description, trust)
    // What reads meanwhile finds the genesis state, not a store that is being filled.
    this.#state = await openState(openMemoryStore(), this.#genesis, this.#cacheEntries)
    this.#sets = setsAhead(this.#state.tree, this.#genesis.engine)
    return { code: 'accept' }
  }

  /** See `ChunkCode`; `not-offered` without `offerSnapshot`. After a refusal the ledger is at genesis again, if a chunk was taken. */
  async applySnapshotChunk(index: number, chunk: Uint8Array): Promise<{ code: string }> {
    if (this.#restore === undefined) return { code: 'not-offered' }
    const code = await this.#restore.apply(index, chunk)
    if (code === 'accept') this.#replacedHeight = 0
    if (code === 'accept' || code === 'wrong-chunk') return { code }
    await this.#leaveRestore()
    return { code }
  }

  async abandonSnapshot(): Promise<void> {
    if (this.#restore !== undefined) await this.#leaveRestore()
  }

  /** Opens what was restored, or writes the genesis state over what was refused. */
  async #leaveRestore(): Promise<void> {
    this.#restore = undefined
    this.#state = await openState(this.#store, this.#genesis, this.#cacheEntries)
    this.#sets = setsAhead(this.#state.tree, this.#genesis.engine)
    this.#executor.clear()
    this.#candidates.clear()
    // Admitted by another state than this one.
    for (const { id } of [...this.#mempool.all()]) this.#mempool.remove(id)
    this.feed.jump(this.#state.head.height)
  }

  /** A candidate that was pushed out by others. A decided block is worth its execution. */
  #executeAgain({ block, blockHash, height }: CommitRequest): Execution {
    const { header, transactions, misbehaviour } = this.#blockCodec.decode(block)
    if (!equalBytes(hashOfHeader(header), blockHash))
      throw new Error(`commit of block ${height} with another block's bytes`)
    const { timeMs, proposer } = header
    this.finalizeBlock({ height, timeMs, proposer, transactions, misbehaviour, blockHash })
    return this.#candidates.get(bytesKey(blockHash)) as Execution
  }

  #nextSequence(prepared: PreparedTransaction): number {
    const stored = this.#state.tree.get(prepared.senderKey)
    return stored === undefined ? 0 : accountEntry.codec.decode(stored).sequence
  }

  #prepareAll(transactions: readonly Uint8Array[]): PreparedTransaction[] | { code: string } {
    const prepared: PreparedTransaction[] = []
    for (const bytes of transactions) {
      const one = this.#cache.prepare(bytes)
      if ('code' in one) return one
      prepared.push(one)
    }
    return prepared
  }
}

function poolEntry(prepared: PreparedTransaction): PoolEntry {
  const { id, bytes, sender, units, transaction } = prepared
  return { id, bytes, sender, units, prepared, sequence: transaction.sequence, validUntilMs: transaction.validUntilMs }
}
