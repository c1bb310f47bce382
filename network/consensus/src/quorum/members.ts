import { faultyPower, indexOfKey, proposerIndex, type ValidatorSet, validatorsHash } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import type { PeerId } from '../interface/index.ts'

/** The validators of a height and what messages ask of them, computed once for each set. */
export interface Members {
  readonly set: ValidatorSet
  readonly hash: Uint8Array
  /** Own index; undefined for a node without a vote in this set. */
  readonly self: number | undefined
  /** Node of each validator, by index, and back. Links have the names of nodes, votes have indexes. */
  readonly peers: readonly PeerId[]
  readonly indexOfPeer: ReadonlyMap<PeerId, number>
  /** So much power of others holds at least one honest validator. */
  readonly witnessPower: number
}

export function membersOf(set: ValidatorSet, ownKey: PublicKey | undefined): Members {
  const peers = set.validators.map(({ nodeId }) => toHex(nodeId))
  return {
    set,
    hash: validatorsHash(set),
    self: ownKey === undefined ? undefined : indexOfKey(set, ownKey),
    peers,
    indexOfPeer: new Map(peers.map((peer, index) => [peer, index])),
    witnessPower: faultyPower(set.rule, set.totalPower) + 1,
  }
}

/** The known members of this set, or new ones: sets seldom change, and their hashes are not computed again. */
export function membersAgain(known: readonly Members[], set: ValidatorSet, ownKey: PublicKey | undefined): Members {
  const same = known.find((members) => members.set === set)
  if (same !== undefined) return same
  const members = membersOf(set, ownKey)
  return known.find(({ hash }) => equalBytes(hash, members.hash)) ?? members
}

export function proposerOf(members: Members, height: number, view: number): number {
  return proposerIndex(members.set, height, view)
}
