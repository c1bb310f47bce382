import { equalBytes } from '@cresset/core-codec'
import { maxNodes } from '../entries/node.ts'
import {
  maxOpenProposals,
  maxOpenProposalsPerNode,
  type Proposal,
  proposalsEntry,
  type Voter,
} from '../entries/proposal.ts'
import { changeDigest } from '../membership/change.ts'
import { changeProblem } from '../membership/change-rules.ts'
import { electorateOf, membersOf, nodeOfSigner } from '../membership/nodes.ts'
import { proposalsOf } from '../membership/open-proposals.ts'
import { decide, votesNeeded } from '../membership/proposals.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** Puts a change to the vote. Whoever proposes agrees: its own vote counts at once. */
export const propose: Operation<'propose'> = (context, prepared, { node: nodeId, change }) => {
  const { state, parameters, ledgerTimeMs, height, events } = context
  const node = nodeOfSigner(context, prepared, nodeId)
  if (typeof node === 'string') return node
  if (node.securityLevel < parameters.votingLevel) return 'below-voting-level'
  const { nextNumber: number, open } = proposalsOf(state)
  const own = open.filter(({ proposer }) => equalBytes(proposer, nodeId)).length
  if (own >= maxOpenProposalsPerNode) return 'too-many-proposals'
  // A few cannot keep the others from proposing: everybody's first one has its place.
  if (open.length >= (own === 0 ? maxOpenProposals + maxNodes : maxOpenProposals)) return 'proposals-full'
  const problem = changeProblem(context, change)
  if (problem !== undefined) return problem

  const voters = electorateOf(membersOf(state), parameters.votingLevel).map(
    (member): Voter => ({ node: member.node, ballot: equalBytes(member.node, nodeId) ? 'yes' : 'none' }),
  )
  const proposal: Proposal = {
    number,
    proposer: nodeId,
    change,
    height,
    madeLedgerMs: ledgerTimeMs,
    endsLedgerMs: ledgerTimeMs + parameters.proposalWindowMs,
    electorate: voters.length,
    needed: votesNeeded(parameters, change, voters.length),
    yes: 0,
    no: 0,
    outcome: 'open',
    endedHeight: undefined,
    code: undefined,
  }
  const { endsLedgerMs, electorate, needed } = proposal
  state.put(proposalsEntry, stateKeys.proposals, {
    nextNumber: number + 1,
    open: [...open, { number, proposer: nodeId, endsLedgerMs }],
  })
  const digest = changeDigest(change)
  events.push({
    kind: 'proposalMade',
    body: { proposal: number, node: nodeId, change: digest, electorate, needed, endsLedgerMs },
  })
  decide(context, proposal, voters)
  return 'ok'
}
