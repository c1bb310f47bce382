import { equalBytes } from '@cresset/core-codec'
import type { BlockContext } from '../block-context.ts'
import { codes, type Refusal } from '../codes.ts'
import {
  type Ballot,
  type Proposal,
  type ProposalOutcome,
  proposalEntry,
  proposalsEntry,
  type Voter,
  votesEntry,
} from '../entries/proposal.ts'
import type { LedgerParameters } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { type ChangeKind, changeKinds, type LedgerChange } from './change.ts'
import { applyChange, changeProblem } from './change-rules.ts'
import { membersOf, nodeOf } from './nodes.ts'
import { proposalsOf } from './open-proposals.ts'

/** Proposals that one block lets lapse. */
export const maxProposalsLapsed = 16

/** How many of an electorate must agree: more than the threshold of the change. */
export function votesNeeded(parameters: LedgerParameters, change: LedgerChange, electorate: number): number {
  return Math.floor((electorate * thresholdOf(parameters, change)) / 100) + 1
}

/** Of its kind. To change a threshold takes as many as it asks for itself, or fewer could lower it first; to change who votes, the most. */
function thresholdOf(parameters: LedgerParameters, { kind, body }: LedgerChange): number {
  const percentOf = (of: ChangeKind): number => parameters[thresholdName(of)]
  if (kind !== 'parameters') return percentOf(kind)
  const names = body.changes.map(({ name }) => name)
  const touched = changeKinds.filter((of) => names.includes(thresholdName(of)) || names.includes('votingLevel'))
  return Math.max(percentOf('parameters'), ...touched.map(percentOf))
}

/** The keys of zones, as those of nodes, are what others know the consortium by: one threshold is for both. */
export function thresholdName(kind: ChangeKind) {
  return `${kind === 'setZoneAnchors' ? 'setNodeKeys' : kind}ThresholdPercent` as const
}

function count(voters: readonly Voter[], ballot: Ballot): number {
  return voters.filter((voter) => voter.ballot === ballot).length
}

/** Writes what the voters have said, and ends the proposal if that decides it. */
export function decide(context: BlockContext, proposal: Proposal, voters: readonly Voter[]): void {
  const { state } = context
  const { number, change, needed } = proposal
  state.put(votesEntry, stateKeys.votes(number), { voters: [...voters] })
  const [yes, no] = [count(voters, 'yes'), count(voters, 'no')]
  // Who refused can still change his mind, but need not be waited for.
  const mayAgree = count(voters, 'none')
  const counted = { ...proposal, yes, no }
  if (yes >= needed) {
    const problem = changeProblem(context, change)
    endProposal(context, counted, problem === undefined ? 'passed' : 'failed', problem)
    if (problem === undefined) applyChange(context, change)
  } else if (yes + mayAgree < needed) {
    endProposal(context, counted, 'rejected')
  } else {
    state.put(proposalEntry, stateKeys.proposal(number), counted)
  }
}

function endProposal(
  { state, height, events }: BlockContext,
  proposal: Proposal,
  outcome: ProposalOutcome,
  problem?: Refusal,
): void {
  const { number } = proposal
  const code = problem === undefined ? undefined : codes[problem].number
  state.put(proposalEntry, stateKeys.proposal(number), { ...proposal, outcome, endedHeight: height, code })
  const { nextNumber, open } = proposalsOf(state)
  state.put(proposalsEntry, stateKeys.proposals, { nextNumber, open: open.filter((other) => other.number !== number) })
  events.push({ kind: 'proposalEnded', body: { proposal: number, outcome, code: problem } })
}

/**
 * A node that was removed has no say. It is found when somebody votes: a removal that looked through all open proposals would write
 * 40 MB at 1,024 nodes. Its id never comes back.
 */
export function withoutRemoved(state: StateOverlay, voters: readonly Voter[]): Voter[] {
  // Both lists are in the order of names, which never change: one walk finds who is in both.
  const members = membersOf(state)
  let at = 0
  const isNext = (node: Uint8Array): boolean => {
    const member = members[at]
    return member !== undefined && equalBytes(member.node, node)
  }
  return voters.map((voter) => {
    const { node, ballot } = voter
    if (ballot === 'left') return voter
    if (!isNext(node) && nodeOf(state, node) === undefined) return { node, ballot: 'left' }
    while (!isNext(node)) {
      if (at === members.length) throw new Error('invariant: voters stand in the order of the members')
      at++
    }
    at++
    return voter
  })
}

/** Ends what was not decided in its time, oldest first. */
export function lapseProposals(context: BlockContext): void {
  const { state, ledgerTimeMs } = context
  const due = proposalsOf(state).open.filter(({ endsLedgerMs }) => endsLedgerMs <= ledgerTimeMs)
  for (const { number } of due.slice(0, maxProposalsLapsed)) {
    endProposal(context, state.require(proposalEntry, stateKeys.proposal(number)), 'lapsed')
  }
}
