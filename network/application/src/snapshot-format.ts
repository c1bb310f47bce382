import { bytes, type Codec, hash32, list, struct, versioned } from '@cresset/core-codec'
import { MAX_VALUE_BYTES } from '@cresset/core-state-tree'
import { snapshotLimits } from '@cresset/network-consensus/interface'

/*
 * A snapshot is the state after one block: chunk 0 is the block with its commit certificate, which makes the root final; each
 * further chunk holds the entries whose keys lie in one of equal parts of the key space, in order. Keys are digests, so
 * equal parts hold about equally much, and a chunk can be read without the ones before it.
 */

export const { chunkBytes: MAX_CHUNK_BYTES, chunks: MAX_CHUNKS } = snapshotLimits

export const blockChunkCodec = versioned(1, {
  block: bytes({ maxBytes: MAX_CHUNK_BYTES - 65_536 }),
  certificate: bytes({ maxBytes: 65_000 }),
})

interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export const entriesChunkCodec: Codec<{ entries: Entry[] }> = versioned(
  1,
  {
    entries: list(struct({ key: hash32, value: bytes({ maxBytes: MAX_VALUE_BYTES }) }), {
      maxItems: Math.floor(MAX_CHUNK_BYTES / 34),
      maxBytes: MAX_CHUNK_BYTES - 16,
    }),
  },
  { maxBytes: MAX_CHUNK_BYTES },
)

/** First key of part `index` of `parts`; `parts` itself gives the end of the key space. */
export function partStart(index: number, parts: number): Uint8Array | undefined {
  const leading = Math.ceil((index * 2 ** 32) / parts)
  if (leading >= 2 ** 32) return undefined
  const key = new Uint8Array(32)
  new DataView(key.buffer).setUint32(0, leading)
  return key
}
