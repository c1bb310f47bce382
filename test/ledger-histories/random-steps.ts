import type { Random } from '../../tools/fuzz/random.ts'
import { firstCharge } from '../naive-ledger/deposits.ts'
import { owned, paceOf } from '../naive-ledger/state.ts'
import { otherChainId } from './genesis.ts'
import type { Act, Step, TransactionPlan } from './history.ts'
import { nameOfKey } from './keys.ts'
import { randomAgreement } from './random-agreement.ts'
import { randomDelegation } from './random-delegation.ts'
import { owners, payers } from './random-genesis.ts'
import { oddNames, randomLabel, zoneWords } from './random-names.ts'
import { randomParameters } from './random-parameters.ts'
import { hostKeyOf, randomPublish } from './random-publish.ts'
import { randomServerChange } from './random-servers.ts'
import { RandomTrades } from './random-trade.ts'
import type { SideBySide } from './run.ts'

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs

/** Has transactions to add to a step. */
interface StepSource {
  next(): TransactionPlan[]
}

/** Writes a history step by step, looking at what the naive ledger holds so that transactions meet something. */
export class RandomSteps {
  readonly #random: Random
  readonly #run: SideBySide
  readonly #trades: RandomTrades
  /** What else there is to do, by numbers of its own. */
  readonly #others: readonly StepSource[]
  #seals: string[] = []
  #revealed: string[] = []
  #made = 0

  constructor(random: Random, run: SideBySide, others: readonly (StepSource | undefined)[] = []) {
    this.#random = random
    this.#others = others.filter((other) => other !== undefined)
    this.#run = run
    this.#trades = new RandomTrades(random)
  }

