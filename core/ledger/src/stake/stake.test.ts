import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf, type KeyPair } from '@cresset/core-crypto'
import type { Code } from '../codes.ts'
import { treasuryEntry } from '../entries/ledger.ts'
import { stakeEntry } from '../entries/stake.ts'
import { validatorsAfter } from '../membership/validators.ts'
import { stateKeys } from '../state-keys.ts'
import { keyPairFor, newKeys, newNode, nodeIdNamed, nodeIn, nodeKeysNamed, pass, Scenario } from '../testing/index.ts'
import type { Offence } from './punish.ts'

const unit = 1_000_000n
const dayMs = 86_400_000
const validator = (ledger: Scenario, index: number): KeyPair => ledger.validators[index] as KeyPair
const idOf = (ledger: Scenario, index: number): Uint8Array => accountOf(validator(ledger, index).publicKey)
const staking = (stakes: number[], parameters = {}): Scenario =>
  new Scenario({ engine: 'stake', validators: stakes.length, stakes, parameters })

function move(
  ledger: Scenario,
  kind: 'stake' | 'unstake',
  identity: KeyPair,
  amount: bigint,
  node = accountOf(identity.publicKey),
): Code {
  return ledger.run('alice', { kind, body: { node, amount } }, { cosigners: [identity] })
}

/** Power of a node in the newest set. */
function powerOf(ledger: Scenario, id: Uint8Array): number {
  return validatorsAfter(ledger.state).afterNext.find(({ nodeId }) => equalBytes(nodeId, id))?.power ?? 0
}

function treasury(ledger: Scenario): bigint {
  return ledger.read(treasuryEntry, stateKeys.treasury)?.balance ?? 0n
}

function stakeOf(ledger: Scenario, id: Uint8Array) {
  return ledger.read(stakeEntry, stateKeys.stake(id))
}

const offence = (index: number, height: number): Offence => ({
  kind: 'prepare',
  validator: keyPairFor(`consensus ${index}`).publicKey,
  height,
  view: 0,
})

test('genesis gives power by stake, and no power without', () => {
  const ledger = staking([5, 3, 0])
  const powers = [0, 1, 2].map((index) => powerOf(ledger, idOf(ledger, index)))
  assert.deepEqual(powers, [5, 3, 0])
})

test('stake is power two blocks later, in whole units, from whoever pays', () => {
  const ledger = staking([5, 3])
  const before = ledger.balance('alice')
  assert.equal(move(ledger, 'stake', validator(ledger, 1), 2n * unit + 1n), 'ok')
  assert.deepEqual(
    validatorsAfter(ledger.state)
      .next.map(({ power }) => power)
      .sort(),
    [3, 5],
  )
  assert.equal(powerOf(ledger, idOf(ledger, 1)), 5)
  assert(before - ledger.balance('alice') > 2n * unit)
  assert.equal(move(ledger, 'stake', validator(ledger, 1), unit - 1n), 'ok')
  assert.equal(powerOf(ledger, idOf(ledger, 1)), 6)
})

test('a node that was voted in votes from its first stake on, and not without', () => {
  const ledger = staking([5, 3])
  const north = nodeKeysNamed('north').identity
  pass(ledger, newNode(ledger, 'north'))
  assert.equal(move(ledger, 'stake', north, unit), 'ok')
  assert.equal(powerOf(ledger, nodeIdNamed('north')), 0, 'stake alone makes nobody a validator')
  assert.equal(move(ledger, 'unstake', north, unit), 'ok')
  pass(ledger, { kind: 'validatorIn', body: { node: nodeIdNamed('north') } }, [...ledger.validators, north])
  assert.equal(powerOf(ledger, nodeIdNamed('north')), 0)
  assert.equal(move(ledger, 'stake', north, 4n * unit), 'ok')
  assert.equal(powerOf(ledger, nodeIdNamed('north')), 4)
})

test('what is unstaked has no power at once and comes back when the delay of ledger time has passed', () => {
  const ledger = staking([5, 3], { unbondingMs: 60_000 })
  const id = idOf(ledger, 0)
  assert.equal(move(ledger, 'unstake', validator(ledger, 0), 2n * unit), 'ok')
  assert.equal(powerOf(ledger, id), 3)
  assert.equal(ledger.balanceOf(id), 0n)
  // A halt of days moves ledger time by no more than two intervals.
  ledger.block([], dayMs)
  ledger.block([], dayMs)
  assert.equal(ledger.balanceOf(id), 0n)
  const { events } = ledger.block([], dayMs)
  assert.equal(ledger.balanceOf(id), 2n * unit)
  assert.deepEqual(events, [{ kind: 'unbonded', body: { node: id, to: id, amount: 2n * unit } }])
})

