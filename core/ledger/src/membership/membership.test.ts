import assert from 'node:assert/strict'
import { toHex } from '@cresset/core-codec'
import { accountOf, type KeyPair } from '@cresset/core-crypto'
import { codes } from '../codes.ts'
import { incomeEntry } from '../entries/ledger.ts'
import { nodeRoles } from '../entries/node.ts'
import { protocolEntry } from '../entries/proposal.ts'
import { executeBlock } from '../execute-block.ts'
import { readParameters } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import {
  keyPairFor,
  newKeys,
  newNode,
  nextProposal,
  nodeIdNamed,
  nodeIn,
  nodeKeysNamed,
  pass,
  proposalIn,
  propose,
  Scenario,
  voteOn,
} from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'
import type { LedgerChange } from './change.ts'
import { validatorsAfter } from './validators.ts'

const validator = (ledger: Scenario, index: number): KeyPair => ledger.validators[index] as KeyPair
const idOf = (ledger: Scenario, index: number): Uint8Array => accountOf(validator(ledger, index).publicKey)
const rules = (name: string, value: bigint): LedgerChange => ({
  kind: 'parameters',
  body: { changes: [{ name, value }] },
})

/** Ids of those who vote on the next block, and on the one after it. */
function setsOf(ledger: Scenario): [string[], string[]] {
  const { next, afterNext } = validatorsAfter(ledger.state)
  const ids = (set: typeof next): string[] => set.map(({ nodeId }) => toHex(nodeId)).sort()
  return [ids(next), ids(afterNext)]
}

test('one validator grows to seven and shrinks to four: each change acts two blocks later', () => {
  const ledger = new Scenario({ validators: 1 })
  const voters = [...ledger.validators]
  let set = [toHex(idOf(ledger, 0))]
  const change = (kind: 'validatorIn' | 'validatorOut', name: string): void => {
    const before = set
    const id = toHex(nodeIdNamed(name))
    set = (kind === 'validatorIn' ? [...set, id] : set.filter((other) => other !== id)).sort()
    const { validatorUpdates } = pass(ledger, { kind, body: { node: nodeIdNamed(name) } }, voters)
    assert.deepEqual(
      validatorUpdates.map(({ nodeId, power }) => [toHex(nodeId), power]),
      [[id, kind === 'validatorIn' ? 1 : 0]],
    )
    assert.deepEqual(setsOf(ledger), [before, set])
    assert.deepEqual(ledger.block().validatorUpdates, [])
    assert.deepEqual(setsOf(ledger), [set, set])
    assert.deepEqual(ledger.block().changes, [], 'then nothing is due any more')
  }
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  for (const name of names) {
    pass(ledger, newNode(ledger, name), voters)
    voters.push(nodeKeysNamed(name).identity)
    change('validatorIn', name)
  }
  assert.equal(set.length, 7)
  for (const name of names.slice(0, 3)) change('validatorOut', name)
  assert.equal(set.length, 4)
})

test('changes in blocks one after the other do not overwrite each other', () => {
  const ledger = new Scenario({ validators: 1 })
  for (const name of ['a', 'b'])
    pass(ledger, newNode(ledger, name, { securityLevel: 1 }), [validator(ledger, 0), nodeKeysNamed('a').identity])
  const [zero, a, b] = [toHex(idOf(ledger, 0)), toHex(nodeIdNamed('a')), toHex(nodeIdNamed('b'))]
  const ballot = nodeKeysNamed('a').identity
  const number = nextProposal(ledger)
  for (const node of ['a', 'b'])
    propose(ledger, validator(ledger, 0), { kind: 'validatorIn', body: { node: nodeIdNamed(node) } })
  voteOn(ledger, ballot, number)
  assert.deepEqual(setsOf(ledger), [[zero], [zero, a].sort()])
  voteOn(ledger, ballot, number + 1)
  assert.deepEqual(setsOf(ledger), [[zero, a].sort(), [zero, a, b].sort()])
  ledger.block()
  assert.deepEqual(setsOf(ledger), [[zero, a, b].sort(), [zero, a, b].sort()])
})

test('a proposal passes with the vote that is needed, not before, and tells so', () => {
  const ledger = new Scenario()
  const change = { kind: 'removeNode', body: { node: idOf(ledger, 3) } } as const
  assert.equal(propose(ledger, validator(ledger, 0), change), 'ok')
  assert.equal(voteOn(ledger, validator(ledger, 1), 1), 'ok')
  assert.equal(proposalIn(ledger, 1)?.outcome, 'open')
  assert.deepEqual([proposalIn(ledger, 1)?.needed, proposalIn(ledger, 1)?.electorate], [3, 4])
  assert.equal(voteOn(ledger, validator(ledger, 2), 1), 'ok')
  assert.equal(proposalIn(ledger, 1)?.outcome, 'passed')
  assert.equal(nodeIn(ledger, idOf(ledger, 3)), undefined)
  assert.deepEqual(
    ledger.last?.receipts[0]?.events.map(({ kind }) => kind),
    ['voteCast', 'proposalEnded', 'nodesChanged'],
  )
})

