/** Copies of short values side by side in larger arrays: an array of its own costs several times as much as its bytes. */
export class BytePool {
  readonly #chunkBytes: number
  #chunk = new Uint8Array(0)
  #end = 0

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes
  }

  /** Copies the first `length` bytes, at most a chunk of them. */
  copy(source: Uint8Array, length: number): Uint8Array {
    if (this.#end + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(this.#chunkBytes)
      this.#end = 0
    }
    const at = this.#end
    const chunk = this.#chunk
    // A view of the source costs more than copying a short one byte by byte.
    if (length > 256) chunk.set(source.subarray(0, length), at)
    else for (let index = 0; index < length; index++) chunk[at + index] = source[index] as number
    this.#end = at + length
    return chunk.subarray(at, at + length)
  }
}
