import { compareBytes, encodeItem, equalBytes, type Item } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem, signingBytes, taggedHash } from '@cresset/core-crypto'
import { codeNumbers, type NaiveCode } from './codes.ts'
import type { NaiveEvent } from './receipt.ts'
import type { BlockPlace, Outcome } from './registrations.ts'
import { type NaiveParameters, type NaiveState, pay } from './state.ts'
import type { NaiveBody, NaiveChange, NaiveTransaction } from './transaction.ts'
import { anchorsProblem, setAnchors } from './zone-keys.ts'

/** docs/protocol/ledger.md, "Members". */

export interface NaiveNode {
  id: Uint8Array
  name: string
  organization: string
  roles: number
  level: number
  endpoints: { agreement: string; api: string; dns: string }
  identityKey: Uint8Array
  consensusKey: Uint8Array
  tls: Uint8Array
  dnsKeys: Uint8Array[]
  isValidator: boolean
  admitted: number
  height: number
}

export interface NaiveValidator {
  key: Uint8Array
  node: Uint8Array
  account: Uint8Array
}

export interface NaiveProposal {
  number: number
  proposer: Uint8Array
  change: NaiveChange
  height: number
  made: number
  ends: number
  needed: number
  voters: { node: Uint8Array; ballot: number }[]
  outcome: number
  ended: number | undefined
  code: number | undefined
}

const [none, yes, no, left] = [0, 1, 2, 3]
const [open, passed, rejected, lapsed, failed] = [0, 1, 2, 3, 4]
const transactionRole = 1
const domainRole = 2
const mostMoney = 2n ** 63n - 1n

/** Rows that a vote can change, with their ranges; 400 days, and so on, in milliseconds. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  depositRateQuanta: [0n, 1_000_000n],
  depositRatePeriodMs: [1_000n, 34_560_000_000n],
  nameTermMs: [0n, 315_360_000_000n],
  feeEveryBlocks: [10n, 1_000_000n],
  transactionFeeBase: [0n, 1_000_000_000_000n],
  transactionFeePerByte: [0n, 1_000_000_000n],
  nameNodesSharePercent: [0n, 100n],
  votingLevel: [0n, 15n],
  minTtlSeconds: [0n, 604_800n],
  maxTtlSeconds: [1n, 604_800n],
  revealWindowMs: [1_000n, 604_800_000n],
  bond: [0n, mostMoney],
  maxOpenSealsWithoutBond: [1n, 64n],
  graceMs: [0n, 34_560_000_000n],
  releaseDelayMs: [0n, 34_560_000_000n],
  unbondingMs: [60_000n, 315_360_000_000n],
  proposalWindowMs: [1_000n, 34_560_000_000n],
  slashPercent: [0n, 100n],
}
for (const kind of [
  'addNode',
  'removeNode',
  'setNodeKeys',
  'setNodeProperties',
  'validatorIn',
  'validatorOut',
  'parameters',
  'issueMoney',
  'upgrade',
])
  (ranges as Record<string, readonly [bigint, bigint]>)[`${kind}ThresholdPercent`] = [50n, 99n]

/** What members vote on, as the digest and the proofs cover it. */
export function changeItem(change: NaiveChange): Item {
  const { kind, body } = change
  switch (kind) {
    case 'addNode':
      return [1, [...newNodeItems(body), body.proofs]]
    case 'removeNode':
      return [2, [body.node]]
    case 'setNodeKeys':
      return [3, [...newKeysItems(body), body.proofs]]
    case 'setNodeProperties':
      return [4, [body.node, body.roles, body.level, endpointItem(body.endpoints)]]
    case 'validatorIn':
      return [5, [body.node]]
    case 'validatorOut':
      return [6, [body.node]]
    case 'parameters':
      return [7, [body.changes.map(({ name, value }) => [name, value])]]
    case 'issueMoney':
      return [8, [body.to, body.amount]]
    case 'upgrade':
      return [9, [body.version, body.height]]
    case 'setZoneAnchors':
      return [10, [body.zone, body.anchors]]
  }
}

type ChangeOf<K extends NaiveChange['kind']> = Extract<NaiveChange, { kind: K }>['body']
type NewNode = Omit<ChangeOf<'addNode'>, 'proofs'>
type NewKeys = Omit<ChangeOf<'setNodeKeys'>, 'proofs'>

export function endpointItem({ agreement, api, dns }: NaiveNode['endpoints']): Item {
  return [agreement, api, dns]
}