test('a vote can be changed until the end; what cannot pass any more is rejected', () => {
  const ledger = new Scenario()
  propose(ledger, validator(ledger, 0), newNode(ledger, 'north'))
  assert.equal(voteOn(ledger, validator(ledger, 1), 1, false), 'ok')
  assert.equal(voteOn(ledger, validator(ledger, 1), 1, true), 'ok')
  assert.deepEqual([proposalIn(ledger, 1)?.yes, proposalIn(ledger, 1)?.no], [2, 0])
  assert.equal(voteOn(ledger, validator(ledger, 0), 1, false), 'ok', 'who proposed can change his mind too')
  assert.equal(voteOn(ledger, validator(ledger, 2), 1, false), 'ok')
  assert.equal(proposalIn(ledger, 1)?.outcome, 'rejected')
  assert.equal(voteOn(ledger, validator(ledger, 3), 1), 'proposal-ended')
})

test('a proposal lapses by ledger time: a halt of the network costs it nothing', () => {
  const ledger = new Scenario({ parameters: { proposalWindowMs: 60_000 } })
  propose(ledger, validator(ledger, 0), newNode(ledger, 'north'))
  // A block moves ledger time by two intervals at most, however long the network stood.
  ledger.block([], 86_400_000)
  ledger.block([], 86_400_000)
  assert.equal(proposalIn(ledger, 1)?.outcome, 'open')
  const { events } = ledger.block([], 86_400_000)
  assert.deepEqual(events, [{ kind: 'proposalEnded', body: { proposal: 1, outcome: 'lapsed', code: undefined } }])
  assert.deepEqual(ledger.block([], 10_000).changes, [], 'with nothing open, blocks change nothing again')
})

test('of two proposals that exclude each other the later one to pass fails, with a code', () => {
  const ledger = new Scenario()
  const other = newNode(ledger, 'north', { keys: 'other' })
  propose(ledger, validator(ledger, 0), newNode(ledger, 'north'))
  propose(ledger, validator(ledger, 1), other)
  for (const number of [1, 2]) {
    for (const index of [2, 3, 0, 1]) {
      if (proposalIn(ledger, number)?.outcome === 'open') voteOn(ledger, validator(ledger, index), number)
    }
  }
  assert.equal(proposalIn(ledger, 1)?.outcome, 'passed')
  assert.deepEqual(
    [proposalIn(ledger, 2)?.outcome, proposalIn(ledger, 2)?.code],
    ['failed', codes['node-name-taken'].number],
  )
  assert.equal(nodeIn(ledger, nodeIdNamed('other')), undefined)
})

test('a removed node votes no more, its votes do not count, and what cannot pass without it is rejected at the next vote', () => {
  const ledger = new Scenario()
  propose(ledger, validator(ledger, 3), newNode(ledger, 'north'))
  propose(ledger, validator(ledger, 3), { kind: 'issueMoney', body: { to: idOf(ledger, 0), amount: 5n } })
  voteOn(ledger, validator(ledger, 1), 2, false)
  voteOn(ledger, validator(ledger, 0), 1)
  assert.equal(proposalIn(ledger, 1)?.yes, 2)
  const { changes } = pass(ledger, { kind: 'removeNode', body: { node: idOf(ledger, 3) } })
  const untouched = [1, 2].flatMap((number) => [stateKeys.proposal(number), stateKeys.votes(number)]).map(toHex)
  assert(!changes.some(({ key }) => untouched.includes(toHex(key))), 'a removal costs the same whatever is open')
  assert.equal(voteOn(ledger, validator(ledger, 1), 1), 'ok')
  assert.deepEqual(
    [proposalIn(ledger, 1)?.outcome, proposalIn(ledger, 1)?.yes],
    ['open', 2],
    'two of those who are left',
  )
  assert.equal(voteOn(ledger, validator(ledger, 2), 2), 'ok')
  assert.equal(proposalIn(ledger, 2)?.outcome, 'rejected')
  assert.equal(voteOn(ledger, validator(ledger, 3), 1), 'node-unknown')
  assert.equal(propose(ledger, validator(ledger, 3), newNode(ledger, 'south')), 'node-unknown')
})

