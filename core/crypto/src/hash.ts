import { CodecError, concatBytes } from '@cresset/core-codec'
import { platform } from '#platform'

export const HASH_BYTES = 32

/** SHA-256 (FIPS 180-4) of the parts one after the other. Nothing marks where a part ends: see `taggedHash`. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = new Uint8Array(HASH_BYTES)
  platform.sha256Into(digest, 0, parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts))
  return digest
}

/** SHA-256 into the 32 bytes at `offset` of `output`, for callers that hash millions of times. */
export function sha256Into(output: Uint8Array, offset: number, input: Uint8Array): void {
  platform.sha256Into(output, offset, input)
}

const BYTE_STRING = 0x40
const TEXT_STRING = 0x60
const ARRAY = 0x80

function headLength(length: number): number {
  return length < 24 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5
}

function writeHead(target: Uint8Array, at: number, major: number, length: number): number {
  if (length < 24) {
    target[at++] = major | length
  } else if (length < 0x100) {
    target[at++] = major | 24
    target[at++] = length
  } else if (length < 0x1_0000) {
    target[at++] = major | 25
    target[at++] = length >>> 8
    target[at++] = length
  } else {
    target[at++] = major | 26
    target[at++] = length >>> 24
    target[at++] = length >>> 16
    target[at++] = length >>> 8
    target[at++] = length
  }
  return at
}

function listLength(texts: readonly string[], parts: readonly Uint8Array[]): number {
  let length = headLength(texts.length + parts.length)
  for (const text of texts) length += headLength(text.length) + text.length
  for (const part of parts) length += headLength(part.length) + part.length
  return length
}

/** Writes the CBOR array [text…, bytes…] at the start of `list`: by hand, because one precedes every hash and signature. */
function writeList(list: Uint8Array, texts: readonly string[], parts: readonly Uint8Array[]): void {
  let at = writeHead(list, 0, ARRAY, texts.length + parts.length)
  for (const text of texts) {
    at = writeHead(list, at, TEXT_STRING, text.length)
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit < 0x20 || unit > 0x7e) throw new CodecError('out-of-range', `tag ${JSON.stringify(text)} is not ASCII`)
      list[at++] = unit
    }
  }
  for (const part of parts) {
    at = writeHead(list, at, BYTE_STRING, part.length)
    list.set(part, at)
    at += part.length
  }
}

// An array of more than 64 bytes costs a microsecond to allocate, as much as two hashes; most hashed lists fit here.
const stage = new Uint8Array(1024)

/** SHA-256 of the deterministic CBOR array [tag, part…], so that no two lists of parts share a hash. Tags are ASCII. */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const texts = [tag]
  const length = listLength(texts, parts)
  const list = length <= stage.length ? stage : new Uint8Array(length)
  writeList(list, texts, parts)
  return sha256(list.subarray(0, length))
}

/**
 * The bytes that a signature covers: the deterministic CBOR array ["cresset/<kind>/v1", chain id, body]. A signature for one
 * kind or chain is none for another.
 */
export function signingBytes(kind: string, chainId: string, body: Uint8Array): Uint8Array {
  const texts = [`cresset/${kind}/v1`, chainId]
  const list = new Uint8Array(listLength(texts, [body]))
  writeList(list, texts, [body])
  return list
}
