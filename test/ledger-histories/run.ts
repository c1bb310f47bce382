import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { LedgerParameters } from '@cresset/core-ledger'
import { NaiveLedger } from '../naive-ledger/ledger.ts'
import { digestOf, validatorsNow } from '../naive-ledger/membership.ts'
import { encodeReceipt, type NaiveEvent } from '../naive-ledger/receipt.ts'
import { tableOf } from '../naive-ledger/record-tables.ts'
import { accountIn } from '../naive-ledger/state.ts'
import { type NaiveTransaction, signaturesGood } from '../naive-ledger/transaction.ts'
import { zoneKeysOf } from '../naive-ledger/zone-keys.ts'
import {
  checkChangeOrder,
  compareChangedNames,
  compareEntries,
  compareNames,
  compareStatements,
  Disagreement,
  disagree,
  type FixedEntries,
  fixedEntriesOf,
  hostsOf,
  mustEqual,
  nameAccounts,
} from './compare.ts'
import { genesisOf, moneyOf } from './genesis.ts'
import type { GenesisPlan, Step } from './history.ts'
import { type Product, ProductState } from './product.ts'
import type { RecordedBlock } from './replay-roots.ts'
import { TransactionBuilder } from './transactions.ts'

type Prepared = Exclude<ReturnType<Product['prepareTransaction']>, { code: string }>

export interface RunOptions {
  readonly product: Product
  /** A full scan of the product's own indexes. */
  readonly checkState?: (state: ProductState, supply: bigint) => void
  readonly onBlock?: (block: RecordedBlock, result: { receiptsRoot: Uint8Array }) => void
}

export interface RunFigures {
  blocks: number
  transactions: number
  /** How often each code was told, with the place that told it. */
  readonly codes: Map<string, number>
  readonly events: Map<string, number>
}

export function noFigures(): RunFigures {
  return { blocks: 0, transactions: 0, codes: new Map(), events: new Map() }
}

export function addFigures(to: RunFigures, figures: RunFigures): void {
  to.blocks += figures.blocks
  to.transactions += figures.transactions
  for (const [code, count] of figures.codes) to.codes.set(code, (to.codes.get(code) ?? 0) + count)
  for (const [event, count] of figures.events) to.events.set(event, (to.events.get(event) ?? 0) + count)
}

const stateScanEveryBlocks = 16
/** More names than these are compared in turns. */
const namesInTurn = 12

function openProposals({ state }: NaiveLedger): number {
  return state.proposals.filter(({ outcome }) => outcome === 0).length
}

/** Whether the block after next has other validators than the next one. */
function validatorsMove({ state }: NaiveLedger): boolean {
  const text = (set: typeof state.validators): string =>
    set.map(({ key, account }) => `${toHex(key)} ${toHex(account)}`).join()
  return text(state.validators) !== text(validatorsNow(state))
}

/** Both ledgers side by side: each step goes through both, and everything they say and hold is compared. */
export class SideBySide {
  readonly naive: NaiveLedger
  readonly state = new ProductState()
  readonly figures: RunFigures = noFigures()
  height = 0
  timeMs: number
  readonly #product: Product
  readonly #options: RunOptions
  readonly #genesis: ReturnType<typeof genesisOf>
  readonly #builder = new TransactionBuilder()
  /** Every name that a transaction spoke of. */
  readonly #names = new Set<string>()
  /** Of names, in the block before. */
  readonly #statuses = new Map<string, string>()
  #fixed: FixedEntries
  /** Since the last block. */
  #changedParameters: LedgerParameters | undefined