test('the name of a removed node is free, its keys are not', () => {
  const ledger = new Scenario()
  pass(ledger, newNode(ledger, 'north'))
  pass(ledger, { kind: 'removeNode', body: { node: nodeIdNamed('north') } })
  assert.equal(propose(ledger, validator(ledger, 0), newNode(ledger, 'north')), 'node-key-taken')
  pass(ledger, newNode(ledger, 'north', { keys: 'other' }))
  assert.equal(nodeIn(ledger, nodeIdNamed('other'))?.name, 'north')
})

moneyTest('a removed validator is paid for the blocks that it made', 'income', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10, nameNodesSharePercent: 0 } })
  pass(ledger, { kind: 'removeNode', body: { node: idOf(ledger, 3) } })
  const owed = ledger
    .read(incomeEntry, stateKeys.income)
    ?.producers.find(({ account }) => toHex(account) === toHex(idOf(ledger, 3)))
  assert.equal(owed?.blocks, 1)
  while (ledger.height < 10) ledger.block()
  assert(ledger.balanceOf(idOf(ledger, 3)) > 0n)
})

test('other keys: the old identity key speaks for the node no more, its id stays, a validator changes its consensus key', () => {
  const ledger = new Scenario()
  const id = idOf(ledger, 3)
  const before = validatorsAfter(ledger.state).afterNext.find(({ nodeId }) => toHex(nodeId) === toHex(id))
  const keys = newKeys(ledger, id, 'fresh')
  const { validatorUpdates } = pass(ledger, keys)
  const fresh = nodeKeysNamed('fresh')
  assert.deepEqual(
    validatorUpdates
      .map(({ key, power, nodeId, account }) => [toHex(key), power, toHex(nodeId), toHex(account)])
      .sort(),
    [
      [toHex(fresh.consensus.publicKey), 1, toHex(id), toHex(accountOf(fresh.identity.publicKey))],
      [toHex(before?.key as Uint8Array), 0, toHex(id), toHex(id)],
    ].sort(),
  )
  const change = newNode(ledger, 'north')
  assert.equal(propose(ledger, validator(ledger, 3), change, id), 'node-key-not-signer')
  assert.equal(propose(ledger, fresh.identity, change, id), 'ok')
  assert.equal(propose(ledger, validator(ledger, 0), keys), 'nothing-changes')
  const back = newKeys(ledger, id, 'fresh', { consensus: keyPairFor('consensus 3') })
  assert.equal(propose(ledger, validator(ledger, 0), back), 'node-key-taken', 'an old key never comes back')
  const partly = newKeys(ledger, id, 'fresh', { consensus: keyPairFor('consensus new') })
  assert.equal(propose(ledger, validator(ledger, 0), partly), 'ok', 'the others can stay')
})

moneyTest(
  'with another identity key, what the node earned since the last fee block goes to the new account',
  'income',
  () => {
    const ledger = new Scenario({ parameters: { feeEveryBlocks: 20, nameNodesSharePercent: 0 } })
    pass(ledger, newKeys(ledger, idOf(ledger, 1), 'fresh'))
    while (ledger.height < 20) ledger.block()
    assert(ledger.balanceOf(nodeIdNamed('fresh')) > 0n)
    assert.equal(ledger.balanceOf(idOf(ledger, 1)), 0n)
  },
)

test('the number of votes needed is that of when it was proposed', () => {
  const ledger = new Scenario({ parameters: { addNodeThresholdPercent: 99 } })
  propose(ledger, validator(ledger, 0), newNode(ledger, 'north'))
  pass(ledger, rules('addNodeThresholdPercent', 50n))
  for (const index of [1, 2]) voteOn(ledger, validator(ledger, index), 1)
  assert.equal(proposalIn(ledger, 1)?.outcome, 'open')
  propose(ledger, validator(ledger, 0), newNode(ledger, 'south'))
  assert.equal(proposalIn(ledger, 3)?.needed, 3)
})

test('fewer than a threshold asks for cannot lower it, nor choose who votes', () => {
  const ledger = new Scenario({ parameters: { issueMoneyThresholdPercent: 99, parametersThresholdPercent: 50 } })
  const needed = (change: LedgerChange): number | undefined => {
    const number = nextProposal(ledger)
    assert.equal(propose(ledger, validator(ledger, number % 4), change), 'ok')
    return proposalIn(ledger, number)?.needed
  }
  assert.equal(needed(rules('graceMs', 5n)), 3)
  assert.equal(needed(rules('addNodeThresholdPercent', 51n)), 3)
  assert.equal(needed(rules('issueMoneyThresholdPercent', 50n)), 4)
  assert.equal(needed(rules('votingLevel', 2n)), 4)
})

