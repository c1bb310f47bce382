import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf, type KeyPair } from '@cresset/core-crypto'
import { Random } from '../../../../tools/fuzz/random.ts'
import type { LedgerChange } from '../membership/change.ts'
import { validatorsAfter } from '../membership/validators.ts'
import {
  keyPairFor,
  newNode,
  nextProposal,
  nodeIn,
  nodeKeysNamed,
  proposalIn,
  propose,
  Scenario,
  voteOn,
} from '../testing/index.ts'

const unit = 1_000_000n
const runs = 8
const steps = 60

/** What happened, so that a generator that meets nothing shows. */
const told = new Map<string, number>()

for (let seed = 1; seed <= runs; seed++) {
  test(`random stakes, votes, removals and contradictions: money, powers and queues agree in every block, seed ${seed}`, () => {
    const random = new Random(seed)
    const ledger = new Scenario({
      engine: 'stake',
      validators: 4,
      stakes: [5, 4, 3, 0],
      parameters: { unbondingMs: 60_000, slashPercent: random.pick([0, 10, 33, 100]) },
    })
    const members: KeyPair[] = [...ledger.validators]
    const consensus = members.map((_, index) => keyPairFor(`consensus ${index}`).publicKey)
    const decide = (change: LedgerChange): void => {
      const number = nextProposal(ledger)
      if (propose(ledger, random.pick(members), change) !== 'ok') return
      for (const member of members) if (proposalIn(ledger, number)?.outcome === 'open') voteOn(ledger, member, number)
    }
    for (let step = 0; step < steps; step++) {
      const identity = random.pick(members)
      const node = accountOf(identity.publicKey)
      const amount = unit * BigInt(random.below(4)) + BigInt(random.below(3))
      const kind = random.pick(['stake', 'stake', 'unstake', 'unstake', 'unstake'] as const)
      switch (random.below(8)) {
        case 0:
          ledger.block([], random.pick([1_000, 20_000, 86_400_000]))
          break
        case 1:
          ledger.block([], 1_000, [
            {
              kind: 'commit',
              validator: random.pick(consensus),
              height: Math.max(1, ledger.height - random.below(9)),
              view: 0,
            },
          ])
          break
        case 2:
          decide({ kind: random.pick(['validatorIn', 'validatorIn', 'validatorOut'] as const), body: { node } })
          break
        case 3:
          if (random.oneIn(4)) decide({ kind: 'removeNode', body: { node } })
          else if (random.oneIn(3)) {
            decide(newNode(ledger, `n${step}`))
            members.push(nodeKeysNamed(`n${step}`).identity)
            consensus.push(nodeKeysNamed(`n${step}`).consensus.publicKey)
          }
          break
        default:
          ledger.run('alice', { kind, body: { node, amount } }, { cosigners: [identity] })
      }
      for (const { kind: event } of [...(ledger.last?.events ?? []), ...(ledger.last?.receipts[0]?.events ?? [])])
        told.set(event, (told.get(event) ?? 0) + 1)
      const gone = members.filter((member) => nodeIn(ledger, accountOf(member.publicKey)) === undefined)
      for (const member of gone) members.splice(members.indexOf(member), 1)
      assert(validatorsAfter(ledger.state).afterNext.length > 0, 'somebody votes on blocks')
    }
  })
}

test('the random histories met what there is', () => {
  const kinds = ['staked', 'unstaked', 'unbonded', 'misbehaviourProven', 'nodesChanged', 'proposalEnded']
  for (const kind of kinds) assert((told.get(kind) ?? 0) > 5, `${kind}: ${told.get(kind)}`)
})