test('conflicting votes cost the node whose key it is its part, and its place among the validators; once', () => {
  const ledger = staking([50, 30, 20])
  move(ledger, 'unstake', validator(ledger, 1), 10n * unit)
  ledger.block(
    [
      ledger.transaction('alice', {
        kind: 'transfer',
        body: { to: idOf(ledger, 0), amount: 1n, memo: new Uint8Array(0) },
      }),
    ],
    1_000,
    [offence(1, 1)],
  )
  const { events } = ledger.last as { events: { kind: string; body: object }[] }
  assert.deepEqual(events[0], {
    kind: 'misbehaviourProven',
    body: { node: idOf(ledger, 1), offence: 'prepare', height: 1, view: 0, lost: 3n * unit },
  })
  assert.equal(treasury(ledger), 3n * unit)
  assert.deepEqual(
    [stakeOf(ledger, idOf(ledger, 1))?.bonded, stakeOf(ledger, idOf(ledger, 1))?.unbonding[0]?.amount],
    [18n * unit, 9n * unit],
  )
  assert.equal(powerOf(ledger, idOf(ledger, 1)), 0)
  assert.equal(nodeIn(ledger, idOf(ledger, 1))?.isValidator, false)
  assert.deepEqual(
    [0, 2].map((index) => powerOf(ledger, idOf(ledger, index))),
    [50, 20],
    'nobody else loses anything',
  )
  // Evidence of other votes from before it was out of the set.
  ledger.block([], 1_000, [offence(1, 1), offence(1, 3)])
  assert.equal(treasury(ledger), 3n * unit)
  // Voted in again, it is punished again.
  pass(ledger, { kind: 'validatorIn', body: { node: idOf(ledger, 1) } })
  ledger.block([], 1_000, [offence(1, ledger.height)])
  assert.equal(treasury(ledger), 3n * unit + 27n * (unit / 10n))
})

test('a key that the node no longer has still costs it its stake', () => {
  const ledger = staking([50, 30, 20])
  pass(ledger, newKeys(ledger, idOf(ledger, 1), 'fresh'))
  ledger.block([], 1_000, [offence(1, 1)])
  assert.equal(stakeOf(ledger, idOf(ledger, 1))?.bonded, 27n * unit)
})

test('who stole a key that was replaced cannot take the stake with it', () => {
  const ledger = staking([50, 30, 20])
  pass(ledger, newKeys(ledger, idOf(ledger, 1), 'fresh'))
  const replacedAt = ledger.height
  for (let block = 0; block < 3; block++) ledger.block()
  assert.deepEqual(ledger.block([], 1_000, [offence(1, replacedAt + 2)]).events, [])
  assert.equal(stakeOf(ledger, idOf(ledger, 1))?.bonded, 30n * unit)
  assert.equal(powerOf(ledger, idOf(ledger, 1)), 30)
  // The set of the block after the replacement still had it.
  ledger.block([], 1_000, [offence(1, replacedAt + 1)])
  assert.equal(stakeOf(ledger, idOf(ledger, 1))?.bonded, 27n * unit)
})

test('the last validator is punished and stays', () => {
  const ledger = staking([50, 0])
  ledger.block([], 1_000, [offence(0, 1)])
  assert.equal(treasury(ledger), 5n * unit)
  assert(powerOf(ledger, idOf(ledger, 0)) > 0)
})

test('the stake of a removed node comes back to it, and can be lost until then', () => {
  const ledger = staking([50, 30, 20], { unbondingMs: 60_000 })
  const id = idOf(ledger, 2)
  pass(ledger, { kind: 'removeNode', body: { node: id } })
  assert.equal(stakeOf(ledger, id)?.bonded, 0n)
  ledger.block([], 1_000, [offence(2, 1)])
  for (let block = 0; block < 4; block++) ledger.block([], dayMs)
  assert.equal(ledger.balanceOf(id), 18n * unit)
  assert.equal(stakeOf(ledger, id), undefined)
})

test('without the engine stake, contradictions are told of and cost nothing', () => {
  const ledger = new Scenario()
  const { events } = ledger.block([], 1_000, [offence(1, 1)])
  assert.deepEqual(
    events.map(({ kind, body }) => [kind, 'node' in body && toHex(body.node), 'lost' in body && body.lost]),
    [['misbehaviourProven', toHex(idOf(ledger, 1)), 0n]],
  )
  assert.equal(treasury(ledger), 0n)
  const stranger = { ...offence(1, 1), validator: keyPairFor('stranger').publicKey }
  assert.deepEqual(ledger.block([], 1_000, [stranger]).events, [])
})

test('the sum of all stakes stays within what votes are counted in', () => {
  const ledger = staking([1, 1], {})
  assert.equal(move(ledger, 'stake', validator(ledger, 0), 900n * unit), 'ok')
  assert.equal(move(ledger, 'unstake', validator(ledger, 0), 901n * unit), 'ok', 'another validator is left')
  assert.equal(powerOf(ledger, idOf(ledger, 0)), 0)
  assert.equal(move(ledger, 'unstake', validator(ledger, 1), unit), 'last-validator')
})
