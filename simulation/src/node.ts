import type { Genesis } from '@cresset/core-chain'
import type { KeyPair } from '@cresset/core-crypto'
import { LedgerApplication } from '@cresset/network-application'
import type { Clock, EngineStatus } from '@cresset/network-consensus/interface'
import { QuorumEngine, type Timing } from '@cresset/network-consensus/quorum'
import type { Coverage } from './coverage.ts'
import { Disk, type Owner } from './disk.ts'
import { InvariantBroken, type Invariants, short } from './invariants.ts'
import { Port, type SimulatedNetwork, TWIN } from './network.ts'
import type { Random } from './random.ts'
import type { RememberedSignatures } from './remembered-signatures.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'

export interface NodeWorld {
  readonly schedule: Schedule
  readonly network: SimulatedNetwork
  readonly invariants: Invariants
  readonly trace: Trace
  readonly coverage: Coverage
  readonly genesis: Genesis
  readonly startWallMs: number
  readonly signatures: RememberedSignatures
  /** What nodes keep, where not all; undefined for one that keeps all. */
  readonly keeps?: (node: string) => Keeps | undefined
  /** Instead of the times that a run uses. */
  readonly timing?: Partial<Timing>
  /** Ends the run: something must never happen did. */
  readonly fail: (error: unknown) => void
}

/** Newest blocks and versions of the state. */
export interface Keeps {
  readonly keepBlocks: number
  readonly keepVersions: number
}

/** Few, so that a node whose disk was wiped fetches a state. */
const REPLAY_BLOCKS = 4
/** The state of a run is small, and each start of a node makes a cache. */
const CACHE_ENTRIES = 1_024

/** A machine with a disk and a clock, on which the node's process lives and dies. */
export class SimulatedNode {
  readonly id: string
  /** On the network: the second instance of a node has one of its own. */
  readonly address: string
  readonly honest: boolean
  readonly disk = new Disk()
  readonly #world: NodeWorld
  readonly #key: KeyPair
  readonly #random: Random
  #process: { owner: ProcessOwner; engine: QuorumEngine; application: LedgerApplication } | undefined
  #starting = false
  /** Wall clock: simulated time × (1 + drift) + offset. */
  clockOffsetMs = 0
  /** What is wrong with the clock for a while. */
  clockErrorMs = 0
  clockDriftPerMille = 0
  /** Effects until the process dies right after one; undefined: it lives on. */
  fuse: number | undefined
  effects = 0
  crashes = 0
  maxFlushMs = 3
  /** An honest node has written the block of this height. */
  onCommitted: (height: number) => void = () => {}
  /** Transactions that this node leaves out of its blocks. */
  censors: (transaction: Uint8Array) => boolean = () => false

  constructor(
    world: NodeWorld,
    id: string,
    key: KeyPair,
    role: 'honest' | 'traitor' | 'second instance',
    random: Random,
  ) {
    this.#world = world
    this.id = id
    this.address = role === 'second instance' ? `${id}${TWIN}` : id
    this.#key = key
    this.honest = role === 'honest'
    this.#random = random
  }

  get running(): boolean {
    return this.#process !== undefined
  }

  get application(): LedgerApplication | undefined {
    return this.#process?.application
  }

  get status(): EngineStatus | undefined {
    return this.#process?.engine.status()
  }

  get height(): number {
    return this.#process?.application.info().height ?? 0
  }

