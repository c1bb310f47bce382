import { type Block, blockHash, type Genesis, genesisDigest } from '@cresset/core-chain'
import { type Codec, equalBytes } from '@cresset/core-codec'
import type { Application } from '../interface/index.ts'
import type { Parent } from './height.ts'
import { decodeBlock } from './verify.ts'

/** Where an engine goes on: the last committed block and its encoded certificate. */
export interface LastBlock {
  readonly parent: Parent
  /** None at height 0. */
  readonly certificate: Uint8Array | undefined
}

/** Reads the block log and checks it against what the application says of itself. Throws when they contradict each other. */
export function lastBlockOf(application: Application, genesis: Genesis, codec: Codec<Block>): LastBlock {
  const { height, blockHash: expected } = application.info()
  if (height === 0) {
    return { parent: { height, hash: genesisDigest(genesis), timeMs: genesis.timeMs }, certificate: undefined }
  }
  const stored = application.storedBlock(height)
  const block = stored === undefined ? undefined : decodeBlock(stored.block, codec)
  if (block === undefined) throw new Error(`block ${height} is missing from the block log`)
  const hash = blockHash(block.header)
  if (expected === undefined || !equalBytes(hash, expected)) {
    throw new Error(`block ${height} in the block log is not the one that the state was made by`)
  }
  return { parent: { height, hash, timeMs: block.header.timeMs }, certificate: stored?.certificate }
}
