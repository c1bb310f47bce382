import assert from 'node:assert/strict'

/** Blocks are whole numbers of this many bytes, so that the first words of a block are aligned. */
const GRANULE_BYTES = 16
/** Room for a small change in a copy. */
const SPARE_BYTES = 65_536
/** The greatest block: an RRset that fills a message, and its header. */
export const MAX_BLOCK_BYTES = 65_536 + 2 * GRANULE_BYTES

/**
 * Variable-sized blocks in one growing buffer, with a list of free blocks per size, so that a million RRsets are a handful of
 * objects for the garbage collector. Offsets stay valid when the buffer grows; views do not.
 */
export class ByteArena {
  bytes: Uint8Array
  /** The same memory as 32-bit words in the machine's order: word index = offset / 4. */
  words: Uint32Array
  /** Offset 0 stands for "none", so the first granule is never handed out. */
  #used = GRANULE_BYTES
  readonly #freeBySize = new Uint32Array(MAX_BLOCK_BYTES / GRANULE_BYTES + 1)

  constructor(initialBytes: number) {
    const buffer = new ArrayBuffer(roundUp(initialBytes))
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
  }

  /** The same blocks at the same offsets, in memory of its own. */
  copy(): ByteArena {
    const copy = new ByteArena(this.#used + SPARE_BYTES)
    copy.bytes.set(this.bytes.subarray(0, this.#used))
    copy.#used = this.#used
    copy.#freeBySize.set(this.#freeBySize)
    return copy
  }

  /** Bytes taken from the buffer, free blocks included. */
  get usedBytes(): number {
    return this.#used
  }

  /** Offset of a block of at least `size` bytes with undefined content. */
  allocate(size: number): number {
    assert(size > 0 && size <= MAX_BLOCK_BYTES, 'block size out of range')
    const blockBytes = roundUp(size)
    const sizeClass = blockBytes / GRANULE_BYTES
    const free = this.#freeBySize[sizeClass] as number
    if (free !== 0) {
      this.#freeBySize[sizeClass] = this.words[free >>> 2] as number
      return free
    }
    const offset = this.#used
    if (offset + blockBytes > this.bytes.length) this.#grow(offset + blockBytes)
    this.#used = offset + blockBytes
    return offset
  }

  /** Gives back a block that was allocated with this `size`. */
  free(offset: number, size: number): void {
    const sizeClass = roundUp(size) / GRANULE_BYTES
    this.words[offset >>> 2] = this.#freeBySize[sizeClass] as number
    this.#freeBySize[sizeClass] = offset
  }

  #grow(neededBytes: number): void {
    const grown = roundUp(Math.max(neededBytes, Math.min(this.bytes.length * 2, this.bytes.length + 2 ** 28)))
    assert(grown < 2 ** 32, 'offsets have 32 bits')
    const buffer = new ArrayBuffer(grown)
    const bytes = new Uint8Array(buffer)
    bytes.set(this.bytes)
    this.bytes = bytes
    this.words = new Uint32Array(buffer)
  }
}

function roundUp(size: number): number {
  return Math.ceil(size / GRANULE_BYTES) * GRANULE_BYTES
}