  async start(): Promise<void> {
    if (this.#process !== undefined || this.#starting) return
    this.#starting = true
    const { genesis, network, invariants, trace, coverage } = this.#world
    const owner = new ProcessOwner(this, this.#world.schedule, this.#random)
    const port = new Port(
      this.address,
      network,
      () => owner.alive,
      (name) => owner.effect(name),
    )
    // The dead process' writes under way end now, some on the disk, some not.
    await this.disk.crash(this.#random, coverage)
    const application = await LedgerApplication.open({
      store: this.disk.openStore(owner),
      genesis,
      check: this.#world.signatures.check,
      cacheEntries: CACHE_ENTRIES,
      ...this.#world.keeps?.(this.id),
    })
    this.#starting = false
    if (!owner.alive) return
    const { height } = application.info()
    if (this.honest) {
      const from = invariants.restarted(this.id, height)
      // Durable just before the crash, so that nobody was told.
      // After a snapshot the blocks before it are not here.
      const oldest = invariants.hasBlocks(this.id) ? from + 1 : height
      for (let at = Math.max(1, oldest); at <= height; at++) {
        const stored = application.storedBlock(at)
        if (stored === undefined) throw new Error(`block ${at} of ${height} is missing`)
        const newest = at === height ? application.info() : undefined
        invariants.committed(this.id, { height: at, ...stored }, newest?.stateRoot, newest)
      }
    }
    trace.note('start', short(this.address), height)
    const prepareProposal = application.prepareProposal.bind(application)
    application.prepareProposal = (request) =>
      prepareProposal(request).filter((transaction) => !this.censors(transaction))
    const commit = application.commit.bind(application)
    application.commit = async (request) => {
      const result = await commit(request)
      if (this.honest) {
        const info = application.info()
        invariants.committed(this.id, request, info.stateRoot, info)
        this.onCommitted(request.height)
      }
      trace.note('commit', short(this.address), request.height, request.blockHash)
      return result
    }
    const offerSnapshot = application.offerSnapshot.bind(application)
    application.offerSnapshot = async (description, trust) => {
      const { height } = application.info()
      const result = await offerSnapshot(description, trust)
      // What it has goes with the first chunk.
      if (this.honest && result.code === 'accept' && height > 0) {
        invariants.wiped(this.id)
        coverage.see('state in the place of blocks')
      }
      return result
    }
    const applySnapshotChunk = application.applySnapshotChunk.bind(application)
    application.applySnapshotChunk = async (index, chunk) => {
      const result = await applySnapshotChunk(index, chunk)
      const info = application.info()
      if (this.honest && owner.alive && result.code === 'done') {
        const stored = application.storedBlock(info.height)
        if (stored === undefined) throw new Error(`a state was restored without its block ${info.height}`)
        // A traitor may have decided it a moment before the first honest node.
        invariants.committed(this.id, { height: info.height, ...stored }, info.stateRoot, info)
      }
      return result
    }
    const engine = new QuorumEngine({
      genesis,
      application,
      network: port,
      clock: this.#clock(owner),
      voteRecord: this.disk.openVotes(owner),
      consensusKey: this.#world.signatures.signerOf(this.#key),
      timing: this.#world.timing ?? { maxViewTimeoutMs: 3_000 },
      replayBlocks: REPLAY_BLOCKS,
      check: this.#world.signatures.check,
      log: {
        info: (event, details) => this.#logged(event, details),
        warn: (event, details) => this.#logged(event, details),
      },
      onFailure: (error) => {
        if (!owner.alive || !this.honest) return
        if (error instanceof InvariantBroken) this.#world.fail(error)
        else this.#world.fail(new InvariantBroken('engine-goes-on', `${short(this.id)}: ${error.stack}`))
      },
      onDivergence: ({ height: at, cause }) => {
        if (this.honest && cause === 'roots')
          throw new InvariantBroken('equal-roots', `${short(this.id)} contradicts a certificate at ${at}`)
      },
    })
    this.#process = { owner, engine, application }
    port.open()
    await engine.start()
  }

  /** The process ends here and now; what was not flushed may be lost. */
  kill(): void {
    const process = this.#process
    if (process === undefined) return
    this.#world.trace.note('crash', short(this.address))
    process.owner.alive = false
    this.#process = undefined
    this.crashes++
    this.#world.network.detach(this.address)
  }

  /** What is wrong with disk and clock ends; what was written stays. */
  heal(): void {
    this.fuse = undefined
    this.maxFlushMs = 3
    this.clockErrorMs = 0
    this.clockDriftPerMille = 0
  }

  #logged(event: string, details: Readonly<Record<string, unknown>> | undefined): void {
    this.#world.trace.note(event, short(this.address), text(details))
    if (this.honest) this.#world.coverage.event(event, details)
  }

  durableVotes(): readonly Uint8Array[] {
    return this.disk.durableVotes
  }

  #clock(owner: ProcessOwner): Clock {
    const { schedule, startWallMs } = this.#world
    return {
      nowMs: () => {
        const drifted = schedule.nowMs + (schedule.nowMs * this.clockDriftPerMille) / 1_000
        return Math.max(0, Math.floor(startWallMs + drifted + this.clockOffsetMs + this.clockErrorMs))
      },
      monotonicMs: () => schedule.nowMs,
      busyMs: () => 0,
      after: (delayMs, run) => schedule.after(Math.ceil(delayMs), 'timer', () => owner.alive && run()),
    }
  }
}

function text(details: Readonly<Record<string, unknown>> | undefined): string {
  return details === undefined ? '' : JSON.stringify(details)
}

class ProcessOwner implements Owner {
  alive = true
  readonly #node: SimulatedNode
  readonly #schedule: Schedule
  readonly #random: Random

  constructor(node: SimulatedNode, schedule: Schedule, random: Random) {
    this.#node = node
    this.#schedule = schedule
    this.#random = random
  }

  effect(_name: string): void {
    if (!this.alive) return
    this.#node.effects++
    if (this.#node.fuse === undefined) return
    this.#node.fuse--
    if (this.#node.fuse > 0) return
    this.#node.fuse = undefined
    this.#node.kill()
  }

  flushMs(): number {
    return this.#random.between(1, this.#node.maxFlushMs)
  }

  after(delayMs: number, name: string, run: () => void): void {
    this.#schedule.after(delayMs, name, () => this.alive && run())
  }
}
