import { equalBytes } from '@cresset/core-codec'
import { proposalEntry, votesEntry } from '../entries/proposal.ts'
import { changeDigest } from '../membership/change.ts'
import { nodeOfSigner } from '../membership/nodes.ts'
import { decide, withoutRemoved } from '../membership/proposals.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** A member's word on a proposal; while it is open he can say something else. */
export const vote: Operation<'vote'> = (context, prepared, { node: nodeId, proposal: number, change, isYes }) => {
  const { state, ledgerTimeMs } = context
  const node = nodeOfSigner(context, prepared, nodeId)
  if (typeof node === 'string') return node
  const proposal = state.get(proposalEntry, stateKeys.proposal(number))
  if (proposal === undefined) return 'proposal-unknown'
  if (proposal.outcome !== 'open' || proposal.endsLedgerMs <= ledgerTimeMs) return 'proposal-ended'
  if (!equalBytes(changeDigest(proposal.change), change)) return 'proposal-differs'
  const { voters } = state.require(votesEntry, stateKeys.votes(number))
  const place = voters.findIndex((voter) => equalBytes(voter.node, nodeId))
  const before = voters[place]?.ballot
  if (before === undefined) return 'not-in-electorate'
  const ballot = isYes ? 'yes' : 'no'
  if (before === ballot) return 'voted-before'

  context.events.push({ kind: 'voteCast', body: { proposal: number, node: nodeId, isYes } })
  decide(context, proposal, withoutRemoved(state, voters.with(place, { node: nodeId, ballot })))
  return 'ok'
}
