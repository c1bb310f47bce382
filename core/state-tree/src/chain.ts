import { type ByteArena, copyBytes } from './byte-arena.ts'
import { BRANCH_TAG, Branch, branchBytes, type Chain, LEAF_PREIMAGE_BYTES, LEAF_TAG, Leaf } from './node.ts'
import { positionAt, RECORD_KEY_BYTES } from './place.ts'
import { StateTreeError } from './state-tree-error.ts'

/*
 * A changed entry makes new nodes all the way up to the root, so new nodes are stored by chains: each one a child of the
 * next, from a leaf upwards as far as no other chain takes the branch over. One record holds a chain:
 *
 *   number of nodes − 1 (1 byte) ‖ nodes from the highest to the lowest
 *
 * A thousand changes among a million entries are 1,000 records instead of 11,000 nodes. And a record has one end: whenever
 * a node leaves the tree, everything above it in its chain has left before or leaves with it, so a record is obsolete
 * exactly when its lowest node is. Only lowest nodes are listed as replaced.
 */

/** The record of a chain, in the arena. */
export function encodeChain({ nodes }: Chain, arena: ByteArena): Uint8Array {
  let length = 1
  for (const node of nodes) length += bytesOf(node)
  const start = arena.reserve(length)
  const { bytes } = arena
  bytes[start] = nodes.length - 1
  let at = start + 1
  for (let position = nodes.length - 1; position >= 0; position--) {
    const node = nodes[position] as Leaf | Branch
    copyBytes(bytes, at, node.bytes, node.at, bytesOf(node))
    at += bytesOf(node)
  }
  return bytes.subarray(start, at)
}

function bytesOf(node: Leaf | Branch): number {
  return node instanceof Leaf ? node.end - node.at : node.recordBytes
}

/**
 * The node at the place that stands at `placeAt` in `places`, from its record, with the nodes below it in the chain
 * hanging on it. Throws StateTreeError `damaged`.
 */
export function readChain(record: Uint8Array, places: Uint8Array, placeAt: number): Leaf | Branch {
  const wanted = positionAt(places, placeAt)
  const nodes = (record[0] ?? 0) + 1
  if (wanted >= nodes) throw new StateTreeError('damaged', 'a stored chain is shorter than its use')
  let at = 1
  for (let position = nodes - 1; position > wanted; position--) at = endOfBranch(record, at)
  let top: Leaf | Branch | undefined
  let above: Branch | undefined
  for (let position = wanted; position >= 0; position--) {
    let node: Leaf | Branch
    if (record[at] === LEAF_TAG && position === 0 && record.length - at >= LEAF_PREIMAGE_BYTES) {
      node = new Leaf(record, at, record.length)
    } else {
      const end = endOfBranch(record, at)
      node = new Branch(record, at, -1)
      at = end
      if (position === 0 && at !== record.length) throw new StateTreeError('damaged', 'bytes follow a stored chain')
    }
    if (above === undefined) top = node
    else if (isAt(above, 0, places, placeAt, position)) above.left = node
    else above.right = node
    above = node instanceof Branch ? node : undefined
  }
  return top as Leaf | Branch
}

function endOfBranch(record: Uint8Array, at: number): number {
  const end = at + branchBytes(record[at + 1] ?? 0)
  if (record[at] !== BRANCH_TAG || end > record.length) {
    throw new StateTreeError('damaged', 'a stored node is neither leaf nor branch')
  }
  return end
}

/** Whether a child of `branch` is at this position of the record that `places` names. */
function isAt(branch: Branch, side: 0 | 1, places: Uint8Array, placeAt: number, position: number): boolean {
  const childAt = branch.placeAt(side)
  if (positionAt(branch.bytes, childAt) !== position) return false
  for (let index = 0; index < RECORD_KEY_BYTES; index++) {
    if (branch.bytes[childAt + index] !== places[placeAt + index]) return false
  }
  return true
}
