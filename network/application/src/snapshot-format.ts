import { bytes, type Codec, hash32, list, optional, struct, versioned } from '@cresset/core-codec'
import { MAX_PROOF_BYTES, MAX_VALUE_BYTES } from '@cresset/core-state-tree'
import { snapshotLimits } from '@cresset/network-consensus/interface'

/*
 * A snapshot is the state after one block: chunk 0 is the block with its commit certificate, which makes the root final; the
 * further chunks hold all entries in the order of their keys. Where a chunk ends is counted in bytes, so nobody can make one
 * long by entries of his choice.
 */

export const { chunkBytes: MAX_CHUNK_BYTES, chunks: MAX_CHUNKS } = snapshotLimits

export const blockChunkCodec = versioned(1, {
  block: bytes({ maxBytes: MAX_CHUNK_BYTES - 65_536 }),
  certificate: bytes({ maxBytes: 65_000 }),
})

export interface EntriesChunk {
  entries: { readonly key: Uint8Array; readonly value: Uint8Array }[]
  /** Of the last entry under the certified root, so that each chunk can be checked; undefined in the last chunk. */
  proof: Uint8Array | undefined
}

export const entriesChunkCodec: Codec<EntriesChunk> = versioned(
  1,
  {
    entries: list(struct({ key: hash32, value: bytes({ maxBytes: MAX_VALUE_BYTES }) }), {
      minItems: 1,
      maxItems: Math.floor(MAX_CHUNK_BYTES / 34),
      maxBytes: MAX_CHUNK_BYTES - MAX_PROOF_BYTES - 32,
    }),
    proof: optional(bytes({ maxBytes: MAX_PROOF_BYTES })),
  },
  { maxBytes: MAX_CHUNK_BYTES },
)
