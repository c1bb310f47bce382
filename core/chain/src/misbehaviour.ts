import {
  type Codec,
  compareBytes,
  equalBytes,
  hash32,
  list,
  mapped,
  optional,
  struct,
  uint,
  uint32,
  uint53,
  versioned,
} from '@cresset/core-codec'
import { checkSignature, merkleRoot, type PublicKey, publicKeyCodec, signatureCodec } from '@cresset/core-crypto'
import { commitVoteBytes, prepareVoteBytes, proposalVoteBytes } from './votes.ts'

export const voteKinds = ['proposal', 'prepare', 'commit'] as const
export type VoteKind = (typeof voteKinds)[number]

/** One side of a contradiction. The roots stand only in commit votes. */
export interface VoteStatement {
  blockHash: Uint8Array
  stateRoot: Uint8Array | undefined
  receiptsRoot: Uint8Array | undefined
  signature: Uint8Array
}

/** Two signed votes of one key, kind, height and view that say different things: the only evidence there is. */
export interface Misbehaviour {
  kind: VoteKind
  validator: PublicKey
  height: number
  view: number
  /** `first` sorts before `second`, so that a contradiction has one encoding. */
  first: VoteStatement
  second: VoteStatement
}

const statementCodec: Codec<VoteStatement> = struct({
  blockHash: hash32,
  stateRoot: optional(hash32),
  receiptsRoot: optional(hash32),
  signature: signatureCodec,
})

const kindCodec: Codec<VoteKind> = mapped(
  uint(voteKinds.length - 1),
  (index) => voteKinds[index] as VoteKind,
  (kind) => voteKinds.indexOf(kind),
)

export const misbehaviourCodec: Codec<Misbehaviour> = versioned(1, {
  kind: kindCodec,
  validator: publicKeyCodec,
  height: uint53,
  view: uint32,
  first: statementCodec,
  second: statementCodec,
})

export const MAX_MISBEHAVIOURS_PER_BLOCK = 16
export const misbehaviourListCodec: Codec<Misbehaviour[]> = list(misbehaviourCodec, {
  maxItems: MAX_MISBEHAVIOURS_PER_BLOCK,
})

export function misbehaviourRoot(misbehaviours: readonly Misbehaviour[]): Uint8Array {
  return merkleRoot(misbehaviours.map((misbehaviour) => misbehaviourCodec.encode(misbehaviour)))
}

/** Puts the two sides in order. */
export function misbehaviourOf(
  vote: Pick<Misbehaviour, 'kind' | 'validator' | 'height' | 'view'>,
  one: VoteStatement,
  other: VoteStatement,
): Misbehaviour {
  const [first, second] = compareStatements(one, other) < 0 ? [one, other] : [other, one]
  const { kind, validator, height, view } = vote
  return { kind, validator, height, view, first, second }
}

/** Order by what was said; signatures do not count, because a key can sign one statement in many ways. */
function compareStatements(a: VoteStatement, b: VoteStatement): number {
  const none = new Uint8Array(0)
  return (
    compareBytes(a.blockHash, b.blockHash) ||
    compareBytes(a.stateRoot ?? none, b.stateRoot ?? none) ||
    compareBytes(a.receiptsRoot ?? none, b.receiptsRoot ?? none)
  )
}

/**
 * - `ok`: the holder of the key contradicted itself
 * - `malformed`: roots where the kind has none, or missing where it has them
 * - `no-contradiction`: both sides say the same, or stand in the wrong order
 * - `bad-signature`: a side was not signed by the key
 */
export type MisbehaviourCode = 'ok' | 'malformed' | 'no-contradiction' | 'bad-signature'

/** Says nothing of whose key it is: no honest key signs twice, in whatever set it was. The ledger knows its holder. */
export function checkMisbehaviour(misbehaviour: Misbehaviour, chainId: string): MisbehaviourCode {
  const { kind, validator, first, second } = misbehaviour
  for (const side of [first, second]) {
    const hasRoots = side.stateRoot !== undefined && side.receiptsRoot !== undefined
    const hasNone = side.stateRoot === undefined && side.receiptsRoot === undefined
    if (kind === 'commit' ? !hasRoots : !hasNone) return 'malformed'
  }
  if (compareStatements(first, second) >= 0) return 'no-contradiction'
  for (const side of [first, second]) {
    if (!checkSignature(validator, statementBytes(misbehaviour, side, chainId), side.signature)) return 'bad-signature'
  }
  return 'ok'
}

function statementBytes(misbehaviour: Misbehaviour, side: VoteStatement, chainId: string): Uint8Array {
  const { kind, height, view } = misbehaviour
  const vote = { height, view, blockHash: side.blockHash }
  if (kind === 'proposal') return proposalVoteBytes(chainId, vote)
  if (kind === 'prepare') return prepareVoteBytes(chainId, vote)
  const { stateRoot = new Uint8Array(0), receiptsRoot = new Uint8Array(0) } = side
  return commitVoteBytes(chainId, { ...vote, stateRoot, receiptsRoot })
}

/** Whether both accuse the same key of the same vote: one of them is enough. */
export function sameMisbehaviour(a: Misbehaviour, b: Misbehaviour): boolean {
  return a.kind === b.kind && a.height === b.height && a.view === b.view && equalBytes(a.validator, b.validator)
}
