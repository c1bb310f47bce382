import {
  type Block,
  commitCertificateCodec,
  encodeValidators,
  finalityProofCodec,
  type Header,
  headerCodec,
  type ValidatorSet,
} from '@cresset/core-chain'
import { type Codec, concatBytes, equalBytes } from '@cresset/core-codec'
import { merkleProof } from '@cresset/core-crypto'
import {
  blockEventsCodec,
  type LedgerEvent,
  type Receipt,
  readLedgerTime,
  readZones,
  receiptCodec,
  type StateView,
} from '@cresset/core-ledger'
import type { StateTree } from '@cresset/core-state-tree'
import { type BlockLog, heightPart, layout, type Store, storedKey } from '@cresset/network-storage'
import type { CommitEvent } from './commit-feed.ts'
import type { Head } from './head.ts'
import { namesOfOwner, namesOfZone, type Page } from './indexes.ts'
import { listOffers, type OfferFilter, type OfferPage } from './offer-index.ts'
import { archivedRecords } from './record-archive.ts'
import { UnknownHeightError } from './state-errors.ts'
import { ValidatorHistory } from './validator-history.ts'

/** A transaction that is in a committed block. */
export interface CommittedTransaction {
  readonly id: Uint8Array
  readonly height: number
  readonly index: number
  readonly timeMs: number
  /** The complete encoding, signatures included. */
  readonly bytes: Uint8Array
  readonly receipt: Receipt
}

/** A receipt with its place under a certified receipts root. */
export interface ProvenReceipt {
  /** Encoded; with the id before it, it is the leaf. */
  readonly receipt: Uint8Array
  readonly index: number
  /** Leaves under the receipts root: the block's own events are one more, when there are any. */
  readonly count: number
  /** Towards the receipts root. */
  readonly siblings: readonly Uint8Array[]
  /** Encoded FinalityProof. */
  readonly finality: Uint8Array
}

export interface CommittedBlock {
  readonly height: number
  readonly blockHash: Uint8Array
  /** Encoded. */
  readonly block: Uint8Array
  readonly certificate: Uint8Array
}

/** A block's transactions with what became of them. */
export interface ExecutedBlock {
  readonly height: number
  readonly timeMs: number
  readonly blockHash: Uint8Array
  /** In their order, each encoded as its receipt is. */
  readonly transactions: readonly {
    readonly id: Uint8Array
    readonly bytes: Uint8Array
    readonly receipt: Uint8Array
  }[]
}

/** A header with all that a light client needs to move its trust there. */
export interface LightBlock {
  readonly header: Uint8Array
  readonly certificate: Uint8Array
  /** Encoded: those who decided the height, and those who decide the next one. */
  readonly validators: Uint8Array
  readonly nextValidators: Uint8Array
}

/** Proofs of several state keys at one height, under one finality proof. */
export interface ProvenKeys {
  readonly height: number
  readonly proofs: readonly Uint8Array[]
  /** Encoded FinalityProof. */
  readonly finality: Uint8Array
}

/** No block is final yet, so nothing can be proved. */
export class NothingFinalError extends Error {
  readonly code = 'nothing-final'
  constructor() {
    super('the network has not made its first block; try again in a moment')
    this.name = 'NothingFinalError'
  }
}

interface Sources {
  readonly log: BlockLog
  readonly store: Store
  readonly blockCodec: Codec<Block>
  /** Those of genesis. */
  readonly validators: ValidatorSet
  /** The newest committed block, and the tree: a restored snapshot brings another one. */
  readonly state: () => { readonly head: Head; readonly tree: StateTree }
}

/** Reads of committed state. Nothing here sees a block before it is durable. */
export class LedgerQueries {
  readonly #sources: Sources
  readonly #history: ValidatorHistory
  #lastDecoded: { readonly hash: Uint8Array; readonly block: Block } | undefined

  constructor(sources: Sources) {
    this.#sources = sources
    this.#history = new ValidatorHistory(sources.store, sources.validators)
  }

  /** The state after a block (default: the newest). @throws UnknownHeightError */
  view(height?: number): StateView {
    const { tree } = this.#sources.state()
    if (height === undefined) return { get: (key) => tree.get(key) }
    this.#assertKept(height)
    return { get: (key) => tree.get(key, height) }
  }