test('parameters that two proposals of one block change hold together from the next block on', () => {
  const ledger = new Scenario({ validators: 1, parameters: { feeEveryBlocks: 10 } })
  const signed = [rules('graceMs', 5n), rules('releaseDelayMs', 6n), rules('depositRatePeriodMs', 72_000n)].map(
    (change) =>
      ledger.transaction(
        'alice',
        { kind: 'propose', body: { node: idOf(ledger, 0), change } },
        { cosigners: [validator(ledger, 0)] },
      ),
  )
  while (ledger.height < 9) ledger.block()
  ledger.block(signed)
  const { graceMs, releaseDelayMs, depositRatePeriodMs } = readParameters(ledger.state)
  assert.deepEqual([graceMs, releaseDelayMs, depositRatePeriodMs], [5, 6, 72_000])
})

test('nobody can raise the level above all who vote, also not by two steps in one block', () => {
  const ledger = new Scenario({ validators: 2, otherNodes: 0 })
  const low = { ...(nodeIn(ledger, idOf(ledger, 0)) as NonNullable<ReturnType<typeof nodeIn>>) }
  const properties = (index: number, securityLevel: number): LedgerChange => ({
    kind: 'setNodeProperties',
    body: { node: idOf(ledger, index), roleBits: low.roleBits, securityLevel, endpoints: low.endpoints },
  })
  pass(ledger, properties(0, 2))
  propose(ledger, validator(ledger, 0), rules('votingLevel', 3n))
  propose(ledger, validator(ledger, 0), properties(1, 2))
  const vote = (number: number) => voteOn(ledger, validator(ledger, 1), number)
  assert.deepEqual([vote(2), vote(3)], ['ok', 'ok'])
  assert.equal(proposalIn(ledger, 2)?.outcome, 'passed')
  assert.equal(proposalIn(ledger, 3)?.outcome, 'failed')
})

test('votes issue money, and the sum stays known', () => {
  const ledger = new Scenario({ validators: 1 })
  const before = ledger.balance('bob')
  pass(ledger, { kind: 'issueMoney', body: { to: ledger.account('bob'), amount: 77n } })
  assert.equal(ledger.balance('bob'), before + 77n)
  assert.equal(ledger.read(protocolEntry, stateKeys.protocol)?.supply, ledger.supply)
})

test('an upgrade: a program that has the version goes on, one that lacks it stops before the first block', () => {
  const ledger = new Scenario({ validators: 1 })
  pass(ledger, { kind: 'upgrade', body: { version: 3, height: 20 } })
  pass(ledger, { kind: 'upgrade', body: { version: 2, height: 14 } })
  while (ledger.height < 13) ledger.block()
  const block = {
    height: 14,
    timeMs: ledger.timeMs + 1_000,
    proposer: idOf(ledger, 0),
    transactions: [],
    misbehaviour: [],
  }
  assert.deepEqual(executeBlock(ledger.state, block, ledger), { refused: 'protocol-unknown' })
  const result = executeBlock(ledger.state, block, { chainId: ledger.chainId, versions: [1, 2] })
  assert(!('refused' in result))
  ledger.state.apply(result.changes)
  const protocol = ledger.read(protocolEntry, stateKeys.protocol)
  assert.deepEqual([protocol?.version, protocol?.upgrade], [2, undefined])
})

test('the electorate is who was at the level when it was proposed', () => {
  const ledger = new Scenario()
  propose(ledger, validator(ledger, 0), newNode(ledger, 'north'))
  pass(ledger, newNode(ledger, 'south'))
  assert.equal(voteOn(ledger, nodeKeysNamed('south').identity, 1), 'not-in-electorate')
  propose(ledger, validator(ledger, 0), newNode(ledger, 'west'))
  assert.deepEqual([proposalIn(ledger, 3)?.electorate, proposalIn(ledger, 3)?.needed], [5, 3])
})

test('a node keeps its name server until the roles say otherwise', () => {
  const ledger = new Scenario()
  pass(ledger, newNode(ledger, 'north'))
  const north = nodeIn(ledger, nodeIdNamed('north'))
  assert(north !== undefined && (north.roleBits >> nodeRoles.indexOf('domain')) % 2 === 1)
  const { roleBits: _, ...rest } = { node: north.id, roleBits: 0, securityLevel: 2, endpoints: north.endpoints }
  pass(ledger, { kind: 'setNodeProperties', body: { ...rest, roleBits: 1 } })
  assert.deepEqual(ledger.last?.receipts[0]?.events.at(-1), {
    kind: 'nodesChanged',
    body: { node: north.id, nodeName: 'north', change: 'properties' },
  })
})
