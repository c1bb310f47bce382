import { utf8 } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { Code } from '../codes.ts'
import { type NodeEntry, type NodeRole, nodeEntry, roleBitsOf } from '../entries/node.ts'
import { type Proposal, proposalEntry, proposalsEntry } from '../entries/proposal.ts'
import type { BlockResult } from '../execute-block.ts'
import { changeDigest, type LedgerChange, newNodeBytes, newNodeKeysBytes } from '../membership/change.ts'
import { stateKeys } from '../state-keys.ts'
import { keyPairFor, type Scenario } from './scenario.ts'

type ChangeOf<K extends LedgerChange['kind']> = Extract<LedgerChange, { kind: K }>

/** Keys of a node of the tests, by words. */
export function nodeKeysNamed(words: string): { identity: KeyPair; consensus: KeyPair; dns: KeyPair } {
  return {
    identity: keyPairFor(`${words} identity`),
    consensus: keyPairFor(`${words} consensus`),
    dns: keyPairFor(`${words} dns`),
  }
}

export function nodeIdNamed(words: string): Uint8Array {
  return accountOf(nodeKeysNamed(words).identity.publicKey)
}

export interface NewNodeOptions {
  roles?: NodeRole[]
  securityLevel?: number
  /** Words for its keys; by default its name. */
  keys?: string
  chainId?: string
}

/** Admission of a node whose keys have signed its entry. */
export function newNode(ledger: Scenario, nodeName: string, options: NewNodeOptions = {}): ChangeOf<'addNode'> {
  const { identity, consensus, dns } = nodeKeysNamed(options.keys ?? nodeName)
  const node = {
    nodeName,
    organization: `Organization of ${nodeName}`,
    roleBits: roleBitsOf(options.roles ?? ['transaction', 'domain']),
    securityLevel: options.securityLevel ?? 2,
    endpoints: {
      agreement: `${nodeName}.example:1`,
      api: `https://${nodeName}.example:2`,
      dns: `${nodeName}.example:3`,
    },
    identityKey: identity.publicKey,
    consensusKey: consensus.publicKey,
    tlsFingerprint: sha256(utf8(`${options.keys ?? nodeName} tls`)),
    dnsKeys: [dns.publicKey],
  }
  const message = newNodeBytes(options.chainId ?? ledger.chainId, node)
  return {
    kind: 'addNode',
    body: { ...node, proofs: [identity, consensus, dns].map((pair) => signSync(pair, message)) },
  }
}

/** Other keys for a node, which have signed; `change` is made before they sign. */
export function newKeys(
  ledger: Scenario,
  node: Uint8Array,
  words: string,
  change: Partial<{ identity: KeyPair; consensus: KeyPair; dns: KeyPair }> = {},
): ChangeOf<'setNodeKeys'> {
  const { identity, consensus, dns } = { ...nodeKeysNamed(words), ...change }
  const keys = {
    node,
    identityKey: identity.publicKey,
    consensusKey: consensus.publicKey,
    tlsFingerprint: sha256(utf8(`${words} tls`)),
    dnsKeys: [dns.publicKey],
  }
  const message = newNodeKeysBytes(ledger.chainId, keys)
  return {
    kind: 'setNodeKeys',
    body: { ...keys, proofs: [identity, consensus, dns].map((pair) => signSync(pair, message)) },
  }
}

export function nodeIn(ledger: Scenario, id: Uint8Array): NodeEntry | undefined {
  return ledger.read(nodeEntry, stateKeys.node(id))
}

export function proposalIn(ledger: Scenario, number: number): Proposal | undefined {
  return ledger.read(proposalEntry, stateKeys.proposal(number))
}

/** The number that the next proposal gets. */
export function nextProposal(ledger: Scenario): number {
  return ledger.read(proposalsEntry, stateKeys.proposals)?.nextNumber ?? 0
}

/** Proposed by a node, at alice's expense. */
export function propose(
  ledger: Scenario,
  identity: KeyPair,
  change: LedgerChange,
  node = accountOf(identity.publicKey),
): Code {
  return ledger.run('alice', { kind: 'propose', body: { node, change } }, { cosigners: [identity] })
}

/** A vote on what the proposal says. */
export function voteOn(
  ledger: Scenario,
  identity: KeyPair,
  proposal: number,
  isYes = true,
  node = accountOf(identity.publicKey),
): Code {
  const found = proposalIn(ledger, proposal)
  const change = found === undefined ? new Uint8Array(32) : changeDigest(found.change)
  return ledger.run('alice', { kind: 'vote', body: { node, proposal, change, isYes } }, { cosigners: [identity] })
}

/** Proposes and lets as many validators of genesis agree as are needed; the block that decided it. Throws when it does not pass. */
export function pass(
  ledger: Scenario,
  change: LedgerChange,
  voters: readonly KeyPair[] = ledger.validators,
): BlockResult {
  const number = nextProposal(ledger)
  const code = propose(ledger, voters[0] as KeyPair, change)
  if (code !== 'ok') throw new Error(`not proposed: ${code}`)
  for (const identity of voters.slice(1)) {
    if (proposalIn(ledger, number)?.outcome !== 'open') break
    const voted = voteOn(ledger, identity, number)
    if (voted !== 'ok') throw new Error(`not voted: ${voted}`)
  }
  const outcome = proposalIn(ledger, number)?.outcome
  if (outcome !== 'passed') throw new Error(`the proposal is ${outcome}`)
  return ledger.last as BlockResult
}