  constructor(plan: GenesisPlan, options: RunOptions) {
    this.#options = options
    this.#product = options.product
    this.#genesis = genesisOf(plan)
    this.naive = new NaiveLedger(this.#genesis)
    this.timeMs = this.#genesis.timeMs
    this.state.apply(this.#product.genesisChanges(this.#genesis))
    this.#fixed = fixedEntriesOf(this.#product, this.state)
    this.#compareState()
  }

  async step(step: Step): Promise<void> {
    try {
      for (let done = 0; done < (step.times ?? 1); done++) await this.#block(step)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new Disagreement(nameAccounts(`height ${this.height + 1}: ${error.message}`), { cause: error })
    }
  }

  async #block(step: Step): Promise<void> {
    const timeMs = this.timeMs + step.afterMs
    if (step.parameters !== undefined) this.#changeParameters(step.parameters)
    const { state } = this.naive
    const built = await this.#builder.build(step.transactions ?? [], {
      blockTimeMs: timeMs,
      price: (bytes) => this.naive.price({ bytes: { length: bytes } as Uint8Array }),
      nextSequence: (account) => accountIn(state, account)?.sequence ?? 0,
      ledgerTimeMs: this.naive.ledgerTimeAt(this.height + 1, timeMs),
      height: this.height + 1,
      digestOfProposal: (number) => {
        const proposal = state.proposals[number - 1]
        return proposal && digestOf(proposal.change)
      },
      zoneKeysOf: (zone) => zoneKeysOf(state, zone),
      tableOf: (name) => tableOf(state, name),
      ownershipsOf: (name) => state.names.find((entry) => entry.name === name)?.ownerships ?? 0,
    })
    const candidates = built.filter((bytes) => bytes !== undefined).map((bytes) => this.#judge(bytes))
    const good = candidates.filter((candidate) => candidate !== undefined)
    this.#executeWithout(good, { timeMs, proposer: this.#proposer(step.proposer ?? 0) })
  }

  #changeParameters(changes: Readonly<Record<string, number>>): void {
    const before = this.#product.readParameters(this.state)
    const after = { ...before, ...moneyOf(changes) }
    // Steps that were taken out of a history can make a later change impossible.
    if (this.#product.parameterStepProblem(before, after) !== undefined) return
    this.#changedParameters = after
    this.state.apply(this.#product.changeParameters(this.state, after))
    this.naive.changeParameters({ ...this.naive.genesis.parameters, ...moneyOf(changes) })
    this.#fixed = fixedEntriesOf(this.#product, this.state)
    this.#compareState()
  }

  #proposer(index: number): Uint8Array {
    const { nodes } = this.#genesis
    return accountOf((nodes[index % nodes.length] as { identityKey: Uint8Array }).identityKey)
  }

  /** Decoding, signatures and admission by both; what no block may hold is left out. */
  #judge(bytes: Uint8Array): { prepared: Prepared; naive: NaiveTransaction } | undefined {
    const { chainId, parameters } = this.#genesis
    const prepared = this.#product.prepareTransaction(bytes, parameters)
    const naive = this.naive.read(bytes)
    const admitted = this.naive.admit(bytes, this.timeMs)
    this.#count('admission', admitted)
    if (!this.#product.isPrepared(prepared)) {
      mustEqual('decoding of a transaction', prepared.code, typeof naive === 'string' ? naive : 'ok')
      mustEqual('admission', prepared.code, admitted)
      return undefined
    }
    if (typeof naive === 'string') disagree('decoding of a transaction', 'ok', naive)
    mustEqual('id of a transaction', toHex(prepared.id), toHex(naive.id))
    mustEqual('work units of a transaction', prepared.units, naive.units)
    const areGood = signaturesGood(naive)
    mustEqual('signatures', this.#product.checkSignatures(prepared), areGood)
    const { code } = this.#product.admit(prepared, this.state, { blockTimeMs: this.timeMs, chainId })
    // The product leaves signatures to who holds the cache of checked ones.
    mustEqual('admission', code === 'ok' && !areGood ? 'signature-bad' : code, admitted)
    return areGood ? { prepared, naive } : undefined
  }

