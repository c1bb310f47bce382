import { type Codec, hash32, struct, uint32, uint53 } from '@cresset/core-codec'
import { signingBytes } from '@cresset/core-crypto'

/** What each signature of agreement covers besides its kind's tag and the chain id. */
export interface BlockVote {
  readonly height: number
  readonly view: number
  readonly blockHash: Uint8Array
}

/** Cast after execution: a certificate of these proves block, state and receipts at once. */
export interface CommitVote extends BlockVote {
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
}

const blockVoteCodec: Codec<{ height: number; view: number; blockHash: Uint8Array }> = struct({
  height: uint53,
  view: uint32,
  blockHash: hash32,
})
const commitVoteCodec = struct({
  height: uint53,
  view: uint32,
  blockHash: hash32,
  stateRoot: hash32,
  receiptsRoot: hash32,
})

/** Signed by a view's proposer: this block, fresh or prepared before, is my one proposal of the view. */
export function proposalVoteBytes(chainId: string, vote: BlockVote): Uint8Array {
  return signingBytes('proposal', chainId, blockVoteCodec.encode(vote))
}

export function prepareVoteBytes(chainId: string, vote: BlockVote): Uint8Array {
  return signingBytes('prepare', chainId, blockVoteCodec.encode(vote))
}

export function commitVoteBytes(chainId: string, vote: CommitVote): Uint8Array {
  return signingBytes('commit', chainId, commitVoteCodec.encode(vote))
}