  next(): Step {
    const random = this.#random
    const step = this.#withOthers(this.#step())
    if (!random.oneIn(12)) return step
    return { ...step, parameters: randomParameters(random, this.#run.naive.genesis.parameters) }
  }

  #withOthers(step: Step): Step {
    const added = this.#others.flatMap((other) => other.next())
    return added.length === 0 ? step : { ...step, transactions: [...(step.transactions ?? []), ...added] }
  }

  #step(): Step {
    const random = this.#random
    const afterMs = this.#afterMs()
    const proposer = random.below(4)
    if (random.oneIn(6)) return { afterMs, proposer, times: random.pick([1, 2, 5, 12, 20, 40]) }
    if (random.oneIn(12)) return { afterMs, proposer, transactions: this.#race() }
    if (random.oneIn(12) && this.#seals.length > 1) return { afterMs, proposer, transactions: this.#revealAll() }
    if (random.oneIn(15)) {
      const given = this.#giveUp()
      if (given.length > 0) return { afterMs, proposer, transactions: given }
    }
    const count = random.pick([1, 1, 1, 2, 3, 5, 8])
    return { afterMs, proposer, transactions: Array.from({ length: count }, () => this.#transaction()) }
  }

  /** Bursts of 20 and more blocks a second, heartbeats, and halts from minutes to days. */
  #afterMs(): number {
    const random = this.#random
    const { maxBlockIntervalMs } = this.#run.naive.genesis.parameters
    if (random.oneIn(40)) return random.pick([0, -5])
    return random.pick([
      1,
      41,
      50,
      50,
      1_000,
      1_000 + random.below(500),
      maxBlockIntervalMs,
      maxBlockIntervalMs + random.below(maxBlockIntervalMs),
      2 * maxBlockIntervalMs,
      10 * minuteMs,
      random.pick([dayMs, 10 * dayMs, 1 + random.below(dayMs)]),
    ])
  }

  #transaction(): TransactionPlan {
    const random = this.#random
    const by = random.oneIn(30) ? random.pick(['poor', 'nobody']) : random.pick(payers)
    const act = this.#act()
    const bend = random.oneIn(10) ? this.#bend() : {}
    return { by, ...this.#cosigners(by, act), act, ...bend }
  }

  /** The primary key where one is needed, now and then another or none. */
  #cosigners(by: string, act: Act): { with?: string[] } {
    const random = this.#random
    const needed: string[] = []
    if (act.kind === 'publish' || act.kind === 'cancel' || act.kind === 'renew' || act.kind === 'setStandingOrder')
      needed.push(this.#ownerOf(act.name))
    if (act.kind === 'addServer' || act.kind === 'withdrawServer') needed.push(this.#ownerOf(act.name))
    if (act.kind === 'setDomainCertificate' || act.kind === 'setDelegation' || act.kind === 'setEncryptionKey')
      needed.push(this.#ownerOf(act.name))
    if (act.kind === 'setRecords') needed.push(this.#ownerOf(act.name))
    if (act.kind === 'confirmAddress') needed.push(act.address.startsWith('7f') ? 'e1' : 'p1')
    if (act.kind === 'offerName' || act.kind === 'withdrawOffer' || act.kind === 'changeKey')
      needed.push(this.#ownerOf(act.name))
    if (act.kind === 'changeKey') needed.push(act.to)
    if (act.kind === 'buyName') needed.push(act.owner)
    if (random.oneIn(12)) needed.push(random.pick(payers))
    if (act.kind === 'notarize' && random.oneIn(3)) needed.push(random.pick(owners))
    const others = [...new Set(needed)].filter((key) => key !== by && !random.oneIn(15))
    return others.length === 0 ? {} : { with: others }
  }

  #ownerOf(name: string): string {
    const entry = owned(this.#run.naive.state).find((candidate) => candidate.name === name)
    return (entry && nameOfKey(entry.ownership.primaryKey)) ?? this.#random.pick(owners)
  }

  #bend(): Partial<TransactionPlan> {
    const random = this.#random
    switch (random.below(9)) {
      case 5:
      case 6:
        return { flip: random.below(1 << 16) }
      case 0:
        return { sequence: random.pick([-1, 1, 1, 2, 63, 64, 100]) }
      case 1:
        return { validForMs: random.pick([-1, 0, 1, dayMs, dayMs + 1, -3_600_000]) }
      case 2:
        return { fee: random.pick([-1, 1, 1_000_000]) }
      case 3:
        return { chain: otherChainId }
      case 4:
        return { damage: random.pick(['trailing', 'cut', 'signer-twice'] as const) }
      default:
        return { damage: 'signature' }
    }
  }

  #act(): Act {
    const random = this.#random
    const names = owned(this.#run.naive.state).map(({ name }) => name)
    const known = names.length > 0 && !random.oneIn(12)
    const unknown = random.oneIn(3) ? random.pick(oddNames) : `${randomLabel(random)}.${random.pick(zoneWords)}`
    const name = known ? random.pick(names) : unknown
    if (known && random.oneIn(5)) return this.#publishing(name)
    if (known && random.oneIn(4)) return randomDelegation(random, this.#run.naive.state, name, this.#ownerOf(name))
    if (known && random.oneIn(4)) return this.#trades.next(name, (of) => this.#ownerOf(of))
    switch (random.below(known || random.oneIn(4) ? 16 : 10)) {
      case 0:
        return { kind: 'transfer', to: random.pick([...payers, 'new']), ...this.#amount(), memo: random.below(3) }
      case 1:
      case 2:
      case 3:
        return this.#seal()
      case 4:
      case 5:
      case 6:
      case 7:
        return this.#reveal()
      case 8:
        if (random.oneIn(2)) return randomAgreement(random)
        return { kind: 'notarize', words: `document ${random.below(6)}`, form: random.below(2) }
      case 9:
        return random.oneIn(2) ? this.#copy() : { kind: 'topUp', name, amount: this.#deposit() }
      case 10:
        return this.#renewal(name)
      case 11:
        return { kind: 'cancel', name }
      default:
        return this.#publishing(name)
    }
  }

  #publishing(name: string): Act {
    const random = this.#random
    if (random.oneIn(2)) return randomServerChange(random, this.#run.naive.state, name, this.#ownerOf(name))
    return randomPublish(random, name, this.#ownerOf(name))
  }

  /** By term names are renewed, else topped up or refilled by order. */
  #renewal(name: string): Act {
    const random = this.#random
    const isByTerm = this.#run.naive.genesis.parameters.nameTermMs > 0
    if (isByTerm ? !random.oneIn(8) : random.oneIn(8)) return { kind: 'renew', name }
    if (random.oneIn(2)) return { kind: 'topUp', name, amount: this.#deposit() }
    if (random.oneIn(4)) return { kind: 'setStandingOrder', name }
    const { parameters: p } = this.#run.naive.genesis
    const { rate, period } = paceOf(p)
    const least = (7n * BigInt(dayMs) * rate + period - 1n) / period
    const refill = (least + BigInt(random.pick([-1, 0, 0, 1, 20]))) * p.quantum
    const cap = refill * BigInt(random.pick([1, 1, 2, 3])) + BigInt(random.pick([-1, 0, 0, 15])) * p.quantum
    const atLeast = (amount: bigint) => String(amount < 0n ? 0n : amount)
    return { kind: 'setStandingOrder', name, refill: atLeast(refill), cap: atLeast(cap) }
  }

  #amount(): { amount: string } {
    const random = this.#random
    return { amount: random.pick(['0', '1', '1000', '123456', '5000000', String(2n ** 63n)]) }
  }

  /** Around what the first interval costs, in smallest units, seldom whole quanta. */
  #deposit(): string {
    const random = this.#random
    const { parameters: p } = this.#run.naive.genesis
    const charge = firstCharge(p)
    if (random.oneIn(25)) return random.pick(['0', String(2n ** 53n * p.quantum), String(2n ** 52n * p.quantum - 1n)])
    const quanta = charge * BigInt(random.pick([1, 1, 2, 3, 5, 20])) + BigInt(random.pick([-1, 0, 0, 1, 7]))
    return String((quanta < 0n ? 0n : quanta) * p.quantum + BigInt(random.below(Number(p.quantum))))
  }

  #seal(): Act {
    const random = this.#random
    const id = `s${++this.#made}`
    this.#seals.push(id)
    const zone = random.oneIn(25) ? random.pick(['nowhere', 'acme.', 'ACME', '']) : random.pick(zoneWords)
    const label = randomLabel(random)
    const owner = random.pick(owners)
    const wrongs = ['signature', 'key', 'plaintext', 'chain', 'sequence', 'commitment'] as const
    const certificate = random.oneIn(6)
      ? { certificate: { key: hostKeyOf(`${label}.${zone}`), host: `www.${label}.${zone}` } }
      : {}
    const wrong = random.oneIn(12) ? { wrong: random.pick(wrongs) } : {}
    const flip = random.oneIn(20) ? { flip: random.below(1 << 12) } : {}
    return { kind: 'seal', id, label, zone, owner, deposit: this.#deposit(), ...certificate, ...wrong, ...flip }
  }

  /** Several senders want one name at once. */
  #race(): TransactionPlan[] {
    const random = this.#random
    const label = randomLabel(random)
    const zone = random.pick(zoneWords)
    const senders = payers.filter(() => !random.oneIn(3))
    return senders.map((by) => {
      const act = this.#seal()
      return { by, act: act.kind === 'seal' ? { ...act, label, zone } : act }
    })
  }

  /** A name is given up, and who knew of it has a seal ready from before it is free. */
  #giveUp(): TransactionPlan[] {
    const random = this.#random
    const names = owned(this.#run.naive.state).map(({ name }) => name)
    if (names.length === 0) return []
    const name = random.pick(names)
    const owner = this.#ownerOf(name)
    const [label = '', ...zone] = name.split('.')
    const seal = this.#seal()
    const plans: TransactionPlan[] = [
      { by: random.pick(payers), act: seal.kind === 'seal' ? { ...seal, label, zone: zone.join('.') } : seal },
      { by: 'e2', ...(owner === 'e2' ? {} : { with: [owner] }), act: { kind: 'cancel', name } },
    ]
    return random.oneIn(2) ? plans : plans.reverse()
  }

  /** The newest open seals, the youngest first, all at once. */
  #revealAll(): TransactionPlan[] {
    const random = this.#random
    const ids = this.#seals.slice(-random.pick([2, 4, 8])).reverse()
    this.#seals = this.#seals.filter((id) => !ids.includes(id))
    this.#revealed.push(...ids)
    return ids.map((id) => ({ by: random.pick(payers), act: { kind: 'reveal', id } }))
  }

  #copy(): Act {
    if (this.#seals.length === 0) return this.#seal()
    const of = this.#random.pick(this.#seals)
    const id = `s${++this.#made}`
    this.#seals.push(id)
    return { kind: 'copySeal', id, of }
  }

  /** Mostly of a seal that is open, in any order, by anybody. */
  #reveal(): Act {
    const random = this.#random
    if (random.oneIn(12) && this.#revealed.length > 0) return { kind: 'reveal', id: random.pick(this.#revealed) }
    if (this.#seals.length === 0) return this.#seal()
    const wrong = random.oneIn(15) ? { wrong: random.pick(['secret', 'sequence'] as const) } : {}
    const id = random.oneIn(3) ? (this.#seals.at(-1) as string) : random.pick(this.#seals)
    if (wrong.wrong === undefined) {
      this.#seals = this.#seals.filter((other) => other !== id)
      // A reveal can be too early; then it is tried again.
      if (random.oneIn(4)) this.#seals.push(id)
      this.#revealed.push(id)
    }
    return { kind: 'reveal', id, ...wrong }
  }
}
