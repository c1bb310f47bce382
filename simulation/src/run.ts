import type { EngineName } from '@cresset/core-chain'
import { decodeFrame, firstVoteRecord, frameCodecsFor } from '@cresset/network-consensus/quorum'
import { type Behaviour, behaviours, forgerOf } from './byzantine.ts'
import { CensorshipWatch } from './censorship-watch.ts'
import { Clients } from './clients.ts'
import { type Consortium, consortiumOf, type Member } from './consortium.ts'
import { Coverage } from './coverage.ts'
import { Faults, losesVotes } from './faults.ts'
import { InvariantBroken, Invariants, short } from './invariants.ts'
import { fairWeather, SimulatedNetwork } from './network.ts'
import { type Keeps, SimulatedNode } from './node.ts'
import { Random } from './random.ts'
import { RememberedSignatures } from './remembered-signatures.ts'
import { Schedule } from './schedule.ts'
import { checkNames, StateCheck } from './state-check.ts'
import { Trace } from './trace.ts'
import { Traitor } from './traitor.ts'
import { type Course, type MembersPlan, memberPlans, Voters } from './voters.ts'

/**
 * - `safety`: faults all the time, until the heights are there
 * - `liveness`: the same to the bit, then a quorum is healed and the rest stays as it is: it must go on within a bound; then all is
 *   healed, and everything sent must become final
 */
export const modes = ['safety', 'liveness'] as const
export type Mode = (typeof modes)[number]

export interface RunOptions {
  readonly seed: number
  /** At least so many heights under faults. */
  readonly heights?: number
  /** Default: liveness, which holds everything that safety does. */
  readonly mode?: Mode
  readonly nodes?: number
  readonly engine?: EngineName
  readonly members?: MembersPlan
  readonly byzantine?: Behaviour | 'none'
  /** So many traitors instead of what the seed says; more than a third can fork. */
  readonly traitors?: number
  /** Only these episodes of faults; undefined: all that come. */
  readonly episodes?: readonly number[]
  /** Clients send no more than this. */
  readonly maxTransactions?: number
  readonly print?: boolean
  /** Kills this node right after its nth effect, in otherwise fair weather. */
  readonly crashAfter?: { readonly node: number; readonly effect: number }
  /** No faults of the network or clocks, for this long instead of up to a height. */
  readonly fairMs?: number
  /** Looks at the honest nodes at the end, before they are switched off. */
  readonly inspect?: (nodes: readonly SimulatedNode[]) => Promise<void>
}

export interface RunResult {
  readonly seed: number
  readonly engine: EngineName
  readonly nodes: number
  readonly byzantine: string
  /** Different sets of validators. */
  readonly sets: number
  readonly heights: number
  /** Proposals: every view of every height. */
  readonly rounds: number
  readonly episodes: number
  /** Episodes that were drawn, carried out or not. */
  readonly drawnEpisodes: number
  readonly transactions: number
  readonly crashes: number
  readonly simulatedMs: number
  readonly frames: number
  readonly effects: readonly number[]
  readonly marks: readonly string[]
  /** Of the trace up to the end of the faults; undefined when an invariant was broken before. */
  readonly faultsHash: string | undefined
  readonly traceHash: string
  /** Undefined when every invariant held. */
  readonly broken: { readonly invariant: string; readonly detail: string } | undefined
}

/** By the seed and not by chance, so that the other seeds' runs stay as they are. */
function planOf({ seed, members, nodes, crashAfter, engine }: RunOptions): MembersPlan {
  if (members !== undefined) return members
  if (nodes !== undefined || crashAfter !== undefined || engine !== undefined) return 'fixed'
  return seed % 16 === 6 ? 'growing' : seed % 8 === 2 ? 'changing' : 'fixed'
}

/** In every fourth run with faults nodes forget old blocks, in half of those the first one less of them. By the seed too. */
function keepsOf({ seed, fairMs }: RunOptions, ids: readonly string[]): (node: string) => Keeps | undefined {
  if (seed % 4 !== 1 || fairMs !== undefined) return () => undefined
  const keepBlocks = 10 + (seed % 7)
  return (node) => ({ keepVersions: 6, keepBlocks: seed % 8 === 5 && node === ids[0] ? 4 * keepBlocks : keepBlocks })
}

