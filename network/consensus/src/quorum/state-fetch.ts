import { type Genesis, type SignatureCheck, trustFromGenesis } from '@cresset/core-chain'
import type { Application, Clock, EngineLog, Network, PeerId, SnapshotTrust } from '../interface/index.ts'
import { decodeFrame } from './frames.ts'
import { SnapshotServer } from './snapshot-server.ts'
import { StateTransfer } from './state-transfer.ts'
import { transferCodec } from './transfer-frames.ts'
import { ValidatorWalk } from './validator-walk.ts'

export interface StateFetchOptions {
  readonly genesis: Genesis
  readonly application: Application
  readonly network: Network
  readonly clock: Clock
  readonly check: SignatureCheck
  /** So many blocks are replayed: a state that leaves more of them is not taken. */
  readonly replayBlocks: number
  /** Whether a state is still wanted when a peer is at this height. */
  readonly isWanted: (height: number) => boolean
  readonly log: EngineLog
  /** Goes on when the work is done, unless the engine has stopped. */
  readonly await: <T>(work: Promise<T>, then: (value: T) => void) => void
  /** Leaves agreement; resolves when nothing of it is under way. */
  readonly leave: () => Promise<unknown>
  /** Takes part again, from where application and vote record now are. */
  readonly comeBack: (restored: boolean) => void
  readonly onMalformed: () => void
}

/**
 * All that travels as state: a node without blocks, or without those that the others have forgotten, fetches one once it knows whom to
 * believe, and any node serves its own.
 */
export class StateFetch {
  readonly #options: StateFetchOptions
  readonly #snapshots: SnapshotServer
  readonly #walk: ValidatorWalk
  #transfer: StateTransfer | undefined
  #failed = false

  constructor(options: StateFetchOptions) {
    const { genesis, network, clock, check, log } = options
    this.#options = options
    this.#snapshots = new SnapshotServer(options)
    this.#walk = new ValidatorWalk({ trust: trustFromGenesis(genesis), network, clock, check, log })
  }

  /** While it runs the node takes no part in agreement: there is no state to agree on. */
  get isRunning(): boolean {
    return this.#transfer !== undefined
  }

  /** For the status, in one line. */
  get progress(): string | undefined {
    return this.#transfer?.progress
  }

  /** Nobody had a state that holds: the blocks are replayed. */
  get failed(): boolean {
    return this.#failed
  }

  /**
   * A peer claims a far height. Who could make it final is not known before the changes of the validators were followed. Agreement goes
   * on meanwhile: on a new network there is nothing to follow.
   */
  approach(peer: PeerId, height: number, certificate: Uint8Array): void {
    const walk = this.#walk
    if (this.isRunning || walk.distrusts(peer) || walk.isWalking) return
    if (walk.certifies(height, certificate)) {
      this.#fetch(peer, height)
      return
    }
    this.#options.await(walk.follow(peer), () => {
      if (!walk.certifies(height, certificate)) walk.distrust(peer)
      else if (this.#options.isWanted(height)) this.approach(peer, height, certificate)
    })
  }

  onFrame(peer: PeerId, frame: Uint8Array): void {
    const message = decodeFrame(transferCodec, frame)
    if (message === undefined) {
      this.#options.onMalformed()
      return
    }
    switch (message.kind) {
      case 'offer':
      case 'piece':
        this.#transfer?.onMessage(peer, message)
        break
      case 'changes':
        this.#walk.onMessage(peer, message)
        break
      default:
        this.#options.await(this.#snapshots.serve(peer, message), () => {})
    }
  }

  disconnected(peer: PeerId): void {
    this.#transfer?.disconnected(peer)
    this.#walk.disconnected(peer)
  }

  stop(): void {
    this.#transfer?.stop()
    this.#walk.stop()
  }

  #fetch(peer: PeerId, height: number): void {
    const { application, clock, network, replayBlocks, log } = this.#options
    // Whoever decided long ago and has left since could certify another past.
    const oldestHeight = Math.max(height, this.#walk.height) - replayBlocks
    const trustAt = async (height: number, from: PeerId): Promise<SnapshotTrust> => {
      await this.#walk.follow(from)
      return this.#walk.trustAt(height)
    }
    const transfer = new StateTransfer({ application, clock, network, trustAt, oldestHeight, log })
    this.#transfer = transfer
    const fetched = this.#options.leave().then(() => transfer.run(peer))
    this.#options.await(fetched, (restored) => {
      this.#transfer = undefined
      this.#failed = !restored
      this.#options.comeBack(restored)
    })
  }
}