  /** Proofs of keys, present or absent, as they were after a block. @throws UnknownHeightError NothingFinalError */
  prove(keys: readonly Uint8Array[], height: number = this.#sources.state().head.height): ProvenKeys {
    if (this.#sources.state().head.height === 0) throw new NothingFinalError()
    this.#assertKept(height)
    return {
      height,
      proofs: keys.map((key) => this.#sources.state().tree.prove(key, height)),
      finality: this.finality(height),
    }
  }

  /** Encoded FinalityProof of a committed block. */
  finality(height: number): Uint8Array {
    const { header } = this.#decodedBlock(height)
    const certificate = commitCertificateCodec.decode(this.#sources.log.certificate(height)!)
    return finalityProofCodec.encode({
      engine: 'quorum',
      stateHeight: height,
      stateRoot: certificate.stateRoot,
      evidence: { header, certificate },
    })
  }

  transaction(id: Uint8Array): CommittedTransaction | undefined {
    const found = this.#sources.log.receipt(id)
    if (found === undefined) return undefined
    const { header, transactions } = this.#decodedBlock(found.height)
    return {
      id,
      height: found.height,
      index: found.index,
      timeMs: header.timeMs,
      bytes: transactions[found.index]!,
      receipt: receiptCodec.decode(found.receipt),
    }
  }

  transactionProof(id: Uint8Array): ProvenReceipt | undefined {
    const { log } = this.#sources
    const place = log.locate(id)
    if (place === undefined) return undefined
    const receipts = log.receipts(place.height)
    const leaves = receipts.map((entry) => concatBytes(entry.id, entry.receipt))
    const blockEvents = this.#encodedBlockEvents(place.height)
    // Only their place under the root matters here, and no transaction has this id.
    if (blockEvents !== undefined) leaves.push(concatBytes(new Uint8Array(32), blockEvents))
    return {
      receipt: receipts[place.index]!.receipt,
      index: place.index,
      count: leaves.length,
      siblings: merkleProof(leaves, place.index),
      finality: this.finality(place.height),
    }
  }

  block(reference: number | Uint8Array | 'latest'): CommittedBlock | undefined {
    const { log } = this.#sources
    const { head } = this.#sources.state()
    const height =
      reference === 'latest' ? head.height : typeof reference === 'number' ? reference : log.heightOf(reference)
    if (height === undefined || height < 1 || height > head.height) return undefined
    const block = log.block(height)
    if (block === undefined) return undefined
    return { height, blockHash: log.blockHash(height)!, block, certificate: log.certificate(height)! }
  }

  /** Undefined where the node keeps no such block or, for the block of a restored snapshot, none of its receipts. */
  executed(height: number): ExecutedBlock | undefined {
    const stored = this.block(height)
    if (stored === undefined) return undefined
    const { header, transactions } = this.#sources.blockCodec.decode(stored.block)
    const receipts = this.#sources.log.receipts(height)
    if (receipts.length !== transactions.length) return undefined
    return {
      height,
      timeMs: header.timeMs,
      blockHash: stored.blockHash,
      transactions: receipts.map((entry, index) => ({ ...entry, bytes: transactions[index] as Uint8Array })),
    }
  }

  /** The first block that the node keeps; undefined before there is any. */
  get oldestHeight(): number | undefined {
    const oldest = this.#sources.log.oldestHeight
    return oldest !== undefined && oldest <= this.#sources.state().head.height ? oldest : undefined
  }

  header(height: number): Header | undefined {
    return this.block(height) === undefined ? undefined : this.#decodedBlock(height).header
  }

  lightBlock(height: number): LightBlock | undefined {
    const stored = this.block(height)
    // One that led to a restored state is kept without its block.
    if (stored === undefined)
      return height > 0 && height <= this.#sources.state().head.height ? this.#history.change(height) : undefined
    const { header } = this.#decodedBlock(height)
    return {
      header: headerCodec.encode(header),
      certificate: stored.certificate,
      validators: encodeValidators(this.#setNamed(header.validatorsHash)),
      nextValidators: encodeValidators(this.#setNamed(header.nextValidatorsHash)),
    }
  }

  /** Heights from after the first to before the second whose header names other validators for the next, rising, at most `limit`. */
  validatorChanges(after: number, before: number, limit: number): readonly number[] {
    return this.#history.heights(after, before, limit)
  }

  /** The changes above a height with their proofs, rising. */
  provenChanges(above: number, limit: number): readonly LightBlock[] {
    return this.#history.changes(above, limit)
  }

  /** Owner names whose DNS data a block changed. */
  changedNames(height: number): string[] {
    return this.#sources.log.changedNames(height)
  }

  /** The commit event of a stored block, as the feed published it. */
  event(height: number): CommitEvent | undefined {
    const { log } = this.#sources
    const stored = this.block(height)
    if (stored === undefined) return undefined
    return {
      height,
      timeMs: this.#decodedBlock(height).header.timeMs,
      blockHash: stored.blockHash,
      stateRoot: commitCertificateCodec.decode(stored.certificate).stateRoot,
      final: true,
      reverted: false,
      transactions: log.receipts(height).map(({ id, receipt }) => {
        const { code, events } = receiptCodec.decode(receipt)
        return { id, code, events }
      }),
      blockEvents: this.#blockEvents(height),
      changedNames: log.changedNames(height),
    }
  }

  /** Names by zone and label: of one owner, of one zone, or all. From an index, so without a proof. */
  names(filter: { readonly owner?: Uint8Array | undefined; readonly zone?: string | undefined }, page: Page): string[] {
    const { store } = this.#sources
    if (filter.owner === undefined) return namesOfZone(store, filter.zone, page)
    const names = namesOfOwner(store, filter.owner, page)
    return filter.zone === undefined ? names : names.filter((name) => name.endsWith(`.${filter.zone}`))
  }

  /** Open offers of all names or of one zone, by zone, price and name. From an index, so without a proof. */
  offers(
    filter: Pick<OfferFilter, 'maxPrice' | 'seller' | 'buyer'> & { readonly zone?: string | undefined },
    page: { readonly after?: Uint8Array | undefined; readonly limit: number },
  ): OfferPage {
    const view = this.view()
    const { zone, ...terms } = filter
    const zones = readZones(view).filter((known) => zone === undefined || known === zone)
    const ledgerTimeMs = readLedgerTime(view, this.#sources.state().head)
    return listOffers(this.#sources.store, { ...terms, zones, ledgerTimeMs }, page)
  }

  /** Older records, encoded, from the one of this hash back through its predecessors; fewer than `limit` where no more are kept. */
  records(hash: Uint8Array, limit: number): Uint8Array[] {
    return archivedRecords(this.#sources.store, hash, limit)
  }

  #setNamed(hash: Uint8Array): ValidatorSet {
    const set = this.#history.set(hash)
    if (set !== undefined) return set
    throw new Error('invariant: a committed header names validators that this ledger never had')
  }

  #blockEvents(height: number): LedgerEvent[] {
    const encoded = this.#encodedBlockEvents(height)
    return encoded === undefined ? [] : blockEventsCodec.decode(encoded).events
  }

  #encodedBlockEvents(height: number): Uint8Array | undefined {
    return this.#sources.store.get(storedKey(layout.blockEvents, heightPart(height)))
  }

  /** Clients ask for the transactions of one new block one after the other, so the last one decoded is kept. */
  #decodedBlock(height: number): Block {
    const known = this.#lastDecoded
    const hash = this.#sources.log.blockHash(height)
    if (known !== undefined && hash !== undefined && equalBytes(known.hash, hash)) return known.block
    const bytes = this.#sources.log.block(height)
    if (bytes === undefined || hash === undefined) {
      throw new UnknownHeightError(height, this.#sources.log.oldestHeight ?? 0, this.#sources.state().head.height)
    }
    const block = this.#sources.blockCodec.decode(bytes)
    this.#lastDecoded = { hash, block }
    return block
  }

  #assertKept(height: number): void {
    const { tree, head } = this.#sources.state()
    const newest = head.height
    if (height > newest || !tree.versionExists(height)) {
      throw new UnknownHeightError(height, tree.oldestVersion ?? 0, newest)
    }
  }
}
