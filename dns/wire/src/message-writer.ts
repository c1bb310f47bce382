import { readUint16, writeUint16, writeUint32 } from './integers.ts'
import { MAX_LABEL_BYTES, MAX_POINTER } from './limits.ts'
import { lowerCaseByte } from './name.ts'

/** Names remembered for compression; a message has few different ones, and the search is linear. */
const MAX_REMEMBERED_NAMES = 64

/** A place to return to when the next record does not fit. */
export interface WriterMark {
  readonly length: number
  readonly remembered: number
}

/**
 * Appends to one buffer up to `limit` bytes and compresses names (RFC 1035 section 4.1.4). Every `write…` returns false,
 * with the buffer's tail undefined, when the limit is reached: take a `mark` before and `rollback` after.
 */
export class MessageWriter {
  readonly bytes: Uint8Array
  length = 0
  #limit: number
  #remembered = 0
  readonly #offsets = new Uint16Array(MAX_REMEMBERED_NAMES)

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#limit = bytes.length
  }

  /** Empties the writer and sets how many bytes it may hold. */
  reset(limit: number): void {
    this.length = 0
    this.#remembered = 0
    this.#limit = Math.min(limit, this.bytes.length)
  }

  mark(): WriterMark {
    return { length: this.length, remembered: this.#remembered }
  }

  rollback(mark: WriterMark): void {
    this.length = mark.length
    this.#remembered = mark.remembered
  }

  hasRoom(bytes: number): boolean {
    return this.length + bytes <= this.#limit
  }

  writeUint16(value: number): boolean {
    if (!this.hasRoom(2)) return false
    writeUint16(this.bytes, this.length, value)
    this.length += 2
    return true
  }

  writeUint32(value: number): boolean {
    if (!this.hasRoom(4)) return false
    writeUint32(this.bytes, this.length, value)
    this.length += 4
    return true
  }

  /** Copies `source` from `start` to `end` as it is. */
  writeBytes(source: Uint8Array, start = 0, end = source.length): boolean {
    const size = end - start
    if (!this.hasRoom(size)) return false
    // Below some 50 bytes a loop is faster than making a view for `set`.
    if (size > 48) this.bytes.set(source.subarray(start, end), this.length)
    else for (let index = 0; index < size; index++) this.bytes[this.length + index] = source[start + index] as number
    this.length += size
    return true
  }

  /** Writes the name at `source[offset]`, ended by a pointer where its tail stands in the message already. */
  writeName(source: Uint8Array, offset = 0): boolean {
    // Only names that are complete: the one being written has no tail yet to compare with.
    const complete = this.#remembered
    let position = offset
    while (source[position] !== 0) {
      const target = this.#find(source, position, complete)
      if (target >= 0) return this.writeUint16(0xc000 | target)
      const size = 1 + (source[position] as number)
      if (!this.hasRoom(size)) return false
      this.#remember(this.length)
      for (let index = 0; index < size; index++) this.bytes[this.length + index] = source[position + index] as number
      this.length += size
      position += size
    }
    return this.#writeRoot()
  }

  /** Writes the name at `source[offset]` whole, for RDATA where RFC 3597 section 4 forbids compression. */
  writePlainName(source: Uint8Array, offset = 0): boolean {
    let end = offset
    while (source[end] !== 0) end += 1 + (source[end] as number)
    return this.writeBytes(source, offset, end + 1)
  }

  #writeRoot(): boolean {
    if (!this.hasRoom(1)) return false
    this.bytes[this.length] = 0
    this.length += 1
    return true
  }

  #remember(offset: number): void {
    if (this.#remembered === MAX_REMEMBERED_NAMES || offset > MAX_POINTER) return
    this.#offsets[this.#remembered] = offset
    this.#remembered += 1
  }

  #find(source: Uint8Array, offset: number, remembered: number): number {
    for (let index = 0; index < remembered; index++) {
      const candidate = this.#offsets[index] as number
      if (this.#equalsAt(candidate, source, offset)) return candidate
    }
    return -1
  }

  #equalsAt(candidate: number, source: Uint8Array, offset: number): boolean {
    const { bytes } = this
    let here = candidate
    let there = offset
    for (;;) {
      let size = bytes[here] as number
      while (size > MAX_LABEL_BYTES) {
        // Only this writer's own pointers are followed, and they point backwards.
        here = readUint16(bytes, here) & MAX_POINTER
        size = bytes[here] as number
      }
      if (size !== source[there]) return false
      if (size === 0) return true
      for (let index = 1; index <= size; index++) {
        if (lowerCaseByte(bytes[here + index] as number) !== lowerCaseByte(source[there + index] as number))
          return false
      }
      here += 1 + size
      there += 1 + size
    }
  }
}
