import {
  type AdvanceResult,
  advanceTrust,
  type Genesis,
  type Trust,
  trustFromGenesis,
  trustFromHeader,
} from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { ClientError, notVerified } from './client-error.ts'
import type { NodeConnection } from './http.ts'
import { readChanges, readLightBlock } from './light-blocks.ts'
import { describeRefusal } from './refusals.ts'

const changesOfRequest = 256
/** Headers fetched for one question; a ledger whose validators changed more often is caught up with by several. */
const maxHeaders = 512

/**
 * Moves trust over the headers below `target` at which the validators changed, so that what the target's validators signed can be
 * checked. The farthest is tried first; while too few of its validators are known, one half as far. What was walked stays true
 * whatever comes after, so `keep` gets each step.
 * @throws ClientError `not-verified` when the node's headers do not follow from the trust
 */
export async function walkBelow(
  node: NodeConnection,
  trust: Trust,
  target: number,
  nowMs: number,
  keep: (trust: Trust) => void = () => {},
): Promise<Trust> {
  let current = trust
  let left = maxHeaders
  /** Changes to try to pass at once: twice as many as the last time, because what stays together once tends to again. */
  let reach = Number.MAX_SAFE_INTEGER
  for (;;) {
    const query = `after=${current.height}&before=${target}&limit=${changesOfRequest}`
    const answer = await node.get(`/v1/validator-changes?${query}`)
    let heights = readChanges(answer, current.height, target, changesOfRequest)
    if (heights.length === 0) return current
    while (heights.length > 0) {
      let index = Math.min(reach, heights.length) - 1
      for (;;) {
        if (left-- === 0)
          throw notVerified('too-many-headers', `${node.address} names more changes of validators than can be followed`)
        const height = heights[index] as number
        const result = await advanceTo(node, current, height, nowMs)
        if (result.code === 'ok') {
          current = result.trust
          keep(current)
          break
        }
        // The nearest change is signed by the trusted set itself, or the node lies.
        if (result.code !== 'too-little-overlap' || index === 0)
          throw describeRefusal(result, current, `header ${height} of ${node.address}`)
        index >>= 1
      }
      heights = heights.slice(index + 1)
      reach = 2 * (index + 1)
    }
  }
}

async function advanceTo(node: NodeConnection, trust: Trust, height: number, nowMs: number): Promise<AdvanceResult> {
  const block = readLightBlock(await node.get(`/v1/headers/${height}`), trust.validators.rule)
  if (block.header.height !== height)
    throw notVerified('wrong-height', `${node.address} gave another header than ${height}`)
  return advanceTrust(trust, block, nowMs)
}

/** A height and its block hash, from a person and not from the node that is asked. */
export interface TrustPin {
  readonly height: number
  readonly blockHash: Uint8Array
}

/** Trust in a given block hash: the header comes from any node, for only one header has the hash. @throws ClientError */
export async function fetchTrust(node: NodeConnection, genesis: Genesis, pin: TrustPin): Promise<Trust> {
  const answer = await node.get(`/v1/headers/${pin.height}`).catch((error: unknown) => {
    // Another node may have been there longer, or be further.
    if (!(error instanceof ClientError) || error.kind !== 'not-found') throw error
    throw new ClientError('unreachable', 'no-header', `${node.address} gives no header ${pin.height}: ${error.message}`)
  })
  const { rule } = trustFromGenesis(genesis).validators
  const { header, nextValidators } = readLightBlock(answer, rule)
  const result = trustFromHeader(genesis, pin, header, nextValidators)
  if (result.code === 'ok') return result.trust
  throw notVerified(
    result.code,
    `${node.address} has no block ${toHex(pin.blockHash).slice(0, 16)}… at height ${pin.height} of this ledger: ${result.code}`,
  )
}
