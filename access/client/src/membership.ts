import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf, type Signer } from '@cresset/core-crypto'
import {
  type Action,
  changeDigest,
  type LedgerChange,
  type NodesPage,
  type NodeView,
  type ProposalsPage,
  type ProposalView,
  readNodeNamed,
  readNodes,
  readNodesPage,
  readProposal,
  readProposals,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'
import { ClientError } from './client-error.ts'
import type { ProvenReceipt } from './receipt.ts'
import { send } from './transactions.ts'

export interface NodesOptions {
  /** Name of the last node of the page before. */
  readonly after?: string | undefined
  readonly limit?: number
}

/** Nodes of the consortium by name, proven complete. */
export function listNodes(client: Client, { after, limit = 100 }: NodesOptions = {}): Promise<Proven<NodesPage>> {
  const query = new URLSearchParams({ limit: String(limit) })
  if (after !== undefined) query.set('after', after)
  return client.query((view) => readNodesPage(view, { after, limit }), `/v1/nodes?${query}`)
}

/** A node by its name; undefined, proven, when there is none. */
export function findNode(client: Client, name: string): Promise<Proven<NodeView | undefined>> {
  return client.query((view) => readNodeNamed(view, name), `/v1/nodes/${encodeURIComponent(name)}`)
}

/** Id of the node whose identity key this is. @throws ClientError `not-found` when it is no node's */
export async function nodeOfKey(client: Client, identityKey: Uint8Array): Promise<Uint8Array> {
  const { value: nodes } = await client.query((view) => readNodes(view), '/v1/nodes')
  const found = nodes.find((node) => equalBytes(node.identityKey, identityKey))
  if (found === undefined)
    throw new ClientError(
      'not-found',
      'node-unknown',
      `no node has the identity key of ${toHex(accountOf(identityKey))}`,
    )
  return found.id
}

export interface ProposalsOptions {
  readonly onlyOpen?: boolean
  /** Number of the last proposal of the page before. */
  readonly before?: number | undefined
  readonly limit?: number
}

/** Proposals, newest first, proven complete. */
export function listProposals(
  client: Client,
  { onlyOpen = false, before, limit = 20 }: ProposalsOptions = {},
): Promise<Proven<ProposalsPage>> {
  const query = new URLSearchParams({ limit: String(limit), open: String(onlyOpen) })
  if (before !== undefined) query.set('before', String(before))
  return client.query((view, at) => readProposals(view, at, { onlyOpen, before, limit }), `/v1/proposals?${query}`)
}

/** A proposal and the votes on it; undefined, proven, when there is none. */
export function findProposal(client: Client, number: number): Promise<Proven<ProposalView | undefined>> {
  return client.query((view, at) => readProposal(view, number, at), `/v1/proposals/${number}`)
}

/** Who speaks for a node: its identity key signs, the payer pays; they can be one. */
export interface MemberSigners {
  readonly payer: Signer
  readonly identity: Signer
}

export function signersOf({ payer, identity }: MemberSigners): Signer[] {
  return equalBytes(payer.publicKey, identity.publicKey) ? [payer] : [payer, identity]
}

export interface Proposed {
  readonly sent: ProvenReceipt
  readonly number: number
}

/** Puts a change to the vote in the name of the node with this identity key. */
export async function proposeChange(client: Client, signers: MemberSigners, change: LedgerChange): Promise<Proposed> {
  const node = await nodeOfKey(client, signers.identity.publicKey)
  const sent = await send(client, signersOf(signers), { kind: 'propose', body: { node, change } })
  return { sent, number: proposalNumberOf(sent) }
}

/** The number that a proposal got, from its receipt. */
export function proposalNumberOf({ receipt }: ProvenReceipt): number {
  for (const { kind, body } of receipt.events) if (kind === 'proposalMade') return body.proposal
  throw new Error('invariant: the receipt of a proposal names it')
}

/** The vote of a node on a change that was looked at: under the proposal's number nothing else can be voted for. */
export function voteAction(
  node: Uint8Array,
  proposal: number,
  change: LedgerChange,
  isYes: boolean,
): Extract<Action, { kind: 'vote' }> {
  return { kind: 'vote', body: { node, proposal, change: changeDigest(change), isYes } }
}
