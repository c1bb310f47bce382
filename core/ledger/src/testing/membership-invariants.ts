import assert from 'node:assert/strict'
import { toHex } from '@cresset/core-codec'
import { type NodeEntry, rolesOf } from '../entries/node.ts'
import { keysOfNode } from '../membership/node-keys.ts'
import { accountOfNode } from '../membership/nodes.ts'
import { powerOfStake } from '../stake/power.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateScan } from './scan.ts'

/** Lists of nodes and validators say what the nodes say, and no proposal passed with fewer votes than it needed. */
export function checkMembership(scan: StateScan): void {
  const nodes = scan.all('node')
  const members = scan
    .single('members')
    .members.map(({ node, name, securityLevel }) => [toHex(node), name, securityLevel])
  const byName = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))
  assert.deepEqual(
    members,
    byName.map(({ id, name, securityLevel }) => [toHex(id), name, securityLevel]),
  )
  assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length, 'a name is of one node')
  assert.deepEqual(
    scan.single('nameNodes').accounts.map(toHex),
    nodes
      .filter(({ roleBits }) => rolesOf(roleBits).includes('domain'))
      .map((node) => toHex(accountOfNode(node)))
      .sort(),
  )
  for (const node of nodes) {
    for (const { hash, use } of keysOfNode(node)) {
      const registered = scan.at('nodeKey', stateKeys.nodeKey(hash))
      assert(registered !== undefined, 'every key of a node is registered')
      assert.deepEqual([toHex(registered.node), registered.use], [toHex(node.id), use])
    }
  }

  const { next, afterNext } = scan.single('validators')
  const validators = afterNext ?? next
  const told = new Map(nodes.map((node): [string, NodeEntry] => [toHex(node.id), node]))
  for (const { key, nodeId, account } of validators) {
    const node = told.get(toHex(nodeId))
    assert(node?.isValidator, 'only a validator votes on blocks')
    assert.deepEqual([toHex(key), toHex(account)], [toHex(node.consensusKey), toHex(accountOfNode(node))])
  }
  const { engine, validatorCount } = scan.single('zones')
  assert.equal(validatorCount, validators.length)
  if (engine !== 'stake') assert.equal(validators.length, nodes.filter(({ isValidator }) => isValidator).length)
  else checkStakes(scan)

  const proposals = scan.all('proposal')
  const open = scan.single('proposals').open.map(({ number }) => number)
  assert.deepEqual(
    open,
    proposals
      .filter(({ outcome }) => outcome === 'open')
      .map(({ number }) => number)
      .sort((a, b) => a - b),
  )
  for (const { number, electorate, needed, yes, no, outcome } of proposals) {
    const voters = scan.at('votes', stateKeys.votes(number))?.voters ?? []
    assert.equal(voters.length, electorate)
    const counted = (ballot: string): number => voters.filter((voter) => voter.ballot === ballot).length
    assert.deepEqual([yes, no], [counted('yes'), counted('no')], `votes on proposal ${number}`)
    assert(2 * needed > electorate && needed <= electorate)
    assert.equal(yes >= needed, outcome === 'passed' || outcome === 'failed', 'the electorate decides, and nobody less')
  }
}

/** Power is what is staked, and all that was unstaked is waited for, in the order in which it comes back. */
function checkStakes(scan: StateScan): void {
  const { next, afterNext } = scan.single('validators')
  const powers = new Map((afterNext ?? next).map(({ nodeId, power }) => [toHex(nodeId), power]))
  for (const { id, isValidator } of scan.all('node')) {
    const bonded = scan.at('stake', stateKeys.stake(id))?.bonded ?? 0n
    const power = isValidator ? powerOfStake(bonded, scan.single('parameters')) : 0
    assert.equal(
      powers.get(toHex(id)) ?? 0,
      power === 0 && isValidator && powers.size === 1 && powers.has(toHex(id)) ? 1 : power,
    )
  }
  const waiting = new Map<string, number[]>()
  let previous = 0
  const { head, tail } = scan.all('unbondings')[0] ?? { head: 0, tail: 0 }
  assert.equal(scan.all('unbonding').length, tail - head)
  for (let at = head; at < tail; at++) {
    const place = scan.at('unbonding', stateKeys.unbonding(at))
    assert(place !== undefined && place.readyLedgerMs >= previous)
    previous = place.readyLedgerMs
    waiting.set(toHex(place.node), [...(waiting.get(toHex(place.node)) ?? []), place.readyLedgerMs])
  }
  for (const { node, unbonding } of scan.all('stake')) {
    assert.deepEqual(
      unbonding.map(({ readyLedgerMs }) => readyLedgerMs),
      waiting.get(toHex(node)) ?? [],
    )
  }
}
