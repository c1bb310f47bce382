import { compareBytes, equalBytes, toHex } from '@cresset/core-codec'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { quantaFor } from './deposit/fund.ts'
import { renewalWarningMs } from './deposit/sweep.ts'
import { accountEntry } from './entries/account.ts'
import { type AddressRange, addressRangesEntry } from './entries/address.ts'
import type { EntryType } from './entries/entry-type.ts'
import { feeFundEntry } from './entries/lease.ts'
import {
  incomeEntry,
  type LedgerEngine,
  nameNodesEntry,
  timeEntry,
  treasuryEntry,
  zonesEntry,
} from './entries/ledger.ts'
import {
  type KeyUse,
  type LedgerValidator,
  type Member,
  membersEntry,
  type NodeEntry,
  type NodeRole,
  nodeEntry,
  nodeKeyEntry,
  roleBitsOf,
  validatorsEntry,
} from './entries/node.ts'
import { proposalsEntry, protocolEntry } from './entries/proposal.ts'
import { sealQueueEntry } from './entries/registration.ts'
import { stakeEntry } from './entries/stake.ts'
import { keysOfNode } from './membership/node-keys.ts'
import { sortedMembers } from './membership/node-list.ts'
import { type LedgerParameters, ledgerParametersOf, parametersEntry, parametersProblem } from './parameters.ts'
import { powerOfStake } from './stake/power.ts'
import { stateKeys } from './state-keys.ts'
import type { Change } from './state-view.ts'

/** What the ledger reads of a genesis; core/chain's `Genesis` has all of it. */
export interface LedgerGenesis {
  readonly timeMs: number
  readonly engine: LedgerEngine
  readonly zones: readonly string[]
  readonly nodes: readonly LedgerGenesisNode[]
  readonly balances: readonly { readonly account: Uint8Array; readonly amount: bigint }[]
  readonly parameters: LedgerParameters
  /** What nodes have staked, by their ids; money beside the balances. */
  readonly stakes?: readonly { readonly node: Uint8Array; readonly amount: bigint }[]
  /** Who holds which addresses, and so confirms the hosts at them. */
  readonly addressRanges?: readonly AddressRange[]
}

export interface LedgerGenesisNode {
  readonly name: string
  readonly organization: string
  readonly roles: readonly NodeRole[]
  readonly securityLevel: number
  readonly identityKey: PublicKey
  readonly consensusKey: PublicKey
  readonly endpoints: { readonly agreement: string; readonly api: string; readonly dns: string }
  readonly tlsFingerprint: Uint8Array
  readonly dnsKeys: readonly PublicKey[]
}

/** Two sums of money must add up within 64 bits. */
const mostMoney = 2n ** 63n - 1n

