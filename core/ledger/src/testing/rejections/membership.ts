import { accountOf, type KeyPair } from '@cresset/core-crypto'
import type { Code } from '../../codes.ts'
import { roleBitsOf } from '../../entries/node.ts'
import type { LedgerChange } from '../../membership/change.ts'
import { keyPairFor, newNode, nodeIdNamed, pass, propose, Scenario, type ScenarioOptions, voteOn } from '../index.ts'
import { type Case, refusalOf } from './case.ts'

const first = (ledger: Scenario): KeyPair => ledger.validators[0] as KeyPair
const idOf = (ledger: Scenario, index: number): Uint8Array => accountOf((ledger.validators[index] as KeyPair).publicKey)
const stranger = new Uint8Array(32).fill(7)
const endpoints = { agreement: 'localhost:1', api: 'http://localhost:2', dns: 'localhost:3' }
const both = roleBitsOf(['transaction', 'domain'])

type MakeChange = (ledger: Scenario) => LedgerChange

/** The answer to a proposal of the first validator. */
const proposed = (change: MakeChange, options: ScenarioOptions = {}): Code => {
  const ledger = new Scenario(options)
  return propose(ledger, first(ledger), change(ledger))
}

const node = (change: Partial<Extract<LedgerChange, { kind: 'addNode' }>['body']>): MakeChange => {
  return (ledger) => ({ kind: 'addNode', body: { ...newNode(ledger, 'north').body, ...change } })
}

const rules = (...changes: [name: string, value: bigint][]): LedgerChange => ({
  kind: 'parameters',
  body: { changes: changes.map(([name, value]) => ({ name, value })) },
})

/** An open proposal of the first validator, which is number 1. */
function open(): Scenario {
  const ledger = new Scenario()
  propose(ledger, first(ledger), newNode(ledger, 'north'))
  return ledger
}

const levels = (securityLevel: number) => (ledger: Scenario) =>
  ({
    kind: 'setNodeProperties',
    body: { node: idOf(ledger, 0), roleBits: both, securityLevel, endpoints },
  }) as const

function staked(ledger: Scenario, kind: 'stake' | 'unstake', amount: bigint): Code {
  return ledger.run('alice', { kind, body: { node: idOf(ledger, 0), amount } }, { cosigners: [first(ledger)] })
}