function newNodeItems(node: NewNode): Item[] {
  const { name, organization, roles, level, endpoints, identityKey, consensusKey, tls, dnsKeys } = node
  return [name, organization, roles, level, endpointItem(endpoints), identityKey, consensusKey, tls, dnsKeys]
}

function newKeysItems({ node, identityKey, consensusKey, tls, dnsKeys }: NewKeys): Item[] {
  return [node, identityKey, consensusKey, tls, dnsKeys]
}

export function newNodeText(chainId: string, node: NewNode): Uint8Array {
  return signingBytes('node-entry', chainId, encodeItem([1, ...newNodeItems(node)]))
}

export function newKeysText(chainId: string, keys: NewKeys): Uint8Array {
  return signingBytes('node-keys', chainId, encodeItem([1, ...newKeysItems(keys)]))
}

export function digestOf(change: NaiveChange): Uint8Array {
  return taggedHash('cresset/change/v1', encodeItem(changeItem(change)))
}

/** What a block may change of the rules: it holds from the next one on. */
export interface NextRules {
  parameters: NaiveParameters
}

interface Place extends BlockPlace {
  readonly p: NaiveParameters
  readonly next: NextRules
  /** Zones that can be signed. */
  readonly signedZones: readonly string[]
}

const find = (state: NaiveState, id: Uint8Array): NaiveNode | undefined =>
  state.nodes.find((node) => equalBytes(node.id, id))

function speaker(state: NaiveState, { signers }: NaiveTransaction, id: Uint8Array): NaiveNode | NaiveCode {
  const node = find(state, id)
  if (node === undefined) return 'node-unknown'
  return signers.some((key) => equalBytes(key, node.identityKey)) ? node : 'node-key-not-signer'
}

export function propose(
  state: NaiveState,
  body: NaiveBody<'propose'>,
  transaction: NaiveTransaction,
  at: Place,
): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const node = speaker(state, transaction, body.node)
  if (typeof node === 'string') return refuse(node)
  if (node.level < at.p.votingLevel) return refuse('below-voting-level')
  const running = state.proposals.filter(({ outcome }) => outcome === open)
  const own = running.filter(({ proposer }) => equalBytes(proposer, node.id)).length
  if (own >= 4) return refuse('too-many-proposals')
  if (running.length >= (own > 0 ? 64 : 1_088)) return refuse('proposals-full')
  const wrong = problemOf(state, body.change, at)
  if (wrong !== undefined) return refuse(wrong)
  const electorate = byName(state.nodes).filter(({ level }) => level >= at.p.votingLevel)
  const threshold = thresholdOf(body.change, at.p)
  const proposal: NaiveProposal = {
    number: state.proposals.length + 1,
    proposer: node.id,
    change: body.change,
    height: at.height,
    made: at.now,
    ends: at.now + at.p.proposalWindowMs,
    needed: Math.floor((electorate.length * threshold) / 100) + 1,
    voters: electorate.map(({ id }) => ({ node: id, ballot: equalBytes(id, node.id) ? yes : none })),
    outcome: open,
    ended: undefined,
    code: undefined,
  }
  state.proposals.push(proposal)
  const { number, needed, ends } = proposal
  const events: NaiveEvent[] = [
    {
      kind: 'proposalMade',
      body: {
        proposal: number,
        node: node.id,
        change: digestOf(body.change),
        electorate: electorate.length,
        needed,
        ends,
      },
    },
  ]
  decide(state, proposal, at, events)
  return { code: 'ok', events }
}

/** Of its kind; of a change of thresholds the greatest of them too; of the level, the greatest of all. */
function thresholdOf({ kind, body }: NaiveChange, p: NaiveParameters): number {
  const table = p as unknown as Record<string, number>
  const own = Number(table[`${kind === 'setZoneAnchors' ? 'setNodeKeys' : kind}ThresholdPercent`])
  if (kind !== 'parameters') return own
  const all = Object.keys(table).filter((name) => name.endsWith('ThresholdPercent'))
  const changesLevel = body.changes.some(({ name }) => name === 'votingLevel')
  const asked = changesLevel ? all : all.filter((row) => body.changes.some(({ name }) => name === row))
  return asked.reduce((most, name) => Math.max(most, Number(table[name])), own)
}