/** The first state, sorted by key. Throws RangeError with one line when parameters or balances cannot be used. */
export function genesisChanges(genesis: LedgerGenesis): Change[] {
  const problem = parametersProblem(genesis.parameters)
  if (problem !== undefined) throw new RangeError(problem)
  const stakes = genesis.stakes ?? []
  const money = [...genesis.balances, ...stakes].reduce((sum, { amount }) => sum + amount, 0n)
  if (money > mostMoney) throw new RangeError(`the balances add up to ${money}, at most ${mostMoney} is possible`)
  const changes: Change[] = []
  const write = <T>(type: EntryType<T>, key: Uint8Array, value: T): void => {
    changes.push({ key, value: type.codec.encode(value) })
  }
  const { timeMs, engine } = genesis
  const nodes = genesis.nodes.map((node) => nodeOf(node, genesis))
  const validators = nodes
    .filter(({ isValidator }) => isValidator)
    .map(({ id, consensusKey }): LedgerValidator => {
      const staked = stakes.find(({ node }) => equalBytes(node, id))?.amount ?? 0n
      const power = engine === 'stake' ? powerOfStake(staked, genesis.parameters) : 1
      return { key: consensusKey, power, nodeId: id, account: id }
    })
    .filter(({ power }) => power > 0)
    .sort((a, b) => compareBytes(a.key, b.key))
  write(parametersEntry, stateKeys.parameters, ledgerParametersOf(genesis.parameters))
  // Ledger time starts as the time of genesis, so that both clocks read alike until a halt.
  write(timeEntry, stateKeys.time, { ledgerTimeMs: timeMs, blockTimeMs: timeMs, height: 0 })
  write(zonesEntry, stateKeys.zones, {
    zones: [...genesis.zones],
    engine,
    validatorCount: validators.length,
  })
  write(treasuryEntry, stateKeys.treasury, { balance: 0n })
  write(incomeEntry, stateKeys.income, { pot: 0n, producers: [] })
  write(sealQueueEntry, stateKeys.sealQueue, { head: 0, tail: 0, nextOrder: 1 })
  write(feeFundEntry, stateKeys.feeFund, {
    paidQuanta: 0,
    carry: 0,
    chargedLedgerMs: timeMs,
    activeNames: 0,
    heldQuanta: 0n,
    expiredBelow: 0,
    sweptBelow: 0,
    graceCursor: { quanta: 0, left: 0 },
    // Nobody is due a warning yet: the walk starts where it would stop.
    warningCursor: { quanta: quantaFor(renewalWarningMs, genesis.parameters), left: 0 },
    firstRowPage: 0,
    lastRowPage: 0,
    expiryRowPage: 0,
    expiryRowIndex: 0,
    lastDailyPage: 0,
  })
  for (const node of nodes) write(nodeEntry, stateKeys.node(node.id), node)
  write(membersEntry, stateKeys.members, { members: sortedMembers(nodes.map(memberOf)) })
  write(proposalsEntry, stateKeys.proposals, { nextNumber: 1, open: [] })
  write(protocolEntry, stateKeys.protocol, { version: 1, upgrade: undefined, supply: money })
  writeKeys(nodes, (hash, value) => write(nodeKeyEntry, stateKeys.nodeKey(hash), value))
  write(validatorsEntry, stateKeys.validators, { next: validators, afterNext: undefined })
  write(nameNodesEntry, stateKeys.nameNodes, {
    accounts: genesis.nodes
      .filter(({ roles }) => roles.includes('domain'))
      .map(({ identityKey }) => accountOf(identityKey))
      .sort(compareBytes),
  })
  for (const { node, amount } of stakes) {
    const stake = { node, account: node, bonded: amount, unbonding: [], punishedBelow: 0 }
    write(stakeEntry, stateKeys.stake(node), stake)
  }
  const ranges = genesis.addressRanges ?? []
  if (ranges.length > 0) write(addressRangesEntry, stateKeys.addressRanges, { ranges: [...ranges] })
  for (const { account, amount } of genesis.balances) {
    if (amount > 0n) write(accountEntry, stateKeys.account(account), { balance: amount, sequence: 0 })
  }
  return changes.sort((a, b) => compareBytes(a.key, b.key))
}

function memberOf({ id, name, securityLevel }: NodeEntry): Member {
  return { node: id, name, securityLevel }
}

function nodeOf(node: LedgerGenesisNode, { engine, parameters }: LedgerGenesis): NodeEntry {
  const { name, organization, roles, securityLevel, identityKey, consensusKey, endpoints, tlsFingerprint } = node
  return {
    id: accountOf(identityKey),
    name,
    organization,
    roleBits: roleBitsOf(roles),
    securityLevel,
    endpoints: { agreement: endpoints.agreement, api: endpoints.api, dns: endpoints.dns },
    identityKey,
    consensusKey,
    tlsFingerprint,
    dnsKeys: [...node.dnsKeys],
    // Where all who vote must be trusted not to lie, only nodes of a high security level do.
    isValidator: roles.includes('transaction') && (engine !== 'majority' || securityLevel >= parameters.votingLevel),
    admittedHeight: 0,
    height: 0,
  }
}

/** Genesis may give one key to two nodes; it is then the first one's. */
function writeKeys(
  nodes: readonly NodeEntry[],
  write: (hash: Uint8Array, key: { node: Uint8Array; use: KeyUse }) => void,
): void {
  const written = new Set<string>()
  for (const node of nodes) {
    for (const { hash, use } of keysOfNode(node)) {
      if (written.has(toHex(hash))) continue
      written.add(toHex(hash))
      write(hash, { node: node.id, use })
    }
  }
}
