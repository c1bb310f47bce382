import type { Random } from '../../tools/fuzz/random.ts'
import type { NaiveNode, NaiveProposal } from '../naive-ledger/membership.ts'
import type { ChangePlan, TransactionPlan } from './history.ts'
import { nameOfAccount, nameOfKey } from './keys.ts'
import { payers } from './random-genesis.ts'
import type { SideBySide } from './run.ts'

/** What members do: they admit and remove each other, change rules, and vote. Its own numbers, so that the rest of a history stays. */
export class RandomMembers {
  readonly #random: Random
  readonly #run: SideBySide
  #made = 0

  constructor(random: Random, run: SideBySide) {
    this.#random = random
    this.#run = run
  }

  /** Transactions to add to a step. */
  next(): TransactionPlan[] {
    const random = this.#random
    if (random.oneIn(3)) return []
    const open = this.#run.naive.state.proposals.filter(({ outcome }) => outcome === 0)
    const proposal = open.length > 0 ? random.pick(open) : undefined
    if (proposal === undefined || random.oneIn(open.length + 1))
      return Array.from({ length: random.pick([1, 1, 2]) }, () => this.#propose())
    if (random.oneIn(3)) return [this.#vote(random.pick(this.#nodes), proposal)]
    // All at once: many come to an end by that.
    const yes = !random.oneIn(4)
    return this.#nodes.map((node) => this.#vote(node, proposal, yes))
  }

  get #nodes(): readonly NaiveNode[] {
    return this.#run.naive.state.nodes
  }

  /** The name of its first identity key stands for a node's id. */
  #some(): string {
    return this.#random.oneIn(25) ? 'nobody' : nameOfAccount(this.#random.pick(this.#nodes).id)
  }

  #speaking(node: NaiveNode): Pick<TransactionPlan, 'by' | 'with'> {
    const random = this.#random
    const identity = random.oneIn(25) ? 'e1' : (nameOfKey(node.identityKey) as string)
    const by = random.pick(payers)
    return by === identity ? { by } : { by, with: [identity] }
  }

  #vote(node: NaiveNode, { number }: NaiveProposal, yes = !this.#random.oneIn(3)): TransactionPlan {
    const random = this.#random
    const proposal = random.oneIn(20) ? Math.max(1, number + random.pick([-1, 1, 5])) : number
    const wrong = random.oneIn(30) ? { wrong: true } : {}
    const act = { kind: 'vote', node: nameOfAccount(node.id), proposal, yes, ...wrong } as const
    return { ...this.#speaking(node), act }
  }

  #propose(): TransactionPlan {
    const random = this.#random
    const node = random.pick(this.#nodes)
    if (random.oneIn(40)) {
      const kind = random.oneIn(2) ? 'stake' : 'unstake'
      return { ...this.#speaking(node), act: { kind, node: nameOfAccount(node.id), amount: '5' } }
    }
    const change = this.#change()
    return { ...this.#speaking(node), act: { kind: 'propose', node: nameOfAccount(node.id), change } }
  }

  #change(): ChangePlan {
    const random = this.#random
    const wrongs = ['name', 'endpoint', 'key', 'type', 'twice', 'proof', 'chain'] as const
    const wrong = random.oneIn(3) ? { wrong: random.pick(wrongs) } : {}
    const keys = random.oneIn(8) ? `m${random.below(3)}` : `m${this.#made++}`
    const roles = random.oneIn(12) ? 0 : random.pick([1, 1, 3, 3, 2, 8])
    const level = random.pick([0, 1, 2, 3, 3, random.oneIn(2) ? 4 : 2])
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
        return {
          kind: 'addNode',
          name: random.oneIn(8) ? 'node0' : `n${random.below(6)}`,
          roles,
          level,
          keys,
          ...wrong,
        }
      case 3:
        return { kind: 'removeNode', node: this.#some() }
      case 4:
        return { kind: 'setNodeKeys', node: this.#some(), keys, ...this.#kept(), ...wrong }
      case 5:
        return { kind: 'setNodeProperties', node: this.#some(), roles, level, ...wrong }
      case 6:
      case 7:
        return { kind: 'validatorIn', node: this.#some() }
      case 8:
        return { kind: 'validatorOut', node: this.#some() }
      case 9:
      case 10:
        return { kind: 'parameters', changes: this.#rules() }
      default:
        if (random.oneIn(3))
          return { kind: 'upgrade', version: random.pick([1, 2, 2, 3]), blocks: random.pick([5, 9, 10, 90, 400, 400]) }
        return {
          kind: 'issueMoney',
          to: random.pick([...payers, 'new']),
          amount: random.pick(['0', '1', '5000000', String(2n ** 63n)]),
        }
    }
  }

  #kept() {
    const random = this.#random
    if (!random.oneIn(2)) return {}
    const { identityKey, consensusKey } = random.pick(this.#nodes)
    const [identity, consensus] = [nameOfKey(identityKey) as string, nameOfKey(consensusKey) as string]
    return { kept: random.oneIn(3) ? { identity, consensus } : random.oneIn(2) ? { identity } : { consensus } }
  }

  #rules(): [name: string, value: string][] {
    const random = this.#random
    const kinds = ['addNode', 'removeNode', 'validatorIn', 'parameters', 'issueMoney']
    const makers: (() => [string, string])[] = [
      () => [`${random.pick(kinds)}ThresholdPercent`, String(random.pick([49, 50, 66, 75, 99, 100]))],
      () => ['votingLevel', String(random.below(5))],
      () => ['proposalWindowMs', String(random.pick([1_000, 60_000, 600_000]))],
      () => ['nameNodesSharePercent', String(random.pick([0, 50, 101]))],
      () => ['depositRatePeriodMs', String(random.pick([1, 1_000, 36_000_000]))],
      () => ['minTtlSeconds', String(random.pick([0, 30, 301]))],
      () => ['unbondingMs', String(random.pick([60_000, 1_814_400_000, 1_814_400_001]))],
      () => ['revealWindowMs', String(random.pick([1_000, 60_000]))],
      () => ['graceMs', String(random.pick([0, 60_000, 864_000_000]))],
      () => ['releaseDelayMs', String(random.pick([0, 60_000, 864_000_000]))],
      () => ['weather', '1'],
      () => ['quantum', '1'],
    ]
    const rows = Array.from({ length: random.pick([1, 1, 2]) }, () => random.pick(makers)())
    return random.oneIn(8) ? [...rows, rows[0] as [string, string]] : rows
  }
}
