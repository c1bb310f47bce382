import { compareBytes } from '@cresset/core-codec'
import type { StateTree } from '@cresset/core-state-tree'
import type { SnapshotDescription } from '@cresset/network-consensus/interface'
import type { Head } from './head.ts'
import type { LedgerQueries } from './queries.ts'
import { blockChunkCodec, entriesChunkCodec, MAX_CHUNKS, partStart } from './snapshot-format.ts'

/** Blocks for which a version stays after its last chunk was read, so that a slow reader gets to the end. */
const HOLD_BLOCKS = 1_024
/** So many chunks' worth of entries are weighed, then the rest of the key space is taken to be alike. */
const WEIGHED_CHUNKS = 4

/** Gives out the state after the newest block in chunks. Nothing is copied beforehand: chunks are read from the kept version. */
export class SnapshotSource {
  readonly #state: () => { readonly tree: StateTree; readonly head: Head }
  readonly #queries: LedgerQueries
  readonly #chunkBytes: number
  readonly #parts = new Map<number, number>()
  #held: { readonly height: number; readonly untilHeight: number } | undefined

  /** `chunkBytes` is what a chunk should come to. */
  constructor(
    state: () => { readonly tree: StateTree; readonly head: Head },
    queries: LedgerQueries,
    chunkBytes: number,
  ) {
    this.#chunkBytes = chunkBytes
    this.#state = state
    this.#queries = queries
  }

  list(): SnapshotDescription[] {
    const { tree, head } = this.#state()
    if (head.height === 0) return []
    return [{ height: head.height, stateRoot: head.stateRoot, chunks: 1 + this.#partsAt(tree, head.height) }]
  }

  /** Undefined for a height or an index that there is not. */
  chunk(height: number, index: number): Uint8Array | undefined {
    const { tree, head } = this.#state()
    const stored = this.#queries.block(height)
    if (stored === undefined || !tree.versionExists(height)) return undefined
    this.#held = { height, untilHeight: head.height + HOLD_BLOCKS }
    if (index === 0) return blockChunkCodec.encode({ block: stored.block, certificate: stored.certificate })
    const parts = this.#partsAt(tree, height)
    if (!Number.isInteger(index) || index < 0 || index > parts) return undefined
    const end = partStart(index, parts)
    const entries: { key: Uint8Array; value: Uint8Array }[] = []
    for (const entry of tree.iterate(height, partStart(index - 1, parts))) {
      if (end !== undefined && compareBytes(entry.key, end) >= 0) break
      entries.push(entry)
    }
    return entriesChunkCodec.encode({ entries })
  }

  /** Versions from this height on must stay for who is reading; undefined when nobody is. */
  heldFrom(height: number): number | undefined {
    if (this.#held !== undefined && this.#held.untilHeight < height) this.#held = undefined
    return this.#held?.height
  }

  /** The same for all readers of a version: it follows from its first entries. */
  #partsAt(tree: StateTree, height: number): number {
    const known = this.#parts.get(height)
    if (known !== undefined) return known
    let bytes = 0
    let share = 1
    for (const { key, value } of tree.iterate(height)) {
      bytes += key.length + value.length
      if (bytes < WEIGHED_CHUNKS * this.#chunkBytes) continue
      share = (new DataView(key.buffer, key.byteOffset).getUint32(0) + 1) / 2 ** 32
      break
    }
    const parts = Math.min(MAX_CHUNKS - 1, Math.max(1, Math.ceil(bytes / share / this.#chunkBytes)))
    this.#parts.clear()
    this.#parts.set(height, parts)
    return parts
  }
}
