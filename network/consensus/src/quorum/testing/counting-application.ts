import { blockHash, genesisDigest, type ValidatorSet } from '@cresset/core-chain'
import { sha256 } from '@cresset/core-crypto'
import type {
  AdmissionHandler,
  Application,
  ApplicationInfo,
  BlockInput,
  CommitRequest,
  CommitResult,
  ExecutedBlock,
  StoredBlock,
  TransactionCheck,
} from '../../interface/index.ts'
import { codecs, genesis, validators } from './replica.ts'

/** The least state machine: its state is a digest of everything executed. Keeps its blocks. */
export class CountingApplication implements Application {
  readonly blocks: StoredBlock[] = []
  readonly pool: Uint8Array[] = []
  #root = genesisDigest(genesis)
  #handler: AdmissionHandler = () => {}
  readonly #roots = new Map<string, Uint8Array>()
  /** Who decides a height. */
  readonly #setAt: (height: number) => ValidatorSet

  constructor(setAt: (height: number) => ValidatorSet = () => validators) {
    this.#setAt = setAt
  }

  info(): ApplicationInfo {
    const last = this.blocks.at(-1)
    const hash = last === undefined ? undefined : blockHash(codecs.block.decode(last.block).header)
    const height = this.blocks.length
    const [validators, nextValidators] = [this.#setAt(height + 1), this.#setAt(height + 2)]
    return { height, stateRoot: this.#root, blockHash: hash, validators, nextValidators }
  }

  initChain(): Promise<{ stateRoot: Uint8Array }> {
    return Promise.resolve({ stateRoot: this.#root })
  }

  checkTx(transaction: Uint8Array): TransactionCheck {
    const id = sha256(transaction)
    this.pool.push(transaction)
    this.#handler(transaction, id)
    return { code: 'ok', id }
  }

  prepareProposal(): Uint8Array[] {
    return [...this.pool]
  }

  processProposal(): { code: string } {
    return { code: 'accept' }
  }

  finalizeBlock(block: BlockInput & { readonly blockHash: Uint8Array }): ExecutedBlock {
    const stateRoot = sha256(this.#root, ...block.transactions)
    this.#roots.set(block.blockHash.join(), stateRoot)
    return { stateRoot, receiptsRoot: sha256(), receipts: [], validatorUpdates: [] }
  }

  commit({ block, certificate, blockHash: hash }: CommitRequest): Promise<CommitResult> {
    this.#root = this.#roots.get(hash.join())!
    this.#roots.clear()
    this.blocks.push({ block, certificate })
    this.pool.length = 0
    return Promise.resolve({ retainHeight: 0 })
  }

  pendingTransactions(): { count: number; bytes: number } {
    return { count: this.pool.length, bytes: 0 }
  }

  transactionsToRepeat(): Uint8Array[] {
    return []
  }

  onAdmitted(handler: AdmissionHandler): void {
    this.#handler = handler
  }

  storedBlock(height: number): StoredBlock | undefined {
    return this.blocks[height - 1]
  }

  validatorChanges(): [] {
    return []
  }

  listSnapshots(): Promise<[]> {
    return Promise.resolve([])
  }

  loadSnapshotChunk(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  offerSnapshot(): Promise<{ code: string }> {
    return Promise.resolve({ code: 'not-supported' })
  }

  applySnapshotChunk(): Promise<{ code: string }> {
    return Promise.resolve({ code: 'not-supported' })
  }

  abandonSnapshot(): Promise<void> {
    return Promise.resolve()
  }
}
