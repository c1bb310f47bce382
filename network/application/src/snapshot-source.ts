import type { StateTree } from '@cresset/core-state-tree'
import type { SnapshotDescription } from '@cresset/network-consensus/interface'
import type { Head } from './head.ts'
import type { LedgerQueries } from './queries.ts'
import { blockChunkCodec, type EntriesChunk, entriesChunkCodec, MAX_CHUNKS } from './snapshot-format.ts'

/** Blocks for which a version stays after its last chunk was read, so that a slow reader gets to the end. */
const HOLD_BLOCKS = 1_024
/** No reader makes a version stay longer, or the versions after it would fill the disk. */
const MAX_HOLD_BLOCKS = 16_384
/** So many chunks' worth of entries are weighed, then the rest of the key space is taken to be alike. */
const WEIGHED_CHUNKS = 4

/** A version of the state that somebody reads. */
interface Reading {
  readonly sinceHeight: number
  lastReadHeight: number
  /** First key of each chunk of entries, as far as it was read. */
  readonly starts: Uint8Array[]
}

/** Gives out the state after the newest block in chunks. Nothing is copied beforehand: chunks are read from the kept version. */
export class SnapshotSource {
  readonly #state: () => { readonly tree: StateTree; readonly head: Head }
  readonly #queries: LedgerQueries
  readonly #chunkBytes: number
  readonly #readings = new Map<number, Reading>()
  #estimate: { readonly height: number; readonly chunks: number } | undefined

  /** A chunk of entries is as long as this, and no longer than by one entry and its proof. */
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
    return [{ height: head.height, stateRoot: head.stateRoot, chunks: 1 + this.#entryChunksAt(tree, head.height) }]
  }

  /** Undefined for a height that is not kept or was not read while it was young, and for a chunk whose predecessor was not read. */
  chunk(height: number, index: number): Uint8Array | undefined {
    const { tree, head } = this.#state()
    const stored = this.#queries.block(height)
    if (stored === undefined || !tree.versionExists(height)) return undefined
    const known = this.#readings.get(height)
    if (known === undefined && head.height > height + HOLD_BLOCKS) return undefined
    const reading = known ?? newReading(head.height)
    const start = reading.starts[index - 1]
    if (index !== 0 && start === undefined) return undefined
    reading.lastReadHeight = head.height
    this.#readings.set(height, reading)
    if (start === undefined) return blockChunkCodec.encode({ block: stored.block, certificate: stored.certificate })
    const { chunk, next } = this.#read(tree, height, start)
    if (next !== undefined) reading.starts[index] = next
    return entriesChunkCodec.encode(chunk)
  }

  /** Versions from this height on must stay for who is reading; undefined when nobody is. */
  heldFrom(height: number): number | undefined {
    let lowest: number | undefined
    for (const [held, { sinceHeight, lastReadHeight }] of this.#readings) {
      if (height > Math.min(lastReadHeight + HOLD_BLOCKS, sinceHeight + MAX_HOLD_BLOCKS)) this.#readings.delete(held)
      else lowest = Math.min(held, lowest ?? held)
    }
    return lowest
  }

  /** The entries from a key on, and where those after them start. */
  #read(tree: StateTree, height: number, start: Uint8Array): { chunk: EntriesChunk; next: Uint8Array | undefined } {
    const entries: EntriesChunk['entries'] = []
    let bytes = 0
    for (const entry of tree.iterate(height, start)) {
      if (bytes >= this.#chunkBytes) {
        const last = entries.at(-1) as EntriesChunk['entries'][number]
        return { chunk: { entries, proof: tree.prove(last.key, height) }, next: entry.key }
      }
      entries.push(entry)
      bytes += entry.key.length + entry.value.length
    }
    return { chunk: { entries, proof: undefined }, next: undefined }
  }

  /** About so many chunks of entries, from the weight of the first ones: keys are digests and lie evenly. */
  #entryChunksAt(tree: StateTree, height: number): number {
    if (this.#estimate?.height === height) return this.#estimate.chunks
    let bytes = 0
    let share = 1
    for (const { key, value } of tree.iterate(height)) {
      bytes += key.length + value.length
      if (bytes < WEIGHED_CHUNKS * this.#chunkBytes) continue
      share = (new DataView(key.buffer, key.byteOffset).getUint32(0) + 1) / 2 ** 32
      break
    }
    const chunks = Math.min(MAX_CHUNKS - 1, Math.max(1, Math.ceil(bytes / share / this.#chunkBytes)))
    this.#estimate = { height, chunks }
    return chunks
  }
}

function newReading(height: number): Reading {
  return { sinceHeight: height, lastReadHeight: height, starts: [new Uint8Array(32)] }
}
