import { asciiText, type Decoded, hash32, uint16, uint53, versioned } from '@cresset/core-codec'
import { merkleRoot, sha256, taggedHash } from '@cresset/core-crypto'

/** Rules that a block is executed under. A node that does not know the number stops before the block. */
export const PROTOCOL_VERSION = 1

/** Longest chain id: a label, a dash, 16 hex digits. */
export const MAX_CHAIN_ID_BYTES = 80

/** State and receipts roots are not in here: quorum engines certify them in the commit votes of the same height. */
export const headerCodec = versioned(1, {
  protocolVersion: uint16,
  chainId: asciiText({ minBytes: 1, maxBytes: MAX_CHAIN_ID_BYTES }),
  height: uint53,
  /** Block time, strictly above the parent's. */
  timeMs: uint53,
  /** Account of the one who made the block; it earns, whoever proposes it again after a view change. */
  proposer: hash32,
  /** Hash of the block before; of height 1: the genesis digest. */
  parentHash: hash32,
  transactionsRoot: hash32,
  misbehaviourRoot: hash32,
  /** Set that decides this height. */
  validatorsHash: hash32,
  /** Set that decides the next height. */
  nextValidatorsHash: hash32,
})

export type Header = Decoded<typeof headerCodec>

export function blockHash(header: Header): Uint8Array {
  return taggedHash('cresset/header/v1', headerCodec.encode(header))
}

/** Merkle root over the transactions' ids, which are SHA-256 of their complete encodings. */
export function transactionsRoot(transactions: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(transactions.map((transaction) => sha256(transaction)))
}
