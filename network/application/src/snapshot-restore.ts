import {
  type Block,
  blockHash,
  bodyMatchesHeader,
  chainIdOf,
  checkCommitCertificate,
  commitCertificateCodec,
  type Genesis,
  type Header,
  type ValidatorSet,
  validatorsHash,
} from '@cresset/core-chain'
import { type Codec, CodecError, equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { kindOfEntry, nameEntry, offersEntry } from '@cresset/core-ledger'
import { type Change, type StateTree, TreePrefix } from '@cresset/core-state-tree'
import type { SnapshotDescription, SnapshotTrust } from '@cresset/network-consensus/interface'
import { BlockLog, type Store, type Write } from '@cresset/network-storage'
import { type Head, headCodec } from './head.ts'
import { nameIndexWrites } from './indexes.ts'
import { offerIndexWrites } from './offer-index.ts'
import { headKey, openTree, restoringKey } from './opening.ts'
import { blockChunkCodec, entriesChunkCodec, MAX_CHUNK_BYTES, MAX_CHUNKS } from './snapshot-format.ts'
import { clearState } from './stored-state.ts'
import { changeWrites, setWrite, storedChange } from './validator-history.ts'
import { setsAhead } from './validator-sets.ts'

/**
 * - `accept`: go on with the next chunk; `done`: restored
 * - `malformed`: not a chunk of this form, or entries out of order
 * - `wrong-chunk`: not the next one
 * - `not-final`: the block's certificate does not make this root final
 * - `too-much`: so many entries for so few heights and chunks that they would have to be held in memory
 * - `wrong-validators`: the state has other validators than its block names
 * - `wrong-root`: the entries so far are not those under the certified root; everything was thrown away
 */
export type ChunkCode =
  | 'accept'
  | 'done'
  | 'malformed'
  | 'wrong-chunk'
  | 'not-final'
  | 'wrong-root'
  | 'too-much'
  | 'wrong-validators'

/** What the certificate promises, and the writes that make it the newest block. */
interface Certified {
  readonly head: Head
  readonly header: Header
  readonly certificate: Uint8Array
  readonly writes: readonly Write[]
}

const DELETES_A_BATCH = 20_000

/** Of keys and values held for one version. */
export interface GatheredBytes {
  /** With so many a version is written: each is flushed, which takes as long for several chunks as for one. */
  readonly enough: number
  /** An honest state has as many chunks for each of its heights only while it is young. */
  readonly atMost: number
}
const gatheredBytes: GatheredBytes = { enough: 4 * 1_048_576, atMost: 256 * 1_048_576 }

/** Builds a state from a snapshot, chunk by chunk, each durable. Nothing of it counts before the root is the certified one. */
export class SnapshotRestore {
  readonly #store: Store
  readonly #genesis: Genesis
  readonly #blockCodec: Codec<Block>
  readonly #description: SnapshotDescription
  readonly #trust: SnapshotTrust
  #next = 0
  /** All entries so far, also those gathered. */
  readonly #prefix = new TreePrefix()
  #tree: StateTree | undefined
  #certified: Certified | undefined
  /** Entries that go into the same version as the next chunk's. */
  #gathered: Change[] = []
  #gatheredBytes = 0
  readonly #limits: GatheredBytes

  constructor(
    store: Store,
    genesis: Genesis,
    blockCodec: Codec<Block>,
    description: SnapshotDescription,
    trust: SnapshotTrust,
    limits: GatheredBytes = gatheredBytes,
  ) {
    this.#limits = limits
    this.#store = store
    this.#genesis = genesis
    this.#blockCodec = blockCodec
    this.#description = description
    this.#trust = trust
  }

  static isPossible({ height, stateRoot, chunks }: SnapshotDescription): boolean {
    return Number.isSafeInteger(height) && height > 0 && stateRoot.length === 32 && chunks >= 2 && chunks <= MAX_CHUNKS
  }

  async apply(index: number, chunk: Uint8Array): Promise<ChunkCode> {
    if (index !== this.#next) return 'wrong-chunk'
    if (chunk.length > MAX_CHUNK_BYTES) return 'malformed'
    try {
      const code = index === 0 ? await this.#begin(chunk) : await this.#takeEntries(index, chunk)
      if (code === 'accept') this.#next++
      return code
    } catch (error) {
      if (error instanceof CodecError) return 'malformed'
      throw error
    }
  }

  /** The block and its certificate: what the entries will have to come to. */
  async #begin(chunk: Uint8Array): Promise<ChunkCode> {
    const { block: encodedBlock, certificate: encodedCertificate } = blockChunkCodec.decode(chunk)
    const block = this.#blockCodec.decode(encodedBlock)
    const certificate = commitCertificateCodec.decode(encodedCertificate)
    const { header } = block
    const { height, stateRoot } = this.#description
    const set = this.#trust.validators
    const chainId = chainIdOf(this.#genesis)
    const hash = blockHash(header)
    const isFinal =
      header.height === height &&
      header.chainId === chainId &&
      certificate.height === height &&
      bodyMatchesHeader(block) &&
      equalBytes(certificate.blockHash, hash) &&
      equalBytes(certificate.stateRoot, stateRoot) &&
      equalBytes(header.validatorsHash, validatorsHash(set)) &&
      checkCommitCertificate(certificate, set, chainId) === 'ok'
    if (!isFinal) return 'not-final'
    const logged = new BlockLog(this.#store).appendWrites({
      height,
      blockHash: hash,
      block: encodedBlock,
      certificate: encodedCertificate,
      transactionIds: [],
      receipts: [],
      changedNames: [],
    })
    const head = { height, timeMs: header.timeMs, blockHash: hash, stateRoot }
    this.#certified = { head, header, certificate: encodedCertificate, writes: logged }
    await this.#store.write([{ key: restoringKey, value: Uint8Array.of(1) }])
    await clearState(this.#store)
    // Nothing is read of it before it is whole.
    this.#tree = openTree(this.#store, 0)
    return 'accept'
  }

  async #takeEntries(index: number, chunk: Uint8Array): Promise<ChunkCode> {
    const { entries, proof } = entriesChunkCodec.decode(chunk)
    for (const { key, value } of entries) if (!this.#prefix.add(key, value)) return 'malformed'
    // A liar is found out at his first lie, before any of it is kept.
    const { stateRoot } = this.#description
    const isTrue =
      proof === undefined ? equalBytes(this.#prefix.root, stateRoot) : this.#prefix.begins(stateRoot, proof)
    if (!isTrue) return 'wrong-root'
    for (const { key, value } of entries) this.#gatheredBytes += key.length + value.length
    if (this.#gatheredBytes > this.#limits.atMost) return 'too-much'
    // One by one: there can be more than a call takes arguments.
    for (const entry of entries) this.#gathered.push(entry)
    const isLast = proof === undefined
    const version = isLast ? this.#description.height : this.#versionOf(index)
    // Versions are heights, of which a young ledger has fewer than chunks.
    const hasVersion = version < Math.min(this.#versionOf(index + 1), this.#description.height)
    if (!isLast && (!hasVersion || this.#gatheredBytes < this.#limits.enough)) return 'accept'
    const tree = this.#tree as StateTree
    const update = tree.update(version, this.#gathered)
    const indexes = this.#gathered.flatMap(({ value }) => indexesOf(value as Uint8Array))
    this.#gathered = []
    this.#gatheredBytes = 0
    await this.#store.write([...update.writes, ...indexes])
    tree.applied(update)
    return isLast ? await this.#finish(tree) : 'accept'
  }

  async #finish(tree: StateTree): Promise<ChunkCode> {
    const { head, header, writes } = this.#certified as Certified
    const sets = setsAhead(tree, this.#genesis.engine)
    if (!equalBytes(validatorsHash(sets.next), header.nextValidatorsHash)) return 'wrong-validators'
    // Steps on the way are no states of the ledger.
    for (let old = tree.prune(head.height, { maxNodes: DELETES_A_BATCH }); old.length > 0; ) {
      await this.#store.write(old)
      old = tree.prune(head.height, { maxNodes: DELETES_A_BATCH })
    }
    await this.#store.write([
      ...writes,
      ...this.#trust.changes.flatMap(storedChange),
      setWrite(this.#trust.validators),
      setWrite(sets.next),
      ...this.#ownChange(sets.next),
      { key: headKey, value: headCodec.encode(head) },
      { key: restoringKey, value: undefined },
    ])
    return 'done'
  }

  /** The block itself may name other validators for the next height. */
  #ownChange(nextValidators: ValidatorSet): Write[] {
    const { header, certificate } = this.#certified as Certified
    if (equalBytes(header.validatorsHash, header.nextValidatorsHash)) return []
    return changeWrites(header, certificate, { validators: this.#trust.validators, nextValidators })
  }

  /** The number of chunks is an estimate: versions that run out before the chunks leave the rest to the last one. */
  #versionOf(index: number): number {
    const { height, chunks } = this.#description
    return chunks < height ? Math.min(index, height) : Math.min(height, Math.floor((index * height) / chunks))
  }
}

/** The indexes follow from events that are not in a snapshot; what they hold is in the entries of names and offers too. */
function indexesOf(value: Uint8Array): Write[] {
  try {
    // Most entries are of other kinds, which nobody needs to read.
    const kind = kindOfEntry(value)
    if (kind === 'offers') {
      const { name, offers } = offersEntry.codec.decode(value)
      return offerIndexWrites(name, offers)
    }
    if (kind !== 'name') return []
    const { name, registration } = nameEntry.codec.decode(value)
    return registration === undefined ? [] : nameIndexWrites(name, accountOf(registration.primaryKey))
  } catch (error) {
    // What is none: only the root, at the end, tells that the entries are the ledger's.
    if (error instanceof CodecError) return []
    throw error
  }
}
