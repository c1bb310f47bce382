import {
  amount,
  type Decoded,
  hash32,
  list,
  mapped,
  optional,
  struct,
  uint,
  uint16,
  uint32,
  uint53,
} from '@cresset/core-codec'
import { changeCodec } from '../membership/change.ts'
import { type EntryType, entryType } from './entry-type.ts'
import { maxNodes } from './node.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Proposals that a node can have open at once. */
export const maxOpenProposalsPerNode = 4
/** Open proposals in all, but a node that has none open can always make one. */
export const maxOpenProposals = 64
/** More than all nodes' first proposals beside those. */
const mostOpenProposals = maxOpenProposals + 2 * maxNodes

const openProposal = struct({ number: uint53, proposer: hash32, endsLedgerMs: uint53 })
const proposalsFields = {
  /** Of the next proposal; the first is 1. */
  nextNumber: uint53,
  /** By number. */
  open: list(openProposal, { maxItems: mostOpenProposals }),
}
export type OpenProposal = Decoded<typeof openProposal>
/** What is being voted on. */
export type Proposals = Values<typeof proposalsFields>
export const proposalsEntry: EntryType<Proposals> = entryType('proposals', proposalsFields)

/**
 * - `open`: it is being voted on
 * - `passed`: enough agreed, and it acts
 * - `rejected`: so many refused that it could not pass any more
 * - `lapsed`: its time ended before enough agreed
 * - `failed`: enough agreed when it had become impossible; `code` says why
 */
export const proposalOutcomes = ['open', 'passed', 'rejected', 'lapsed', 'failed'] as const
export type ProposalOutcome = (typeof proposalOutcomes)[number]
export const outcomeCodec = mapped(
  uint(proposalOutcomes.length - 1),
  (index) => proposalOutcomes[index] as ProposalOutcome,
  (outcome) => proposalOutcomes.indexOf(outcome),
)

const proposalFields = {
  number: uint53,
  /** Node. */
  proposer: hash32,
  change: changeCodec,
  /** Block that holds it. */
  height: uint53,
  madeLedgerMs: uint53,
  /** From this ledger time on nobody votes. */
  endsLedgerMs: uint53,
  /** How many may vote, and how many of them must agree: fixed when it was made. */
  electorate: uint32,
  needed: uint32,
  yes: uint32,
  no: uint32,
  outcome: outcomeCodec,
  /** Block in which it ended. */
  endedHeight: optional(uint53),
  /** Number of the code for which it failed. */
  code: optional(uint16),
}
/** Kept for ever. */
export type Proposal = Values<typeof proposalFields>
export const proposalEntry: EntryType<Proposal> = entryType('proposal', proposalFields)

/** `left`: the node was removed before another one voted, and what it had voted does not count. */
export const ballots = ['none', 'yes', 'no', 'left'] as const
export type Ballot = (typeof ballots)[number]
const ballotCodec = mapped(
  uint(ballots.length - 1),
  (index) => ballots[index] as Ballot,
  (ballot) => ballots.indexOf(ballot),
)
const voterCodec = struct({ node: hash32, ballot: ballotCodec })
const votesFields = { voters: list(voterCodec, { minItems: 1, maxItems: maxNodes }) }

export type Voter = Decoded<typeof voterCodec>
/** Who may vote on a proposal, in the order of their names when it was made, and how they voted. Kept for ever. */
export type Votes = Values<typeof votesFields>
export const votesEntry: EntryType<Votes> = entryType('votes', votesFields)

const upgradeCodec = struct({ version: uint32, height: uint53 })
const protocolFields = {
  /** Of the rules that hold from the next block on. */
  version: uint32,
  /** The rules that hold from this height on; absent when no change is due. */
  upgrade: optional(upgradeCodec),
  /** All money: what genesis gave and votes issued. */
  supply: amount,
}
export type Upgrade = Decoded<typeof upgradeCodec>
export type ProtocolEntry = Values<typeof protocolFields>
export const protocolEntry: EntryType<ProtocolEntry> = entryType('protocol', protocolFields)
