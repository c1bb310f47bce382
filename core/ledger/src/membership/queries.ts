import { equalBytes } from '@cresset/core-codec'
import { zonesEntry } from '../entries/ledger.ts'
import { type Member, type NodeEntry, nodeEntry, validatorsEntry } from '../entries/node.ts'
import {
  type Proposal,
  type ProtocolEntry,
  proposalEntry,
  protocolEntry,
  type Voter,
  votesEntry,
} from '../entries/proposal.ts'
import { type Stake, stakeEntry } from '../entries/stake.ts'
import { type BlockPoint, readLedgerTime } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { membersOf } from './nodes.ts'
import { proposalsOf } from './open-proposals.ts'
import type { LedgerValidators } from './validators.ts'

/** All nodes by name, with level and id. */
export function readMembers(view: StateView): readonly Member[] {
  return membersOf(new StateOverlay(view))
}

/** Every node's entry, by name. */
export function readNodes(view: StateView): NodeEntry[] {
  const state = new StateOverlay(view)
  return membersOf(state).map(({ node }) => state.require(nodeEntry, stateKeys.node(node)))
}

export interface NodeView {
  readonly node: NodeEntry
  /** Its power in the newest set of validators; 0 when it is in none. */
  readonly power: number
  /** What it has staked; absent when it never did. */
  readonly stake: Stake | undefined
}

export interface NodesPage {
  /** Of all nodes. */
  readonly count: number
  /** By name. */
  readonly nodes: readonly NodeView[]
  /** `after` of the page that follows; absent at the end. */
  readonly next: string | undefined
}

/** Nodes by name: at most `limit` of those behind `after`. */
export function readNodesPage(
  view: StateView,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): NodesPage {
  const state = new StateOverlay(view)
  const members = membersOf(state)
  const rest = members.filter(({ name }) => after === undefined || name > after)
  const page = rest.slice(0, limit)
  const validators = newestSet(state)
  const nodes = page.map(({ node }) => viewOf(state, node, validators))
  return { count: members.length, nodes, next: rest.length > limit ? page.at(-1)?.name : undefined }
}

/** A node by its name, proven absent when there is none. */
export function readNodeNamed(view: StateView, name: string): NodeView | undefined {
  const state = new StateOverlay(view)
  const member = membersOf(state).find((candidate) => candidate.name === name)
  return member && viewOf(state, member.node, newestSet(state))
}

function newestSet(state: StateOverlay): LedgerValidators {
  const { next, afterNext } = state.require(validatorsEntry, stateKeys.validators)
  return afterNext ?? next
}

function viewOf(state: StateOverlay, id: Uint8Array, validators: LedgerValidators): NodeView {
  const { engine } = state.require(zonesEntry, stateKeys.zones)
  return {
    node: state.require(nodeEntry, stateKeys.node(id)),
    power: validators.find(({ nodeId }) => equalBytes(nodeId, id))?.power ?? 0,
    stake: engine === 'stake' ? state.get(stakeEntry, stateKeys.stake(id)) : undefined,
  }
}

export interface ProposalView {
  readonly proposal: Proposal
  /** Who may vote, and what each said. */
  readonly voters: readonly Voter[]
  readonly ledgerTimeMs: number
}

export function readProposal(view: StateView, number: number, at: BlockPoint): ProposalView | undefined {
  const state = new StateOverlay(view)
  const proposal = state.get(proposalEntry, stateKeys.proposal(number))
  if (proposal === undefined) return undefined
  const { voters } = state.require(votesEntry, stateKeys.votes(number))
  return { proposal, voters, ledgerTimeMs: readLedgerTime(view, at) }
}

export interface ProposalsPage {
  /** Of all proposals there were. */
  readonly count: number
  /** How many are open. */
  readonly open: number
  /** Newest first. */
  readonly proposals: readonly Proposal[]
  /** `before` of the page that follows; absent at the end. */
  readonly next: number | undefined
  readonly ledgerTimeMs: number
}

export interface ProposalsQuery {
  /** Only those with lower numbers. */
  readonly before?: number | undefined
  readonly limit: number
  readonly onlyOpen?: boolean
}

/** Proposals, newest first, proven complete. */
export function readProposals(view: StateView, at: BlockPoint, query: ProposalsQuery): ProposalsPage {
  const { before, limit, onlyOpen = false } = query
  const state = new StateOverlay(view)
  const { nextNumber, open } = proposalsOf(state)
  const highest = Math.min(before ?? nextNumber, nextNumber)
  const numbers = onlyOpen ? open.map(({ number }) => number) : undefined
  const rest =
    numbers?.filter((number) => number < highest).reverse() ??
    Array.from({ length: Math.min(highest - 1, limit + 1) }, (_, index) => highest - 1 - index)
  const page = rest.slice(0, limit)
  return {
    count: nextNumber - 1,
    open: open.length,
    proposals: page.map((number) => state.require(proposalEntry, stateKeys.proposal(number))),
    next: rest.length > limit ? page.at(-1) : undefined,
    ledgerTimeMs: readLedgerTime(view, at),
  }
}

/** Version of the rules, what is due, and how much money there is. */
export function readProtocol(view: StateView): ProtocolEntry {
  return new StateOverlay(view).require(protocolEntry, stateKeys.protocol)
}