export function vote(state: NaiveState, body: NaiveBody<'vote'>, transaction: NaiveTransaction, at: Place): Outcome {
  const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })
  const node = speaker(state, transaction, body.node)
  if (typeof node === 'string') return refuse(node)
  const proposal = state.proposals[body.proposal - 1]
  if (proposal === undefined) return refuse('proposal-unknown')
  if (proposal.outcome !== open || proposal.ends <= at.now) return refuse('proposal-ended')
  if (!equalBytes(digestOf(proposal.change), body.change)) return refuse('proposal-differs')
  const voter = proposal.voters.find((candidate) => equalBytes(candidate.node, node.id))
  if (voter === undefined) return refuse('not-in-electorate')
  const ballot = body.isYes ? yes : no
  if (voter.ballot === ballot) return refuse('voted-before')
  voter.ballot = ballot
  for (const other of proposal.voters) if (find(state, other.node) === undefined) other.ballot = left
  const events: NaiveEvent[] = [
    { kind: 'voteCast', body: { proposal: proposal.number, node: node.id, isYes: body.isYes } },
  ]
  decide(state, proposal, at, events)
  return { code: 'ok', events }
}

export function countOf(proposal: NaiveProposal, ballot: number): number {
  return proposal.voters.filter((voter) => voter.ballot === ballot).length
}

function decide(state: NaiveState, proposal: NaiveProposal, at: Place, events: NaiveEvent[]): void {
  const agree = countOf(proposal, yes)
  if (agree >= proposal.needed) {
    const wrong = problemOf(state, proposal.change, at)
    end(proposal, wrong === undefined ? passed : failed, at.height, events, wrong)
    if (wrong === undefined) make(state, proposal.change, at, events)
  } else if (agree + countOf(proposal, none) < proposal.needed) end(proposal, rejected, at.height, events)
}

function end(proposal: NaiveProposal, outcome: number, height: number, events: NaiveEvent[], wrong?: NaiveCode): void {
  const code = wrong === undefined ? undefined : codeNumbers[wrong]
  Object.assign(proposal, { outcome, ended: height, code })
  events.push({ kind: 'proposalEnded', body: { proposal: proposal.number, outcome, code } })
}

/** Step 8: at most 16 whose time is over. */
export function lapse(state: NaiveState, { now, height }: { now: number; height: number }): NaiveEvent[] {
  const events: NaiveEvent[] = []
  const due = state.proposals.filter(({ outcome, ends }) => outcome === open && ends <= now)
  for (const proposal of due.slice(0, 16)) end(proposal, lapsed, height, events)
  return events
}

