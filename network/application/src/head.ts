import { type Decoded, hash32, optional, uint53, versioned } from '@cresset/core-codec'

/** The newest committed block, as it is stored. At height 0 there is no block; the time is genesis'. */
export const headCodec = versioned(1, {
  height: uint53,
  timeMs: uint53,
  blockHash: optional(hash32),
  stateRoot: hash32,
})

export type Head = Decoded<typeof headCodec>