export const DEFAULT_HEIGHTS = 200
export const MIN_EPISODES = 3
/** Faults without end may keep a network from going on; then it is healed before it has its heights. */
const MAX_FAULT_MS = 600_000
/** Without a new height for so long it is healed at once. */
const MAX_STANDSTILL_MS = 120_000
/** A quorum, and later all, must go on within this. */
const HEAL_MS = 40_000
/** Clients send nothing new while more waits. */
const MAX_OPEN = 24
/** All honest nodes must pass this many heights after the network healed. */
const HEIGHTS_AFTER_HEALING = 3

export async function runSeed(options: RunOptions): Promise<RunResult> {
  return await new World(options).run()
}

class World {
  readonly #options: RunOptions
  readonly #schedule = new Schedule()
  readonly #trace: Trace
  readonly #random: Random
  readonly #network: SimulatedNetwork
  readonly #nodes: SimulatedNode[]
  readonly #honest: SimulatedNode[]
  readonly #invariants: Invariants
  readonly #coverage = new Coverage()
  readonly #clients: Clients
  readonly #censorship: CensorshipWatch
  readonly #faults: Faults
  readonly #consortium: Consortium
  readonly #byzantine: Behaviour | 'none'
  readonly #stateCheck: StateCheck
  readonly #engine: EngineName
  readonly #voters: Voters | undefined
  #checkedHeight = 0
  #checkedAtMs = 0
  #rounds = 0
  #isLoaded = true
  #faultsHash: string | undefined
  /** Thrown where nobody waits: in a promise of the node's. */
  #failure: unknown