export function byName(nodes: readonly NaiveNode[]): NaiveNode[] {
  return [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Who votes on blocks two blocks from now: all nodes that are validators, by key. */
export function validatorsNow(state: NaiveState): NaiveValidator[] {
  return state.nodes
    .filter(({ isValidator }) => isValidator)
    .map(({ consensusKey, id, identityKey }) => ({ key: consensusKey, node: id, account: accountOf(identityKey) }))
    .sort((a, b) => compareBytes(a.key, b.key))
}

function isEndpoint(text: string): boolean {
  const at = text.lastIndexOf(':')
  const [host, port] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 0 || !/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535) return false
  return /^\[[0-9a-f:]{2,45}\]$/.test(host) || /^[a-z0-9.-]{1,253}$/.test(host)
}

function propertiesProblem(
  { roles, level, endpoints }: Pick<NaiveNode, 'roles' | 'level' | 'endpoints'>,
  p: NaiveParameters,
): NaiveCode | undefined {
  if (roles === 0) return 'node-without-role'
  if (level >= p.securityLevels) return 'security-level-unknown'
  const [, api] = /^https?:\/\/(.*)$/.exec(endpoints.api) ?? []
  const isGood = api !== undefined && [endpoints.agreement, api, endpoints.dns].every(isEndpoint)
  return isGood ? undefined : 'endpoint-bad'
}

type Keys = Pick<NaiveNode, 'identityKey' | 'consensusKey' | 'tls' | 'dnsKeys'>

/** Identity 0, consensus 1, TLS 2, DNS 3. */
export function keyRows({ identityKey, consensusKey, tls, dnsKeys }: Keys): { hash: Uint8Array; use: number }[] {
  return [
    { hash: accountOf(identityKey), use: 0 },
    { hash: accountOf(consensusKey), use: 1 },
    { hash: tls, use: 2 },
    ...dnsKeys.map((key) => ({ hash: accountOf(key), use: 3 })),
  ]
}

function keysProblem(
  state: NaiveState,
  keys: Keys & { proofs: Uint8Array[] },
  text: Uint8Array,
  before: NaiveNode | undefined,
): NaiveCode | undefined {
  const signing = [keys.identityKey, keys.consensusKey, ...keys.dnsKeys]
  if (signing.some((key) => publicKeyProblem(key) !== undefined)) return 'node-key-bad'
  if (keys.consensusKey[0] !== 1) return 'consensus-key-type'
  const rows = keyRows(keys)
  for (const [index, { hash, use }] of rows.entries()) {
    if (rows.slice(0, index).some((other) => equalBytes(other.hash, hash))) return 'node-key-twice'
    const isKept = before !== undefined && keyRows(before).some((own) => own.use === use && equalBytes(own.hash, hash))
    if (!isKept && state.nodeKeys.some((known) => equalBytes(known.hash, hash))) return 'node-key-taken'
  }
  const isProven =
    keys.proofs.length === signing.length &&
    signing.every((key, index) => checkSignature(key, text, keys.proofs[index] as Uint8Array))
  return isProven ? undefined : 'node-key-proof-bad'
}

const isSame = (a: Item, b: Item): boolean => equalBytes(encodeItem(a), encodeItem(b))
const voting = (nodes: readonly NaiveNode[], p: NaiveParameters): number =>
  nodes.filter(({ level }) => level >= p.votingLevel).length
const isFit = ({ roles, level }: Pick<NaiveNode, 'roles' | 'level'>, p: NaiveParameters): boolean =>
  (roles & transactionRole) !== 0 && level >= p.votingLevel

function problemOf(
  state: NaiveState,
  { kind, body }: NaiveChange,
  { chainId, height, next, signedZones }: Place,
): NaiveCode | undefined {
  const p = next.parameters
  const others = 'node' in body ? state.nodes.filter(({ id }) => !equalBytes(id, body.node)) : state.nodes
  const isLast = !others.some(({ isValidator }) => isValidator)
  const node = 'node' in body ? find(state, body.node) : undefined
  if ('node' in body && node === undefined) return 'node-unknown'
  switch (kind) {
    case 'addNode':
      if (!/^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(body.name)) return 'node-name-bad'
      if (state.nodes.some(({ name }) => name === body.name)) return 'node-name-taken'
      if (state.nodes.length >= 1_024) return 'too-many-nodes'
      return propertiesProblem(body, p) ?? keysProblem(state, body, newNodeText(chainId, body), undefined)
    case 'removeNode':
      if (voting(others, p) === 0) return 'electorate-empty'
      return isLast ? 'last-validator' : undefined
    case 'setNodeKeys': {
      const known = node as NaiveNode
      if (isSame(newKeysItems({ ...known, node: known.id }), newKeysItems(body))) return 'nothing-changes'
      return keysProblem(state, body, newKeysText(chainId, body), known)
    }
    case 'setNodeProperties': {
      const known = node as NaiveNode
      const wrong = propertiesProblem(body, p)
      if (wrong !== undefined) return wrong
      const items = ({ roles, level, endpoints }: Pick<NaiveNode, 'roles' | 'level' | 'endpoints'>): Item => [
        roles,
        level,
        endpointItem(endpoints),
      ]
      if (isSame(items(known), items(body))) return 'nothing-changes'
      const loses = body.roles !== known.roles || body.level < known.level
      if (known.isValidator && loses && !isFit(body, p)) return 'node-is-validator'
      return voting([...others, { ...known, level: body.level }], p) === 0 ? 'electorate-empty' : undefined
    }
    case 'validatorIn':
      if (node?.isValidator) return 'validator-already'
      if (!isFit(node as NaiveNode, p)) return 'validator-unfit'
      return others.filter(({ isValidator }) => isValidator).length >= 128 ? 'too-many-validators' : undefined
    case 'validatorOut':
      if (!node?.isValidator) return 'validator-not'
      return isLast ? 'last-validator' : undefined
    case 'parameters':
      return parametersProblem(state, body.changes, p)
    case 'issueMoney':
      if (body.amount === 0n) return 'amount-zero'
      return state.supply + body.amount > mostMoney ? 'too-much-money' : undefined
    case 'upgrade':
      if (body.version <= state.protocol.version) return 'upgrade-version-known'
      return body.height < height + 10 ? 'upgrade-too-soon' : undefined
    case 'setZoneAnchors':
      return anchorsProblem(state, body, signedZones)
  }
}

type Rows = ChangeOf<'parameters'>['changes']

function changedParameters(p: NaiveParameters, changes: Rows): NaiveParameters {
  const after: Record<string, number | bigint | string> = { ...p }
  for (const { name, value } of changes) after[name] = typeof after[name] === 'bigint' ? value : Number(value)
  return after as unknown as NaiveParameters
}

function parametersProblem(state: NaiveState, changes: Rows, p: NaiveParameters): NaiveCode | undefined {
  for (const [index, { name, value }] of changes.entries()) {
    if (!Object.hasOwn(p, name)) return 'parameter-unknown'
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined
    if (range === undefined) return 'parameter-fixed'
    if (changes.slice(0, index).some((other) => other.name === name)) return 'parameter-twice'
    if (value < range[0] || value > range[1]) return 'parameter-out-of-range'
  }
  const after = changedParameters(p, changes)
  const value = (table: NaiveParameters, name: string): unknown => (table as unknown as Record<string, unknown>)[name]
  if (changes.every(({ name }) => value(p, name) === value(after, name))) return 'nothing-changes'
  const quantaPerPeriod = after.nameTermMs > 0 ? 1n : BigInt(after.depositRateQuanta)
  const longestMs = BigInt(after.feeEveryBlocks) * 2n * BigInt(after.maxBlockIntervalMs)
  const isUsable =
    after.nameTermMs > 0 === p.nameTermMs > 0 &&
    !(after.nameTermMs > 0 && after.depositRateQuanta > 0) &&
    (longestMs * quantaPerPeriod) / BigInt(after.depositRatePeriodMs) + 1n <= 4_096n &&
    after.votingLevel < after.securityLevels &&
    after.minTtlSeconds <= after.defaultTtlSeconds &&
    after.defaultTtlSeconds <= after.maxTtlSeconds &&
    after.unbondingMs >= p.unbondingMs
  if (!isUsable) return 'parameters-unusable'
  return voting(state.nodes, after) === 0 ? 'electorate-empty' : undefined
}

function make(state: NaiveState, { kind, body }: NaiveChange, at: Place, events: NaiveEvent[]): void {
  const tell = ({ id, name }: NaiveNode, change: number): void => {
    events.push({ kind: 'nodesChanged', body: { node: id, nodeName: name, change } })
  }
  const node = 'node' in body ? (find(state, body.node) as NaiveNode) : undefined
  switch (kind) {
    case 'addNode': {
      const { proofs: _, ...entry } = body
      const id = accountOf(entry.identityKey)
      const added = { ...entry, id, isValidator: false, admitted: at.height, height: at.height }
      state.nodes.push(added)
      register(state, added)
      tell(added, 0)
      return
    }
    case 'removeNode': {
      const gone = node as NaiveNode
      state.nodes = state.nodes.filter((other) => other !== gone)
      tell(gone, 1)
      return
    }
    case 'setNodeKeys': {
      const changed = node as NaiveNode
      const [from, to] = [accountOf(changed.identityKey), accountOf(body.identityKey)]
      const { identityKey, consensusKey, tls, dnsKeys } = body
      Object.assign(changed, { identityKey, consensusKey, tls, dnsKeys, height: at.height })
      register(state, changed)
      for (const producer of state.producers) if (equalBytes(producer.account, from)) producer.account = to
      tell(changed, 2)
      return
    }
    case 'setNodeProperties': {
      const changed = node as NaiveNode
      const { roles, level, endpoints } = body
      Object.assign(changed, { roles, level, endpoints, height: at.height })
      tell(changed, 3)
      return
    }
    case 'validatorIn':
    case 'validatorOut': {
      const changed = node as NaiveNode
      Object.assign(changed, { isValidator: kind === 'validatorIn', height: at.height })
      tell(changed, 4)
      return
    }
    case 'parameters':
      at.next.parameters = changedParameters(at.next.parameters, body.changes)
      events.push({ kind: 'parametersChanged', body: { names: body.changes.map(({ name }) => name) } })
      return
    case 'issueMoney':
      state.supply += body.amount
      pay(state, body.to, body.amount)
      events.push({ kind: 'moneyIssued', body: { to: body.to, amount: body.amount } })
      return
    case 'upgrade':
      state.protocol.upgrade = { version: body.version, height: body.height }
      events.push({ kind: 'upgradeDecided', body: { version: body.version, height: body.height } })
      return
    case 'setZoneAnchors':
      events.push(setAnchors(state, body, at.height))
  }
}

export function register(state: NaiveState, node: NaiveNode): void {
  for (const { hash, use } of keyRows(node)) {
    if (state.nodeKeys.some((known) => equalBytes(known.hash, hash))) continue
    state.nodeKeys.push({ hash, node: node.id, use })
  }
}

/** Accounts of the name nodes, sorted. */
export function nameNodesOf(state: NaiveState): Uint8Array[] {
  return state.nodes
    .filter(({ roles }) => (roles & domainRole) !== 0)
    .map(({ identityKey }) => accountOf(identityKey))
    .sort(compareBytes)
}