  /** Executes the block, and while it is refused the rest without the transaction that it was refused for. */
  #executeWithout(
    all: readonly { prepared: Prepared; naive: NaiveTransaction }[],
    head: { timeMs: number; proposer: Uint8Array },
  ): void {
    const height = this.height + 1
    let left = [...all]
    for (;;) {
      const before = hostsOf(this.naive)
      const warnedBefore = this.naive.state.warnedBelow
      const openBefore = this.naive.state.seals.length + this.naive.state.claims.length + openProposals(this.naive)
      const isMoving = validatorsMove(this.naive)
      const waitingBefore = this.naive.state.waiting.length
      const isRemoving = this.naive.state.removals.length > 0
      const block = { height, ...head, transactions: left.map(({ prepared }) => prepared), misbehaviour: [] }
      const { chainId } = this.#genesis
      const product = this.#product.executeBlock(this.state, block, { chainId })
      const naive = this.naive.execute({ height, ...head, transactions: left.map((both) => both.naive) })
      if ('refused' in naive || 'refused' in product) {
        const ours = 'refused' in product ? `${product.refused} (transaction ${product.index})` : 'accepted'
        const theirs = 'refused' in naive ? `${naive.refused} (transaction ${naive.index})` : 'accepted'
        mustEqual('refusal of the block', ours, theirs)
        if ('refused' in naive) this.#count('block', naive.refused)
        const { index } = naive as { index: number | undefined }
        if (index === undefined) return
        left = left.filter((_, position) => position !== index)
        continue
      }
      this.#compareResult(product, naive, left.length)
      checkChangeOrder(product.changes)
      if (height % 8 === 0) this.#checkPure(block, product)
      this.state.apply(product.changes)
      this.height = height
      this.timeMs = head.timeMs
      this.figures.blocks++
      this.figures.transactions += left.length
      // A place for old keys can fall due when they have ended already.
      const hasEnded = this.naive.state.waiting.length !== waitingBefore
      const quiet =
        warnedBefore === this.naive.state.warnedBelow &&
        left.length === 0 &&
        naive.events.length === 0 &&
        openBefore === 0 &&
        !isMoving &&
        !isRemoving &&
        !hasEnded
      if (quiet) mustEqual('entries changed by an empty block', product.changes.length, 0)
      else this.#compareState()
      const events = [...naive.receipts.flatMap((receipt) => receipt.events), ...naive.events]
      compareChangedNames(product.changedNames, before, events, this.naive)
      this.#compareNames(
        left.map((both) => both.naive),
        events,
      )
      mustEqual('all money', this.naive.money, this.naive.state.supply)
      if (height % stateScanEveryBlocks === 0) {
        this.checkState()
        this.#checkRefusedHeads()
      }
      this.#options.onBlock?.(
        { height, ...head, transactions: left.map((both) => both.naive.bytes), parameters: this.#changedParameters },
        { receiptsRoot: product.receiptsRoot },
      )
      this.#changedParameters = undefined
      return
    }
  }

  checkState(): void {
    compareStatements(this.#product, this.state, this.naive)
    this.#options.checkState?.(this.state, this.naive.state.supply)
  }

  #compareResult(
    product: Exclude<ReturnType<Product['executeBlock']>, { refused: string }>,
    naive: Exclude<ReturnType<NaiveLedger['execute']>, { refused: string }>,
    transactions: number,
  ): void {
    mustEqual('number of receipts', product.receipts.length, transactions)
    for (const [index, receipt] of product.receipts.entries()) {
      const expected = naive.receipts[index]
      if (expected === undefined) throw new Disagreement(`no naive receipt ${index}`)
      this.#count('receipt', expected.code)
      for (const { kind } of expected.events) this.#countEvent(kind)
      mustEqual(`code of transaction ${index}`, receipt.code, expected.code)
      if (!equalBytes(this.#product.receiptCodec.encode(receipt), encodeReceipt(expected)))
        disagree(`receipt of transaction ${index} (${expected.code})`, receipt, { ...expected, id: '' })
    }
    for (const { kind } of naive.events) this.#countEvent(kind)
    if (!equalBytes(product.receiptsRoot, naive.receiptsRoot))
      disagree('events of the block itself', product.events, naive.events)
    mustEqual('wish for a block', product.wantsBlockWithinMs, naive.wantsBlock ? 1_000 : undefined)
  }

  /** The same block on the same state gives the same. */
  #checkPure(
    block: Parameters<Product['executeBlock']>[1],
    first: Exclude<ReturnType<Product['executeBlock']>, { refused: string }>,
  ): void {
    const again = this.#product.executeBlock(this.state, block, { chainId: this.#genesis.chainId })
    if ('refused' in again) disagree('the block a second time', again.refused, 'accepted')
    const text = ({ changes, receiptsRoot }: typeof first): string =>
      [receiptsRoot, ...changes.flatMap(({ key, value }) => [key, value ?? Uint8Array.of(0xff)])].map(toHex).join(' ')
    if (text(again) !== text(first)) throw new Disagreement('the same block gave other changes the second time')
  }

  /** A block that goes back in height or time. */
  #checkRefusedHeads(): void {
    const { chainId } = this.#genesis
    const { height, blockTime } = this.naive.state
    for (const [refused, head] of [
      ['height-not-rising', { height, timeMs: this.timeMs + 1 }],
      ['time-not-rising', { height: this.height + 1, timeMs: blockTime }],
    ] as const) {
      const block = { ...head, proposer: this.#proposer(0), transactions: [], misbehaviour: [] }
      const product = this.#product.executeBlock(this.state, block, { chainId })
      mustEqual('refusal of a block that goes back', 'refused' in product ? product.refused : 'accepted', refused)
      const naive = this.naive.execute(block)
      mustEqual('naive refusal of a block that goes back', 'refused' in naive ? naive.refused : 'accepted', refused)
      this.#count('block', refused)
    }
  }

  #compareState(): void {
    compareEntries(this.#product, this.state, this.naive, this.#fixed)
  }

  #compareNames(transactions: readonly NaiveTransaction[], events: readonly NaiveEvent[]): void {
    const spokenOf = [...transactions.map(({ action }) => action.body), ...events.map(({ body }) => body)].flatMap(
      (body) => ('name' in body ? body.name : []),
    )
    for (const { action } of transactions)
      if (action.kind === 'publish' || action.kind === 'topUp' || action.kind === 'cancel')
        if (action.body.name.length <= 64) this.#names.add(action.body.name)
    const names = new Set([
      ...this.#names,
      ...this.naive.state.names.map(({ name }) => name),
      ...this.naive.state.claims.map(({ name }) => name),
    ])
    const here = { height: this.height, timeMs: this.timeMs }
    const due = this.#namesToCompare([...names], new Set(spokenOf), here)
    compareNames(this.#product, this.state, this.naive, due, here)
    if (transactions.length === 0 && this.height % 3 !== 0) return
    const { maxBlockIntervalMs } = this.#genesis.parameters
    const later = { height: this.height + 3, timeMs: this.timeMs + 5 * maxBlockIntervalMs }
    compareNames(this.#product, this.state, this.naive, due, later)
  }

  /** Those that the block spoke of, those whose status is another than in the block before, and some of the others in their turn. */
  #namesToCompare(
    names: readonly string[],
    spokenOf: ReadonlySet<string>,
    here: { height: number; timeMs: number },
  ): string[] {
    const now = this.naive.ledgerTimeAt(here.height, here.timeMs)
    const first = names.length === 0 ? 0 : (here.height * namesInTurn) % names.length
    return names.filter((name, index) => {
      const status = this.naive.statusOf(name, now)
      const isOther = status !== this.#statuses.get(name)
      this.#statuses.set(name, status)
      const isInTurn = (index - first + names.length) % names.length < namesInTurn
      return isInTurn || isOther || spokenOf.has(name)
    })
  }

  #count(place: string, code: string): void {
    const words = `${place} ${code}`
    this.figures.codes.set(words, (this.figures.codes.get(words) ?? 0) + 1)
  }

  #countEvent(kind: string): void {
    this.figures.events.set(kind, (this.figures.events.get(kind) ?? 0) + 1)
  }
}
