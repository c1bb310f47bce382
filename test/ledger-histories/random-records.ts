import type { Random } from '../../tools/fuzz/random.ts'
import { tableOf } from '../naive-ledger/record-tables.ts'
import { owned } from '../naive-ledger/state.ts'
import type { RecordSetPlan, RecordTablePlan, TransactionPlan } from './history.ts'
import { nameOfKey } from './keys.ts'
import { payers } from './random-genesis.ts'
import { oddHosts, oddSets } from './random-publish.ts'
import type { SideBySide } from './run.ts'

const owners = [
  '',
  'www',
  'mail',
  'a.b',
  'b',
  '*',
  '*.b',
  '_dmarc',
  'x.b',
  't',
  'x.t',
  'n1',
  'n2',
  'n3',
  'n4',
  'n5',
] as const
const wrongs = ['owner-order', 'owner-twice', 'page-order', 'page-twice', 'page-unknown', 'foreign'] as const

/** What a host gets from its servers, a record table says itself; but not what names a key. */
const sets: readonly RecordSetPlan[] = [
  { type: 1, data: ['7f000001'] },
  { type: 1, data: ['7f000001', '7f000002'] },
  { type: 28, data: [`20010db8${'0'.repeat(23)}1`] },
  { type: 16, data: ['0568656c6c6f'] },
  { type: 16, ttl: 30, data: ['0161', '0162'] },
  { type: 15, data: ['000a046d61696c0461636d6500'] },
  { type: 65, data: ['000100'] },
  { type: 64, data: ['000100'] },
  { type: 5, data: ['037777770461636d6500'] },
]
const odd: readonly RecordSetPlan[] = [
  ...oddSets.filter(({ type }) => type !== 28 && type !== 1),
  { type: 1, data: ['7f0000'] },
  { type: 28, data: ['00'] },
  { type: 64, data: ['00'] },
  { type: 52, data: [`030101${'ab'.repeat(32)}`] },
  { type: 37, data: ['000100000000'] },
  { type: 1, data: ['7f000001', '7f000001'] },
]
const longText = {
  type: 16,
  data: Array.from({ length: 16 }, (_, at) => `ff${at.toString(16).padStart(2, '0').repeat(255)}`),
}

/**
 * Tables that are built in steps and served, changed in place, given up half-way, and not to be changed so. Its own numbers, so that
 * the rest of a history stays.
 */
export class RandomRecords {
  readonly #random: Random
  readonly #run: SideBySide

  constructor(random: Random, run: SideBySide) {
    this.#random = random
    this.#run = run
  }

  /** Transactions to add to a step. */
  next(): TransactionPlan[] {
    const random = this.#random
    if (random.oneIn(3)) return []
    const names = owned(this.#run.naive.state)
    if (names.length === 0) return []
    return Array.from({ length: random.pick([1, 1, 2]) }, () => {
      const { name, ownership } = random.pick(names)
      const owner = nameOfKey(ownership.primaryKey) as string
      const by = random.pick(payers)
      const others = by === owner || random.oneIn(15) ? {} : { with: [owner] }
      const isServed = tableOf(this.#run.naive.state, name).served !== undefined
      if (isServed && random.oneIn(5)) return { by, ...others, ...this.#delegation(name) }
      return { by, ...others, act: { kind: 'setRecords', ...this.#plan(name) } }
    })
  }

  /** Beside a table, mostly with what it costs. */
  #delegation(name: string): Pick<TransactionPlan, 'act' | 'fee'> {
    const random = this.#random
    const to = random.oneIn(3) ? {} : { to: { servers: [['ns.example', []]] } as const }
    const act = { kind: 'setDelegation', name, host: random.pick(['t', 'b', 'x.t']), ...to } as const
    return { act, ...(random.oneIn(3) ? {} : { fee: random.pick([200, 1_000_000, 1_000_000]) }) }
  }

  #plan(name: string): RecordTablePlan {
    const random = this.#random
    const { served, building } = tableOf(this.#run.naive.state, name)
    const of = this.#generation(served !== undefined, building !== undefined)
    // Eight bits are more pages than one block removes.
    const bits = of === 'next' ? random.pick([0, 0, 1, 2, 3, 8]) : ((of === 'served' ? served : building)?.bits ?? 0)
    const serve = of === 'served' ? !random.oneIn(15) : random.oneIn(of === 'next' ? 3 : 2)
    const isLastStep = of === 'building' && serve && random.oneIn(2)
    const few = random.pick([2, 4, 8])
    const chosen = isLastStep || random.oneIn(30) ? [] : owners.filter(() => random.oneIn(few))
    const plan: RecordTablePlan = {
      name,
      of,
      serve,
      owners: chosen.map((owner) => [owner, this.#sets()] as const),
      ...(of === 'next' ? { bits } : {}),
      ...(random.oneIn(6) ? { emptied: [random.below(2 ** bits)] } : {}),
    }
    return { ...plan, ...this.#bend(plan) }
  }

  #generation(hasServed: boolean, hasBuilding: boolean): RecordTablePlan['of'] {
    const random = this.#random
    if (random.oneIn(15)) return random.pick(['served', 'building', 'next'])
    if (hasBuilding && !random.oneIn(5)) return random.oneIn(6) && hasServed ? 'served' : 'building'
    return hasServed && random.oneIn(2) ? 'served' : 'next'
  }

  #sets(): RecordSetPlan[] {
    const random = this.#random
    if (random.oneIn(40)) return [random.pick(odd), ...(random.oneIn(2) ? [random.pick(sets)] : [])]
    const [first, second] = [random.pick(sets), random.pick(sets)]
    const isAlone = first.type === 5 || second.type === 5 || first.type === second.type
    return isAlone && !random.oneIn(40) ? [first] : [first, second]
  }

  #bend({ owners: chosen }: RecordTablePlan): Partial<RecordTablePlan> {
    const random = this.#random
    switch (random.below(36)) {
      case 0:
      case 1:
        return { wrong: random.pick(wrongs) }
      case 2:
        return { bits: random.below(9) }
      case 3:
        return { generation: random.pick([-1, 1, 2]) }
      case 4:
        return { owners: [...chosen, [random.pick(oddHosts), this.#sets()]] }
      // Four such sets of text are more than a page.
      case 5:
        return { bits: 0, owners: ['p', 'q', 'r', 's'].map((owner) => [owner, [longText]]) }
      default:
        return {}
    }
  }
}
