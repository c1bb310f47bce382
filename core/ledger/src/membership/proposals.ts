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
import type { ChangeKind } from './change.ts'
import { applyChange, changeProblem } from './change-rules.ts'
import { proposalsOf } from './open-proposals.ts'

/** Proposals that one block lets lapse. */
export const maxProposalsLapsed = 16

/** How many of an electorate must agree: more than the threshold of the kind. */
export function votesNeeded(parameters: LedgerParameters, kind: ChangeKind, electorate: number): number {
  return Math.floor((electorate * parameters[`${kind}ThresholdPercent`]) / 100) + 1
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
    // It ends first: a removal looks at the proposals that are still open.
    endProposal(context, counted, problem === undefined ? 'passed' : 'failed', problem)
    if (problem !== undefined) return
    applyChange(context, change)
    if (change.kind === 'removeNode') withdrawVotes(context, change.body.node)
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

/** A node that is removed has no say in what is still open. */
export function withdrawVotes(context: BlockContext, node: Uint8Array): void {
  const { state } = context
  for (const { number } of proposalsOf(state).open) {
    const { voters } = state.require(votesEntry, stateKeys.votes(number))
    if (!voters.some((voter) => equalBytes(voter.node, node))) continue
    const left = voters.map((voter) => (equalBytes(voter.node, node) ? { node, ballot: 'left' as const } : voter))
    decide(context, state.require(proposalEntry, stateKeys.proposal(number)), left)
  }
}

/** Ends what was not decided in its time, oldest first. */
export function lapseProposals(context: BlockContext): void {
  const { state, ledgerTimeMs } = context
  const due = proposalsOf(state).open.filter(({ endsLedgerMs }) => endsLedgerMs <= ledgerTimeMs)
  for (const { number } of due.slice(0, maxProposalsLapsed)) {
    endProposal(context, state.require(proposalEntry, stateKeys.proposal(number)), 'lapsed')
  }
}
