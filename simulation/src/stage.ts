import { type EngineName, proposerIndex, type ValidatorSet, validatorsOf } from '@cresset/core-chain'
import {
  decodeFrame,
  type FrameCodecs,
  firstVoteRecord,
  frameCodecsFor,
  type Message,
  type Timing,
} from '@cresset/network-consensus/quorum'
import { type Behaviour, forgerOf } from './byzantine.ts'
import { Clients } from './clients.ts'
import { type Consortium, consortiumOf, type Member } from './consortium.ts'
import { Coverage } from './coverage.ts'
import { type Invariant, InvariantBroken, Invariants, short } from './invariants.ts'
import { SimulatedNetwork } from './network.ts'
import { type Keeps, type NodeWorld, SimulatedNode } from './node.ts'
import { Random } from './random.ts'
import { RememberedSignatures } from './remembered-signatures.ts'
import { Schedule } from './schedule.ts'
import { Trace } from './trace.ts'
import { Traitor } from './traitor.ts'

export interface StageOptions {
  readonly nodes: number
  readonly engine?: EngineName
  /** Validators of which there are two instances. */
  readonly twins?: readonly number[]
  /** Validators that lie, and how. */
  readonly traitors?: ReadonlyMap<number, Behaviour>
  readonly timing?: Partial<Timing>
  /** What all nodes keep. Default: all. */
  readonly keeps?: Keeps
  readonly print?: boolean
}

/** Nodes, a network and a clock on which a written scenario is played: nothing happens by chance but delays of some milliseconds. */
export class Stage {
  readonly schedule = new Schedule()
  readonly coverage = new Coverage()
  readonly trace: Trace
  readonly network: SimulatedNetwork
  readonly invariants: Invariants
  readonly consortium: Consortium
  readonly clients: Clients
  /** In the order of genesis, then second instances. */
  readonly nodes: readonly SimulatedNode[]
  readonly honest: readonly SimulatedNode[]
  readonly codecs: FrameCodecs
  readonly #set: ValidatorSet
  readonly #world: NodeWorld
  #failure: unknown

  constructor(options: StageOptions) {
    const { twins = [], traitors = new Map<number, Behaviour>() } = options
    this.consortium = consortiumOf(options.nodes, options.engine)
    const { genesis, chainId, members } = this.consortium
    const random = new Random(1)
    this.trace = new Trace(() => this.schedule.nowMs, options.print ?? false)
    this.network = new SimulatedNetwork(this.schedule, random.fork(), this.trace)
    this.codecs = frameCodecsFor(genesis.parameters)
    this.#set = validatorsOf(genesis)
    const signatures = new RememberedSignatures()
    const liars = [...twins, ...traitors.keys()]
    const mayLie = Math.floor((options.nodes - 1) / 3)
    this.invariants = new Invariants({
      genesis,
      chainId,
      traitors: liars.slice(0, mayLie).map((index) => (members[index] as Member).id),
      check: signatures.check,
      coverage: this.coverage,
    })
    this.#world = {
      schedule: this.schedule,
      network: this.network,
      invariants: this.invariants,
      trace: this.trace,
      coverage: this.coverage,
      genesis,
      startWallMs: genesis.timeMs + 60_000,
      signatures,
      ...(options.timing === undefined ? {} : { timing: options.timing }),
      keeps: () => options.keeps,
      fail: (error) => {
        this.#failure ??= error
      },
    }
    this.nodes = [...members.keys(), ...twins].map((member, place) => {
      const { id, consensusKey } = members[member] as Member
      const isSecond = place >= members.length
      const role = isSecond ? 'second instance' : liars.includes(member) ? 'traitor' : 'honest'
      const node = new SimulatedNode(this.#world, id, consensusKey, role, random.fork())
      node.disk.resetVotes(firstVoteRecord(genesis))
      // So that two instances never propose the same block.
      node.clockOffsetMs = place * 7
      return node
    })
    this.honest = this.nodes.filter((node) => node.honest)
    const honestByAddress = new Map(this.honest.map((node) => [node.address, node]))
    this.network.watch = (from, _to, frame) => {
      const node = honestByAddress.get(from)
      if (node !== undefined) this.invariants.sent(from, frame, () => node.durableVotes())
    }
    for (const [index, behaviour] of traitors) {
      const { id, consensusKey } = members[index] as Member
      const traitor = new Traitor(this.consortium, consensusKey, signatures)
      const inFirstHalf = (peer: string): boolean => this.honest.findIndex((node) => node.id === peer) % 2 === 0
      const forger = forgerOf({ behaviour, consortium: this.consortium, traitor, random: random.fork(), inFirstHalf })
      this.network.forgers.set(id, forger)
    }
    const wallMs = (): number => this.#world.startWallMs + this.schedule.nowMs
    this.clients = new Clients({
      consortium: this.consortium,
      signatures,
      random: random.fork(),
      finality: this.invariants,
      coverage: this.coverage,
      wallMs,
    })
  }

  start(nodes: readonly SimulatedNode[] = this.nodes): void {
    for (const node of nodes) {
      this.schedule.after(0, 'boot', () => {
        node.start().catch(this.#world.fail)
      })
    }
  }

  /** Who proposes at (height, view). */
  proposerOf(height: number, view: number): SimulatedNode {
    const nodeId = this.#set.validators[proposerIndex(this.#set, height, view)]?.nodeId
    const id = Buffer.from(nodeId ?? new Uint8Array(0)).toString('hex')
    const node = this.nodes.find((other) => other.id === id)
    if (node === undefined) throw new Error(`nobody proposes at ${height}, ${view}`)
    return node
  }

  /** The message of agreement in a frame; undefined for frames of other kinds. */
  read(frame: Uint8Array): Message | undefined {
    return frame[0] === 1 ? decodeFrame(this.codecs.message, frame) : undefined
  }

  async run(forMs: number): Promise<void> {
    const untilMs = this.schedule.nowMs + forMs
    for (let next = this.schedule.take(untilMs); next !== undefined; next = this.schedule.take(untilMs)) {
      next.run()
      if (next.name !== 'frame') await new Promise((resolve) => setImmediate(resolve))
      if (this.#failure !== undefined) throw this.#failure
    }
  }

  /** Runs until it is so; `invariant` is broken when that takes longer than `withinMs`. */
  async until(isSo: () => boolean, withinMs: number, what: string, invariant: Invariant = 'progress-after-healing') {
    const endMs = this.schedule.nowMs + withinMs
    while (!isSo()) {
      if (this.schedule.nowMs >= endMs) {
        const where = this.honest.map((node) => {
          const status = node.status
          return `${short(node.id)} height ${node.height} view ${status?.view} ${status?.phase} ${status?.trouble ?? ''}`
        })
        throw new InvariantBroken(invariant, `not within ${withinMs} ms: ${what}; ${where.join('; ')}`)
      }
      await this.run(10)
    }
  }

  /** All honest nodes that run pass this many heights more. */
  async mustGoOn(heights: number, withinMs: number, nodes: readonly SimulatedNode[] = this.honest): Promise<void> {
    const target = this.invariants.highest + heights
    await this.until(() => nodes.every((node) => node.height >= target), withinMs, `${heights} heights more`)
  }

  end(): void {
    for (const node of this.nodes) node.kill()
  }
}