  constructor(options: RunOptions) {
    this.#options = options
    const { seed } = options
    const random = new Random(seed)
    this.#random = random
    this.#trace = new Trace(() => this.#schedule.nowMs, options.print ?? false)
    this.#network = new SimulatedNetwork(this.#schedule, random.fork(), this.#trace)
    const drawnCount = random.pick([4, 4, 4, 4, 4, 4, 5, 6, 7, 7, 1])
    const course: Course | undefined = memberPlans[planOf(options)]
    const count = options.nodes ?? course?.nodes ?? drawnCount
    // By the seed and not by chance, so that the other seeds' runs stay as they are.
    this.#engine = options.engine ?? (seed % 8 === 7 ? 'majority' : seed % 8 === 3 ? 'stake' : 'pbft')
    const consortium = consortiumOf(count, this.#engine, course?.first ?? count)
    this.#consortium = consortium
    const { genesis, chainId } = consortium
    const supply = [...genesis.balances, ...(genesis.stakes ?? [])].reduce((sum, { amount }) => sum + amount, 0n)
    // A majority withstands stops, and nobody who lies; one of its nodes may forget.
    const mayLie = this.#engine === 'majority' ? 0 : Math.floor(((course?.least ?? count) - 1) / 3)
    const drawn = random.chance(2, 3) ? random.pick(behaviours) : 'none'
    const chosen = options.byzantine ?? (losesVotes(seed) ? 'none' : drawn)
    const some = mayLie === 0 ? 0 : random.between(1, mayLie)
    const traitorCount = chosen === 'none' ? 0 : (options.traitors ?? some)
    const first = random.between(0, count - 1)
    const traitors = Array.from({ length: traitorCount }, (_, index) => (first + index) % count)
    this.#byzantine = traitorCount === 0 ? 'none' : chosen
    const lying = new Set(traitors.map((index) => consortium.members[index]?.id))
    this.#stateCheck = new StateCheck(supply, (id) => lying.has(id) || this.#invariants.mayLie(id))
    const signatures = new RememberedSignatures()
    const { check } = signatures
    // More than may lie are let loose only to see a fork; what is decided is then not theirs to undo.
    const liars = this.#engine === 'majority' && (course?.least ?? count) >= 3 ? 1 : mayLie
    this.#invariants = new Invariants({
      genesis,
      chainId,
      traitors: traitors.slice(0, mayLie).map((index) => (consortium.members[index] as Member).id),
      check,
      coverage: this.#coverage,
    })
    const startWallMs = genesis.timeMs + 60_000
    const world = {
      schedule: this.#schedule,
      network: this.#network,
      invariants: this.#invariants,
      trace: this.#trace,
      coverage: this.#coverage,
      genesis,
      startWallMs,
      signatures,
      keeps: keepsOf(
        options,
        consortium.members.map(({ id }) => id),
      ),
      fail: (error: unknown) => {
        this.#failure ??= error
      },
    }
    const makeNode = (index: number, role: 'honest' | 'traitor' | 'second instance'): SimulatedNode => {
      const member = consortium.members[index]
      if (member === undefined) throw new Error('no such member')
      return new SimulatedNode(world, member.id, member.consensusKey, role, random.fork())
    }
    const isTwins = this.#byzantine === 'twins'
    this.#nodes = consortium.members.map((_, index) => makeNode(index, traitors.includes(index) ? 'traitor' : 'honest'))
    if (isTwins) for (const index of traitors) this.#nodes.push(makeNode(index, 'second instance'))
    this.#honest = this.#nodes.filter(({ honest }) => honest)
    // Now and then the keys came from elsewhere, and the first start finds no record. Where every vote counts that would be the end.
    const withoutRecords = random.chance(1, 4) && course?.first === undefined && traitorCount === 0
    if (!withoutRecords) for (const node of this.#nodes) node.disk.resetVotes(firstVoteRecord(genesis))
    this.#betray(traitors, signatures)
    const honestById = new Map(this.#honest.map((node) => [node.address, node]))
    this.#network.watch = (from, _to, frame) => {
      const node = honestById.get(from)
      if (node !== undefined) this.#invariants.sent(from, frame, () => node.durableVotes())
      this.#faults.sent(from, frame)
    }
    this.#clients = new Clients({
      consortium,
      signatures,
      random: random.fork(),
      finality: this.#invariants,
      coverage: this.#coverage,
      wallMs: () => startWallMs + this.#schedule.nowMs,
    })
    if (course !== undefined)
      this.#voters = new Voters(consortium, this.#clients, this.#invariants, random.fork(), course)
    this.#censorship = new CensorshipWatch({
      clients: this.#clients,
      invariants: this.#invariants,
      honest: this.#honest,
      nodes: count,
      faulty: mayLie,
    })
    for (const node of this.#honest) node.onCommitted = (height) => this.#onCommitted(node, height)
    const codecs = frameCodecsFor(genesis.parameters)
    this.#faults = new Faults({
      seed,
      schedule: this.#schedule,
      network: this.#network,
      nodes: this.#nodes,
      trace: this.#trace,
      coverage: this.#coverage,
      // Where sometimes every vote counts, one that forgot would end it all.
      mayForget: withoutRecords || course?.first !== undefined ? 0 : liars - traitorCount,
      mayWipe: Math.floor(((course?.least ?? this.#nodes.length) - 1) / 3),
      only: options.episodes,
      read: (frame) => (frame[0] === 1 ? decodeFrame(codecs.message, frame) : undefined),
      kept: (node) => this.#invariants.acknowledged(node.id),
      startSoon: (node, delayMs) => this.#startSoon(node, delayMs),
      wiped: (node) => this.#invariants.wiped(node.id),
      forgot: (node) => this.#invariants.forgot(node.id),
    })
  }

  #betray(traitors: readonly number[], signatures: RememberedSignatures): void {
    const behaviour = this.#byzantine
    if (behaviour === 'none' || behaviour === 'twins') return
    const consortium = this.#consortium
    const honestIds = this.#honest.map(({ id }) => id)
    const inFirstHalf = (peer: string): boolean => honestIds.indexOf(peer) % 2 === 0
    for (const index of traitors) {
      const { id, consensusKey } = consortium.members[index] as Consortium['members'][number]
      if (behaviour === 'censoring') {
        const node = this.#nodes[index] as SimulatedNode
        const [victim] = consortium.users
        // The sender's key stands in the transaction.
        const sender = Buffer.from(victim?.publicKey ?? new Uint8Array(0))
        node.censors = (transaction) => Buffer.from(transaction).includes(sender)
        this.#coverage.see('proposer that censors')
        continue
      }
      const traitor = new Traitor(consortium, consensusKey, signatures)
      const random = this.#random.fork()
      this.#network.forgers.set(id, forgerOf({ behaviour, consortium, traitor, random, inFirstHalf }))
    }
  }

  async run(): Promise<RunResult> {
    let broken: RunResult['broken']
    try {
      await this.#simulate()
    } catch (error) {
      if (!(error instanceof InvariantBroken)) throw error
      broken = { invariant: error.invariant, detail: error.message }
      this.#trace.note('broken', error.message)
    }
    for (const node of this.#nodes) node.kill()
    return {
      seed: this.#options.seed,
      engine: this.#engine,
      nodes: this.#consortium.members.length,
      byzantine: this.#byzantine,
      sets: this.#invariants.sets,
      heights: this.#invariants.highest,
      rounds: this.#rounds,
      episodes: this.#faults.carriedOut,
      drawnEpisodes: this.#faults.drawn,
      transactions: this.#clients.sent,
      crashes: this.#nodes.reduce((sum, { crashes }) => sum + crashes, 0),
      simulatedMs: this.#schedule.nowMs,
      frames: this.#network.frames,
      effects: this.#nodes.map(({ effects }) => effects),
      marks: this.#coverage.seen,
      faultsHash: this.#faultsHash,
      traceHash: this.#trace.hash(),
      broken,
    }
  }

  /** Each new height: the money is there, and nobody was left out for too long. */
  #onCommitted(node: SimulatedNode, height: number): void {
    if (height <= this.#checkedHeight) return
    this.#checkedHeight = height
    this.#checkedAtMs = this.#schedule.nowMs
    this.#rounds += 1 + this.#invariants.viewOf(height)
    this.#stateCheck.check(node)
    const quietSinceMs = this.#faults.quietSinceMs
    this.#censorship.decided(height, quietSinceMs !== undefined && this.#schedule.nowMs > quietSinceMs)
  }

  async #simulate(): Promise<void> {
    const { crashAfter, fairMs, mode = 'liveness', heights = DEFAULT_HEIGHTS } = this.#options
    for (const node of this.#nodes) {
      node.clockOffsetMs = this.#random.between(-300, 300)
      node.clockDriftPerMille = fairMs === undefined ? this.#random.between(-2, 2) : 0
    }
    const target = crashAfter === undefined ? undefined : this.#nodes[crashAfter.node]
    if (target !== undefined) target.fuse = crashAfter?.effect
    for (const node of this.#nodes) this.#startSoon(node, this.#random.between(0, 200))
    this.#planLoad()
    if (fairMs !== undefined) await this.#runUntil(fairMs)
    else {
      this.#faults.begin()
      const isEnough = (): boolean =>
        this.#invariants.highest >= heights &&
        (this.#faults.carriedOut >= MIN_EPISODES || this.#options.episodes !== undefined)
      const goesOn = (): boolean =>
        this.#schedule.nowMs < MAX_FAULT_MS && this.#schedule.nowMs - this.#checkedAtMs < MAX_STANDSTILL_MS
      while (!isEnough() && goesOn()) await this.#runUntil(this.#schedule.nowMs + 250)
    }
    this.#faults.end()
    for (const node of this.#honest) if (node.disk.hasState) this.#stateCheck.check(node)
    this.#faultsHash = this.#trace.hash()
    if (mode === 'liveness') {
      // Which quorum could be healed alone, votes under way would change.
      if (fairMs === undefined && this.#voters === undefined) await this.#healQuorum()
      await this.#healAll(fairMs === undefined ? heights : 0)
      for (const node of this.#honest) checkNames(node, this.#stateCheck.check(node), this.#clients)
    }
    await this.#options.inspect?.(this.#honest)
  }

  #startSoon(node: SimulatedNode, delayMs: number): void {
    this.#schedule.after(delayMs, 'boot', () => {
      node.start().catch((error) => {
        this.#failure ??= error
      })
    })
  }

  #planLoad(): void {
    const { maxTransactions = Number.MAX_SAFE_INTEGER } = this.#options
    this.#schedule.after(this.#random.between(20, 140), 'client', () => {
      if (!this.#isLoaded) return
      const burst = this.#clients.open.length > MAX_OPEN ? 0 : this.#random.chance(1, 40) ? 12 : 1
      for (let count = 0; count < burst && this.#clients.sent < maxTransactions; count++)
        this.#clients.send(this.#honest)
      if (this.#random.chance(1, 100) && this.#clients.sent < maxTransactions) this.#clients.beginRegistration()
      if (this.#random.chance(1, 10)) this.#clients.goOn(this.#honest)
      if (this.#random.chance(1, 25)) this.#clients.sendAgain(this.#honest)
      this.#voters?.act(this.#honest)
      this.#planLoad()
    })
  }

  /** Some quorum is healed and the rest frozen in its faults: down, cut off, or heard and not hearing. */
  async #healQuorum(): Promise<void> {
    const { members } = this.#consortium
    const quorum =
      this.#engine === 'majority' ? Math.floor(members.length / 2) + 1 : Math.floor((2 * members.length) / 3) + 1
    const sound = this.#honest.filter((node) => !this.#faults.forgot(node))
    const forgetful = this.#honest.filter((node) => this.#faults.forgot(node))
    const core = [...shuffled(sound, this.#random), ...forgetful].slice(0, quorum)
    const rest = this.#nodes.filter((node) => !core.includes(node))
    if (rest.length === 0) return
    this.#trace.note('heal a quorum', ...core.map(({ id }) => short(id)))
    this.#network.weather = fairWeather
    this.#network.healAll()
    for (const node of core) {
      node.heal()
      this.#startSoon(node, 0)
    }
    for (const node of rest) this.#freeze(node, core)
    await this.#mustGoOn(core, 'progress-of-a-quorum')
    this.#coverage.see('progress with a minority frozen')
  }

  #freeze(node: SimulatedNode, core: readonly SimulatedNode[]): void {
    node.fuse = undefined
    switch (this.#random.between(0, 2)) {
      case 0:
        node.kill()
        break
      case 1:
        for (const other of core) {
          this.#network.cut(node.address, other.address)
          this.#network.cut(other.address, node.address)
        }
        break
      default:
        for (const other of core) this.#network.cut(other.address, node.address)
    }
  }

  /** All faults end; the honest nodes must go on together within the time, and nothing sent may stay open. */
  async #healAll(heights: number): Promise<void> {
    this.#trace.note('heal')
    this.#network.weather = fairWeather
    this.#network.healAll()
    for (const node of this.#nodes) {
      node.heal()
      this.#startSoon(node, 0)
    }
    // A run that faults kept from its heights makes them up now.
    while (this.#invariants.highest < heights && this.#clients.sent < (this.#options.maxTransactions ?? Infinity)) {
      const before = this.#invariants.highest
      await this.#runUntil(this.#schedule.nowMs + HEAL_MS)
      if (this.#invariants.highest === before) break
    }
    await this.#mustGoOn(this.#honest, 'progress-after-healing')
    this.#isLoaded = false
    const endMs = this.#schedule.nowMs + 2 * HEAL_MS
    while (this.#clients.sendAgain([]) + this.#clients.unfinished > 0) {
      if (this.#schedule.nowMs >= endMs) this.#stuck('progress-after-healing', this.#honest)
      this.#clients.sendAgain(this.#honest)
      this.#clients.goOn(this.#honest)
      await this.#runUntil(this.#schedule.nowMs + 1_000)
    }
  }

  async #mustGoOn(
    nodes: readonly SimulatedNode[],
    invariant: 'progress-of-a-quorum' | 'progress-after-healing',
  ): Promise<void> {
    const target = this.#invariants.highest + HEIGHTS_AFTER_HEALING
    const endMs = this.#schedule.nowMs + HEAL_MS
    while (!nodes.every((node) => node.running && node.height >= target)) {
      if (this.#schedule.nowMs >= endMs) this.#stuck(invariant, nodes)
      await this.#runUntil(this.#schedule.nowMs + 250)
    }
  }

  #stuck(invariant: 'progress-of-a-quorum' | 'progress-after-healing', nodes: readonly SimulatedNode[]): never {
    const where = nodes.map((node) => {
      const status = node.status
      return `${short(node.id)} height ${node.height} view ${status?.view} ${status?.phase} ${status?.trouble ?? ''}`
    })
    const open = this.#clients.sendAgain([])
    const detail = `highest ${this.#invariants.highest}, ${open} transactions open; ${where.join('; ')}`
    throw new InvariantBroken(invariant, detail)
  }

  async #runUntil(untilMs: number): Promise<void> {
    for (let next = this.#schedule.take(untilMs); next !== undefined; next = this.#schedule.take(untilMs)) {
      const { name } = next
      next.run()
      // What a flush or a start sets off runs in microtasks; frames and timers are worked on at once.
      if (name !== 'frame') await settled()
      if (this.#failure !== undefined) throw this.#failure
    }
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items]
  const taken: T[] = []
  while (rest.length > 0) taken.push(...rest.splice(random.between(0, rest.length - 1), 1))
  return taken
}

/** All promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
