const FIRST_CHUNK_BYTES = 4 << 10
const LARGEST_CHUNK_BYTES = 64 << 10

/**
 * Room for many short records in few arrays. An array of its own for each record costs more than all else in a batch:
 * most of it in the garbage collector.
 */
export class ByteArena {
  /** Where the room last reserved is. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Bytes of all arrays together. */
  reservedBytes = 0
  #end = 0
  #nextChunkBytes = FIRST_CHUNK_BYTES

  /** Offset in `bytes` of room for so many zero bytes. */
  reserve(length: number): number {
    if (this.#end + length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(length, this.#nextChunkBytes))
      this.#end = 0
      this.reservedBytes += this.bytes.length
      this.#nextChunkBytes = Math.min(2 * this.#nextChunkBytes, LARGEST_CHUNK_BYTES)
    }
    const at = this.#end
    this.#end += length
    return at
  }
}

export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, length: number): void {
  if (length > 256) {
    target.set(source.subarray(from, from + length), at)
    return
  }
  // Faster for hashes and nodes than `set`, which needs a view of the source.
  for (let index = 0; index < length; index++) target[at + index] = source[from + index] as number
}
