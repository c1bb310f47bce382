import { fewestMissing, powerOf } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { Presence, Standing } from '../interface/index.ts'
import { mayVote } from './draft.ts'
import { proposerOf } from './members.ts'
import type { Commit } from './messages.ts'
import type { State } from './state.ts'

/** Everybody repeats its messages of an undecided height: whoever missed so many repetitions is silent. */
const REPETITIONS = 4

/**
 * Who takes part in deciding the height, as this node sees it, and whether that can be enough. `inViewMs`: how long it is in its
 * view; without a quorum it goes to no further one.
 */
export function standingOf(state: State, linked: readonly number[], inViewMs: number): Standing {
  const { members, height, settings } = state
  const { set, self } = members
  const views = viewsHeard(state)
  const roots = stateRoots(state)
  const isLate = state.view > 0 && inViewMs >= REPETITIONS * settings.timing.repeatMs
  const presenceOf = (index: number): Presence => {
    if (index === self) return mayVote(state) ? 'voting' : 'abstaining'
    if (!linked.includes(index)) return 'unlinked'
    return isLate && (views.get(index) ?? 0) < state.view ? 'silent' : 'voting'
  }
  const validators = set.validators.map(({ nodeId, power }, index) => ({
    id: toHex(nodeId),
    power,
    presence: presenceOf(index),
    view: views.get(index),
    stateRoot: roots.get(index),
  }))
  const voting = validators.flatMap(({ presence }, index) => (presence === 'voting' ? [index] : []))
  const missing = validators.flatMap(({ presence, power }) => (presence === 'voting' ? [] : [power]))
  return { height, validators, mustReturn: fewestMissing(set.rule, powerOf(set, voting), missing, set.totalPower) }
}

/** Highest view of this height from which something of a validator came. */
function viewsHeard({ members, height, proposals, prepares, commits, viewChanges }: State): Map<number, number> {
  const heard = new Map<number, number>()
  const hear = (index: number, view: number): void => {
    heard.set(index, Math.max(view, heard.get(index) ?? 0))
  }
  for (const view of proposals.keys()) hear(proposerOf(members, height, view), view)
  for (const votes of [prepares, commits]) {
    for (const [view, voters] of votes) for (const index of voters.keys()) hear(index, view)
  }
  for (const [index, { view }] of viewChanges) hear(index, view)
  return heard
}

/** For the block with the most commit votes: the state root that each voter signed, and the one that this node computed. */
function stateRoots({ commits, candidates, members }: State): Map<number, string> {
  const votes = [...commits.values()].flatMap((voters): Commit[] => [...voters.values()])
  const votersOf = (hash: Uint8Array): number =>
    new Set(votes.flatMap((vote) => (equalBytes(vote.blockHash, hash) ? [vote.validatorIndex] : []))).size
  let most: Commit | undefined
  for (const vote of votes) {
    if (most === undefined || votersOf(vote.blockHash) > votersOf(most.blockHash)) most = vote
  }
  const roots = new Map<number, string>()
  if (most === undefined) return roots
  for (const vote of votes) {
    if (equalBytes(vote.blockHash, most.blockHash)) roots.set(vote.validatorIndex, toHex(vote.stateRoot))
  }
  const own = candidates.get(toHex(most.blockHash))?.roots?.stateRoot
  if (own !== undefined && members.self !== undefined) roots.set(members.self, toHex(own))
  return roots
}
