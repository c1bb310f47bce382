import { CodecError } from './codec-error.ts'
import type { Item } from './item.ts'

const UINT = 0x00
const BYTE_STRING = 0x40
const TEXT_STRING = 0x60
const ARRAY = 0x80
const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6
const MAX_HEAD_BYTES = 9
/** A unit of UTF-16 takes at most so many bytes of UTF-8. */
const MAX_UNIT_BYTES = 3
const FIRST_BYTES = 16_384
/** More is for one long item, such as a part of a snapshot, and is not kept for the short ones. */
const MOST_KEPT_BYTES = 4 * 1_048_576
/** Texts up to this length are written unit by unit as long as they are ASCII: most are names and tags. */
const SHORT_TEXT = 64

const utf8 = new TextEncoder()

/**
 * Writes items in the deterministic encoding of RFC 8949 section 4.2.1 into one array that stays and grows: every hash, vote and
 * check of an encoding goes through here. The six types of items are all there is, so the general encoder of the library is not needed.
 */
export class ItemWriter {
  #target = new Uint8Array(FIRST_BYTES)
  #at = 0

  /** The encoding. Valid until the next call. Throws CodecError for what is no item. */
  write(item: Item): Uint8Array {
    this.#at = 0
    if (this.#target.length > MOST_KEPT_BYTES) this.#target = new Uint8Array(FIRST_BYTES)
    this.#item(item)
    return this.#target.subarray(0, this.#at)
  }

  #item(item: Item): void {
    if (typeof item === 'number') this.#number(item)
    else if (item instanceof Uint8Array) {
      this.#head(BYTE_STRING, item.length)
      this.#reserve(item.length)
      this.#target.set(item, this.#at)
      this.#at += item.length
    } else if (Array.isArray(item)) {
      this.#head(ARRAY, item.length)
      for (let index = 0; index < item.length; index++) this.#item(item[index] as Item)
    } else if (typeof item === 'string') this.#text(item)
    else if (typeof item === 'bigint') this.#big(item)
    else {
      this.#reserve(1)
      this.#target[this.#at++] = simple(item)
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new CodecError('out-of-range', `${value} is not an unsigned integer`)
    this.#head(UINT, value)
  }

  #big(value: bigint): void {
    if (value <= Number.MAX_SAFE_INTEGER) {
      this.#number(Number(value))
      return
    }
    if (value >= 2n ** 64n) throw new CodecError('out-of-range', `${value} is over 64 bits`)
    this.#reserve(MAX_HEAD_BYTES)
    this.#target[this.#at++] = UINT | 27
    this.#word(Number(value >> 32n))
    this.#word(Number(value & 0xffff_ffffn))
  }

  #text(text: string): void {
    if (text.length <= SHORT_TEXT) {
      const start = this.#at
      this.#head(TEXT_STRING, text.length)
      this.#reserve(text.length)
      let index = 0
      for (; index < text.length; index++) {
        const unit = text.charCodeAt(index)
        if (unit >= 0x80) break
        this.#target[this.#at++] = unit
      }
      if (index === text.length) return
      this.#at = start
    }
    this.#reserve(MAX_HEAD_BYTES + text.length * MAX_UNIT_BYTES)
    // The length in bytes is known afterwards; the head, which depends on it, stands before.
    const bytes = utf8.encode(text)
    this.#head(TEXT_STRING, bytes.length)
    this.#target.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #head(major: number, value: number): void {
    this.#reserve(MAX_HEAD_BYTES)
    const target = this.#target
    if (value < 24) target[this.#at++] = major | value
    else if (value < 0x100) {
      target[this.#at++] = major | 24
      target[this.#at++] = value
    } else if (value < 0x1_0000) {
      target[this.#at++] = major | 25
      target[this.#at++] = value >>> 8
      target[this.#at++] = value
    } else if (value < 0x1_0000_0000) {
      target[this.#at++] = major | 26
      this.#word(value)
    } else {
      target[this.#at++] = major | 27
      this.#word(Math.floor(value / 0x1_0000_0000))
      this.#word(value % 0x1_0000_0000)
    }
  }

  /** 32 bits, big endian. */
  #word(value: number): void {
    const target = this.#target
    target[this.#at++] = value >>> 24
    target[this.#at++] = value >>> 16
    target[this.#at++] = value >>> 8
    target[this.#at++] = value
  }

  #reserve(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#target.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#target.length))
    larger.set(this.#target.subarray(0, this.#at))
    this.#target = larger
  }
}

function simple(item: boolean | null): number {
  if (item === null) return NULL
  if (item === true) return TRUE
  if (item === false) return FALSE
  throw new CodecError('wrong-type', `${typeof item} is not an item`)
}