export const membershipCases = {
  'node-unknown': () => proposed(() => ({ kind: 'removeNode', body: { node: stranger } })),
  'node-key-not-signer': () => {
    const ledger = new Scenario()
    return propose(ledger, keyPairFor('bob'), newNode(ledger, 'north'), idOf(ledger, 0))
  },
  'below-voting-level': () => {
    const ledger = new Scenario()
    pass(ledger, newNode(ledger, 'north', { securityLevel: 0 }))
    return propose(ledger, keyPairFor('north identity'), newNode(ledger, 'south'))
  },
  'too-many-proposals': () => {
    const ledger = new Scenario()
    for (const name of ['a', 'b', 'c', 'd']) propose(ledger, first(ledger), newNode(ledger, name))
    return propose(ledger, first(ledger), newNode(ledger, 'north'))
  },
  'proposals-full': () => {
    const ledger = new Scenario({ validators: 17 })
    for (const validator of ledger.validators.slice(0, 16))
      for (const name of ['a', 'b', 'c', 'd']) propose(ledger, validator, newNode(ledger, name))
    const last = ledger.validators[16] as KeyPair
    if (propose(ledger, last, newNode(ledger, 'north')) !== 'ok') throw new Error('a first proposal has its place')
    return propose(ledger, last, newNode(ledger, 'north'))
  },
  'proposal-unknown': () => voteOn(open(), first(open()), 9),
  'proposal-ended': () => {
    const ledger = open()
    for (const validator of ledger.validators.slice(1, 3)) voteOn(ledger, validator, 1)
    return voteOn(ledger, ledger.validators[3] as KeyPair, 1)
  },
  'proposal-differs': () => {
    const ledger = open()
    const voter = ledger.validators[1] as KeyPair
    const body = { node: idOf(ledger, 1), proposal: 1, change: stranger, isYes: true }
    return ledger.run('alice', { kind: 'vote', body }, { cosigners: [voter] })
  },
  'not-in-electorate': () => {
    const ledger = open()
    pass(ledger, newNode(ledger, 'south'))
    return voteOn(ledger, keyPairFor('south identity'), 1)
  },
  'voted-before': () => {
    const ledger = open()
    return voteOn(ledger, first(ledger), 1)
  },
  'node-name-bad': () => proposed(node({ nodeName: 'North' })),
  'node-name-taken': () => proposed((ledger) => newNode(ledger, 'node1')),
  'node-without-role': () => proposed((ledger) => newNode(ledger, 'north', { roles: [] })),
  'security-level-unknown': () => proposed((ledger) => newNode(ledger, 'north', { securityLevel: 4 })),
  'endpoint-bad': () => proposed(node({ endpoints: { ...endpoints, dns: 'localhost' } })),
  'node-key-bad': () => proposed(node({ identityKey: Uint8Array.of(1, ...new Uint8Array(32)) })),
  'consensus-key-type': () => proposed(node({ consensusKey: keyPairFor('north', 'p256').publicKey })),
  'node-key-twice': () => proposed(node({ dnsKeys: [keyPairFor('north identity').publicKey] })),
  'node-key-taken': () => proposed(node({ dnsKeys: [keyPairFor('consensus 2').publicKey] })),
  'node-key-proof-bad': () => proposed((ledger) => newNode(ledger, 'north', { chainId: `${ledger.chainId}x` })),
  'too-many-nodes': () => {
    const ledger = new Scenario({ validators: 1, otherNodes: 1_023 })
    return propose(ledger, first(ledger), newNode(ledger, 'north'))
  },
  'electorate-empty': () =>
    proposed((ledger) => ({ kind: 'removeNode', body: { node: idOf(ledger, 0) } }), { validators: 1 }),
  'last-validator': () =>
    proposed((ledger) => ({ kind: 'validatorOut', body: { node: idOf(ledger, 0) } }), { validators: 1 }),
  'validator-already': () => proposed((ledger) => ({ kind: 'validatorIn', body: { node: idOf(ledger, 1) } })),
  'validator-not': () => {
    const ledger = new Scenario()
    pass(ledger, newNode(ledger, 'north'))
    return propose(ledger, first(ledger), { kind: 'validatorOut', body: { node: nodeIdNamed('north') } })
  },
  'validator-unfit': () => {
    const ledger = new Scenario()
    pass(ledger, newNode(ledger, 'north', { securityLevel: 0 }))
    return propose(ledger, first(ledger), { kind: 'validatorIn', body: { node: nodeIdNamed('north') } })
  },
  'too-many-validators': () => {
    const ledger = new Scenario({ validators: 128 })
    pass(ledger, newNode(ledger, 'north'))
    return propose(ledger, first(ledger), { kind: 'validatorIn', body: { node: nodeIdNamed('north') } })
  },
  'node-is-validator': () => proposed(levels(0)),
  'parameter-unknown': () => proposed(() => rules(['weather', 1n])),
  'parameter-fixed': () => proposed(() => rules(['quantum', 1n])),
  'parameter-twice': () => proposed(() => rules(['graceMs', 1n], ['graceMs', 2n])),
  'parameter-out-of-range': () => proposed(() => rules(['addNodeThresholdPercent', 49n])),
  'parameters-unusable': () => proposed(() => rules(['minTtlSeconds', 301n])),
  'nothing-changes': () => proposed(() => rules(['votingLevel', 1n])),
  'too-much-money': () => proposed(() => ({ kind: 'issueMoney', body: { to: stranger, amount: 2n ** 63n - 1n } })),
  'upgrade-version-known': () => proposed(() => ({ kind: 'upgrade', body: { version: 1, height: 100 } })),
  'upgrade-too-soon': () => proposed(() => ({ kind: 'upgrade', body: { version: 2, height: 10 } })),
  'engine-without-stake': () => {
    const ledger = new Scenario()
    return staked(ledger, 'stake', 1n)
  },
  'stake-too-low': () => staked(new Scenario({ engine: 'stake', stakes: [5, 5, 5, 5] }), 'unstake', 5_000_001n),
  'too-many-unbondings': () => {
    const ledger = new Scenario({ engine: 'stake', stakes: [5, 5, 5, 5] })
    for (let part = 0; part < 8; part++) staked(ledger, 'unstake', 1n)
    return staked(ledger, 'unstake', 1n)
  },
  'protocol-unknown': () => {
    const ledger = new Scenario()
    pass(ledger, { kind: 'upgrade', body: { version: 2, height: 14 } })
    while (ledger.height < 13) ledger.block()
    return refusalOf(ledger.execute())
  },
} as const satisfies Partial<Record<Code, Case>>
