import {
  blockHash,
  bodyMatchesHeader,
  chainIdOf,
  checkCommitCertificate,
  type SignatureCheck,
  type ValidatorSet,
} from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { checkSignature } from '@cresset/core-crypto'
import { channels, type Engine, type EngineLog, type EngineStatus, type PeerId } from '../interface/index.ts'
import { blockInputOf } from './block-input.ts'
import { BlockSizing } from './block-sizing.ts'
import { CatchUp, decodeCertificate } from './catch-up.ts'
import type { Meter, QuorumEngineOptions } from './engine-options.ts'
import type { Effect, Event, TimerName } from './events.ts'
import { decodeFrame, type FrameCodecs, frameCodecsFor, frameOf } from './frames.ts'
import { connectedPeers, Gossip } from './gossip.ts'
import { initialState } from './height.ts'
import { HeightTeller } from './height-teller.ts'
import { KeyUsedElsewhereError } from './key-used-elsewhere.ts'
import { lastBlockOf } from './last-block.ts'
import { type Members, membersAgain, proposerOf } from './members.ts'
import type { Message } from './messages.ts'
import { type RecordEntry, recordCodecFor } from './record.ts'
import { relevanceOf } from './relevance.ts'
import { defaultTiming, type Settings } from './settings.ts'
import { standingOf } from './standing.ts'
import type { Roots, State } from './state.ts'
import { StateFetch } from './state-fetch.ts'
import { step } from './step.ts'
import { Timers } from './timers.ts'
import { troubleOf } from './trouble.ts'
import { decodeBlock, verifyMessage } from './verify.ts'

/** Nodes tell their height this often, and at every new link. */
const STATUS_MS = 1_000
/** A node without blocks fetches the state instead of replaying more blocks than this. */
const REPLAY_BLOCKS = 500
/** Of waiting transactions passed on once more, each time that heights are told: little beside what a busy link carries. */
const MAX_REPEATED_BYTES = 65_536
/** The vote record is written anew when so much was appended. */
const COMPACT_BYTES = 16 * 1_048_576

const silentLog: EngineLog = { info: () => {}, warn: () => {} }
const noMeter: Meter = { measure: (_part, work) => work() }

/** Runs `step` against a network, a clock, a disk and an application. All decisions are in `step`; this carries them out. */
export class QuorumEngine implements Engine {
  readonly #options: QuorumEngineOptions
  readonly #settings: Settings
  readonly #codecs: FrameCodecs
  readonly #recordCodec
  readonly #gossip: Gossip
  readonly #catchUp: CatchUp
  readonly #log: EngineLog
  readonly #meter: Meter
  readonly #check: SignatureCheck
  readonly #sizing: BlockSizing
  readonly #replayBlocks: number
  readonly #timers: Timers<TimerName | 'status'>
  readonly #teller: HeightTeller
  readonly #events: Event[] = []
  readonly #writing = new Set<Promise<unknown>>()
  readonly #counters: Record<string, number> = {}
  readonly #stateFetch: StateFetch
  #state: State | undefined
  /** On the monotonic clock: when the current view began here. For the status alone. */
  #viewSinceMs = 0
  #running = false
  #stopped = false
  #appendedBytes = 0
  /** Of the last committed block, encoded. */
  #certificate: Uint8Array | undefined
  /** Set while a peer's transaction is checked: it is not passed on. */
  #fromPeer = false

  constructor(options: QuorumEngineOptions) {
    this.#options = options
    this.#timers = new Timers(options.clock)
    const { genesis, consensusKey, network } = options
    this.#codecs = frameCodecsFor(genesis.parameters)
    this.#recordCodec = recordCodecFor(this.#codecs)
    this.#log = options.log ?? silentLog
    this.#meter = options.meter ?? noMeter
    this.#check = options.check ?? checkSignature
    this.#settings = {
      chainId: chainIdOf(genesis),
      hasKey: consensusKey !== undefined,
      votesWithoutRecord: options.votesWithoutRecord === true,
      sign: (message) => {
        if (consensusKey === undefined) throw new Error('a follower signs nothing')
        return consensusKey.signSync(message)
      },
      codecs: this.#codecs,
      maxBlockBytes: genesis.parameters.maxBlockBytes,
      timing: { ...defaultTiming, maxBlockIntervalMs: genesis.parameters.maxBlockIntervalMs, ...options.timing },
    }
    this.#sizing = new BlockSizing(genesis.parameters.maxBlockBytes, () => options.clock.monotonicMs())
    this.#gossip = new Gossip(network, options.clock, this.#codecs)
    this.#teller = new HeightTeller(network, options.clock, this.#codecs, () => {
      const { height, view } = this.#current
      return { height: height - 1, view, certificate: this.#certificate }
    })
    this.#replayBlocks = options.replayBlocks ?? REPLAY_BLOCKS
    this.#stateFetch = new StateFetch({
      ...options,
      check: this.#check,
      replayBlocks: this.#replayBlocks,
      isWanted: (height) => this.#wantsState(height),
      log: this.#log,
      await: (work, then) => this.#await(work, then),
      leave: () => this.#leave(),
      comeBack: (restored) => this.#comeBack(restored),
      onMalformed: () => this.#count('malformed frames'),
    })
    this.#catchUp = new CatchUp({
      chainId: this.#settings.chainId,
      validators: () => this.#current.members.set,
      codecs: this.#codecs,
      network,
      clock: options.clock,
      check: this.#check,
      height: () => this.#current.height,
      storing: () => this.#current.phase === 'storing',
      storedBlock: (height) => options.application.storedBlock(height),
      apply: (certified) => this.#dispatch({ kind: 'certified', ...certified }),
      warn: (event, details) => this.#log.warn(event, details),
    })
  }

  /** Longest frame that links must carry. */
  get maxFrameBytes(): number {
    return this.#codecs.maxFrameBytes
  }

  get #current(): State {
    if (this.#state === undefined) throw new Error('the engine has not started')
    return this.#state
  }

  async start(): Promise<void> {
    const { application, network } = this.#options
    if (application.info().height === 0) await application.initChain()
    this.#readState()
    network.onFrame((peer, frame) => this.#onFrame(peer, frame))
    network.onPeer((peer, state) => this.#onPeer(peer, state === 'connected'))
    application.onAdmitted((transaction) => this.#onAdmitted(transaction))
    this.#begin()
    this.#tellAllInTurn()
  }

  /** Where the application and the vote record say that this node is. */
  #readState(): void {
    const { application, genesis, voteRecord } = this.#options
    const records = voteRecord.read().map((bytes) => this.#recordCodec.decode(bytes))
    const last = lastBlockOf(application, genesis, this.#codecs.block)
    this.#certificate = last.certificate
    const { validators, nextValidators } = application.info()
    const members = this.#membersOf(validators)
    const nextMembers = this.#membersOf(nextValidators, members)
    this.#state = initialState(this.#settings, last.parent, { members, nextMembers }, records)
  }

  #membersOf(set: ValidatorSet, ...known: readonly Members[]): Members {
    return membersAgain(known, set, this.#options.consensusKey?.publicKey)
  }

  #begin(): void {
    const { application, network, clock } = this.#options
    this.#dispatch({ kind: 'start', nowMs: clock.nowMs(), pending: application.pendingTransactions().count > 0 })
    for (const peer of connectedPeers(network)) this.#onPeer(peer, true)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timers.cancelAll()
    this.#gossip.stop()
    this.#catchUp.stop()
    this.#stateFetch.stop()
    await Promise.allSettled(this.#writing)
  }

  status(): EngineStatus {
    const state = this.#current
    const { members, height, view, phase } = state
    const proposer = members.set.validators[proposerOf(members, height, view)]
    return {
      height: height - 1,
      view,
      proposer: proposer === undefined ? '' : toHex(proposer.account),
      phase: this.#stateFetch.isRunning ? 'fetching-state' : phase,
      trouble: this.#stateFetch.progress ?? this.#catchUp.lack ?? troubleOf(state),
      standing: standingOf(state, this.#linkedValidators(), this.#options.clock.monotonicMs() - this.#viewSinceMs),
      highestSeen: Math.max(height - 1, this.#catchUp.highestTold),
      counters: { ...this.#counters },
    }
  }

  #linkedValidators(): number[] {
    const { indexOfPeer } = this.#current.members
    return connectedPeers(this.#options.network).flatMap((peer) => indexOfPeer.get(peer) ?? [])
  }

  #dispatch(event: Event): void {
    if (this.#stopped || this.#stateFetch.isRunning) return
    this.#events.push(event)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const before = this.#current.height
        const { view } = this.#current
        const { state, effects } = step(this.#current, next)
        this.#state = state
        if (state.height !== before || state.view !== view) this.#viewSinceMs = this.#options.clock.monotonicMs()
        for (const effect of effects) this.#carryOut(effect)
        if (state.height !== before) this.#catchUp.advanced()
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#running = false
    }
  }

  /** Validators that enter: which of them have no link, agreement has not been told. */
  #tellLinks({ peers }: Members): void {
    const connected = new Set(connectedPeers(this.#options.network))
    for (const peer of peers) {
      if (peer !== this.#options.network.self) this.#dispatch({ kind: 'link', peer, up: connected.has(peer) })
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return
    const failure = error instanceof Error ? error : new Error(String(error))
    this.#log.warn('agreement stops', { error: failure.message })
    void this.stop()
    this.#options.onFailure?.(failure)
  }

  #count(name: string): void {
    this.#counters[name] = (this.#counters[name] ?? 0) + 1
  }

  #carryOut(effect: Effect): void {
    if (this.#stopped) return
    const { application } = this.#options
    switch (effect.kind) {
      case 'send':
        this.#sendMessage(effect.to, effect.message)
        break
      case 'record':
        this.#record(effect)
        break
      case 'timer':
        this.#setTimer(effect)
        break
      case 'build': {
        const { height, view, timeMs } = effect
        const { set, self } = this.#current.members
        const proposer = set.validators[self ?? 0]?.account ?? new Uint8Array(32)
        const maxBytes = this.#sizing.bytes
        const transactions = this.#sizing.measure(() =>
          application.prepareProposal({ height, timeMs, proposer, maxBytes }),
        )
        this.#dispatch({ kind: 'built', height, view, timeMs, transactions })
        break
      }
      case 'check': {
        const { code } = this.#sizing.measure(() => application.processProposal(blockInputOf(effect.block)))
        this.#dispatch({ kind: 'checked', height: effect.height, blockHash: effect.blockHash, code })
        break
      }
      case 'execute':
        this.#dispatch({
          kind: 'executed',
          height: effect.height,
          blockHash: effect.blockHash,
          roots: this.#execute(effect),
        })
        break
      case 'commit':
        this.#commit(effect)
        break
      case 'diverged':
        this.#log.warn('own state contradicts a certificate', {
          height: effect.height,
          certified: toHex(effect.certificate.stateRoot),
          own: effect.own === undefined ? 'cannot execute' : toHex(effect.own.stateRoot),
        })
        this.#options.onDivergence?.(effect)
        break
      case 'key-used-elsewhere':
        this.#fail(new KeyUsedElsewhereError(effect.height, effect.view))
        break
      case 'log':
        this.#count(effect.event)
        this.#log[effect.level](effect.event, effect.details)
        break
    }
  }

  #execute({ block, blockHash: hash }: Extract<Effect, { kind: 'execute' }>): Roots | undefined {
    try {
      const input = { ...blockInputOf(block), blockHash: hash }
      const { stateRoot, receiptsRoot } = this.#sizing.measure(() => this.#options.application.finalizeBlock(input))
      return { stateRoot, receiptsRoot }
    } catch (error) {
      // A block that a quorum prepared, or that is certified, and that this node cannot execute: it differs from the others.
      this.#log.warn('block cannot be executed', { height: block.header.height, error: String(error) })
      return undefined
    }
  }

  #record(effect: Extract<Effect, { kind: 'record' }>): void {
    const bytes = this.#recordCodec.encode(effect.entry)
    this.#appendedBytes += bytes.length
    this.#await(this.#options.voteRecord.append(bytes), () => {
      this.#dispatch({ kind: 'recorded', record: effect.record, nowMs: this.#options.clock.nowMs() })
    })
  }

  #commit(effect: Extract<Effect, { kind: 'commit' }>): void {
    const { application, clock } = this.#options
    const { height, blockHash: hash, block, certificate, transactions } = effect
    const request = { height, blockHash: hash, block, certificate }
    const written = this.#sizing.measure(() => application.commit(request))
    this.#await(written, ({ wantsBlockWithinMs }) => {
      this.#count('blocks')
      this.#certificate = certificate
      this.#sizing.stored(block.length)
      this.#compactRecord(height)
      const pending = this.#isPending(transactions > 0)
      const { members, nextMembers } = this.#current
      const entering = this.#membersOf(application.info().nextValidators, nextMembers, members)
      const nowMs = clock.nowMs()
      this.#dispatch({ kind: 'stored', height, nextMembers: entering, wantsBlockWithinMs, pending, nowMs })
      if (entering !== nextMembers) this.#tellLinks(entering)
    })
  }

  /** After an empty block, what waits may be waiting for something else than a block: then asking for more is useless. */
  #isPending(lastWasUseful: boolean): boolean {
    const { application, clock } = this.#options
    if (application.pendingTransactions().count === 0 || lastWasUseful) {
      return application.pendingTransactions().count > 0
    }
    const { height } = application.info()
    const proposer = this.#current.members.set.validators[0]?.account ?? new Uint8Array(32)
    const maxBytes = this.#settings.maxBlockBytes
    const timeMs = clock.nowMs()
    return application.prepareProposal({ height: height + 1, timeMs, proposer, maxBytes }).length > 0
  }

  /** Records of final heights are of no use; the entry left behind says that the record was not lost. */
  #compactRecord(height: number): void {
    if (!this.#settings.hasKey || this.#appendedBytes < COMPACT_BYTES) return
    // Its entries say until when: they outlive the heights below.
    if (this.#current.abstention !== undefined) return
    this.#appendedBytes = 0
    const mark: RecordEntry = { height: height + 1, view: 0, messages: [], block: undefined, prepared: undefined }
    this.#await(this.#options.voteRecord.compact([this.#recordCodec.encode(mark)]), () => {})
  }

  #await<T>(work: Promise<T>, then: (value: T) => void): void {
    const done = work.then(
      (value) => {
        this.#writing.delete(done)
        if (!this.#stopped) then(value)
      },
      (error) => {
        this.#writing.delete(done)
        this.#fail(error)
      },
    )
    this.#writing.add(done)
  }

  #setTimer({ timer, delayMs, height, view }: Extract<Effect, { kind: 'timer' }>): void {
    this.#timers.set(timer, delayMs, () =>
      this.#dispatch({ kind: 'timeout', timer, height, view, nowMs: this.#options.clock.nowMs() }),
    )
  }

  #sendMessage(to: 'all' | PeerId, message: Message): void {
    const { network } = this.#options
    const bytes = this.#meter.measure('wire', () => this.#codecs.message.encode(message))
    const frame = frameOf(channels.agreement, bytes)
    if (to === 'all') {
      for (const peer of connectedPeers(network)) network.send(peer, frame, 'agreement')
      return
    }
    network.send(to, frame, 'agreement')
  }

  #onAdmitted(transaction: Uint8Array): void {
    if (this.#stopped) return
    if (!this.#fromPeer) this.#gossip.add(transaction)
    if (!this.#current.pending) this.#dispatch({ kind: 'pending', nowMs: this.#options.clock.nowMs() })
  }

  #onPeer(peer: PeerId, connected: boolean): void {
    if (this.#stopped) return
    this.#dispatch({ kind: 'link', peer, up: connected })
    if (connected) this.#teller.tell(peer)
    else {
      this.#catchUp.disconnected(peer)
      this.#stateFetch.disconnected(peer)
    }
  }

  #onFrame(peer: PeerId, frame: Uint8Array): void {
    if (this.#stopped || (this.#stateFetch.isRunning && frame[0] !== channels.stateTransfer)) return
    switch (frame[0]) {
      case channels.agreement:
        this.#onAgreement(peer, frame)
        break
      case channels.transactions:
        this.#onTransactions(frame)
        break
      case channels.catchUp:
        this.#onCatchUp(peer, frame)
        break
      case channels.stateTransfer:
        this.#stateFetch.onFrame(peer, frame)
        break
      default:
        this.#count('malformed frames')
    }
  }

  #onAgreement(peer: PeerId, frame: Uint8Array): void {
    const message = this.#meter.measure('wire', () => decodeFrame(this.#codecs.message, frame))
    if (message === undefined) {
      this.#count('malformed frames')
      return
    }
    const state = this.#current
    if (message.kind === 'blockRequest') {
      this.#serveBlock(peer, message.body)
      return
    }
    switch (relevanceOf(state, message)) {
      case 'behind':
        this.#teller.tellLaggard(peer)
        return
      case 'ahead':
        // Whoever sends a valid vote of a height holds the block before it; a lie costs one fruitless request.
        this.#told(peer, message.body.height - 1)
        return
      case 'late':
        this.#count('messages not needed')
        return
      case 'check':
        break
    }
    if (message.kind === 'blockReply') {
      this.#onBlockReply(message.body)
      return
    }
    if (message.body.height > state.height) this.#told(peer, message.body.height - 1)
    const { chainId } = this.#settings
    const validators = (message.body.height > state.height ? state.nextMembers : state.members).set
    const context = { chainId, validators, block: this.#codecs.block, check: this.#check }
    const verdict = this.#meter.measure('verify', () => verifyMessage(message, context))
    if (verdict.code !== 'ok') {
      this.#count('messages refused')
      this.#log.warn('message refused', { peer, kind: message.kind, code: verdict.code })
      return
    }
    this.#count('messages taken')
    this.#dispatch({ kind: 'message', message: verdict.message, nowMs: this.#options.clock.nowMs() })
  }

  #onBlockReply({ block: bytes }: { block: Uint8Array }): void {
    const block = decodeBlock(bytes, this.#codecs.block)
    if (block === undefined || !bodyMatchesHeader(block)) {
      this.#count('messages refused')
      return
    }
    const nowMs = this.#options.clock.nowMs()
    this.#dispatch({ kind: 'block', block, bytes, blockHash: blockHash(block.header), nowMs })
  }

  #serveBlock(peer: PeerId, request: { height: number; blockHash: Uint8Array }): void {
    const { application, network } = this.#options
    const state = this.#current
    const candidate = state.height === request.height ? state.candidates.get(toHex(request.blockHash)) : undefined
    const block =
      candidate?.bytes ?? (request.height < state.height ? application.storedBlock(request.height)?.block : undefined)
    if (block === undefined) return
    const reply: Message = { kind: 'blockReply', body: { height: request.height, block } }
    network.send(peer, frameOf(channels.agreement, this.#codecs.message.encode(reply)), 'bulk')
  }

  #onTransactions(frame: Uint8Array): void {
    const transactions = this.#meter.measure('wire', () => decodeFrame(this.#codecs.transactions, frame))
    if (transactions === undefined) {
      this.#count('malformed frames')
      return
    }
    this.#fromPeer = true
    try {
      for (const transaction of transactions) this.#options.application.checkTx(transaction, 'peer')
    } finally {
      this.#fromPeer = false
    }
  }

  #onCatchUp(peer: PeerId, frame: Uint8Array): void {
    const message = decodeFrame(this.#codecs.catchUp, frame)
    switch (message?.kind) {
      case 'status': {
        const { height, certificate } = message.body
        this.#hearHeight(peer, height, certificate)
        if (height < this.#current.height - 1) this.#teller.tellLaggard(peer)
        this.#told(peer, height, certificate)
        break
      }
      case 'request':
        this.#catchUp.serve(peer, message.body)
        break
      case 'reply':
        this.#catchUp.onReply(peer, message.body)
        break
      case 'forgotten':
        this.#catchUp.onForgotten(peer, message.body)
        break
      default:
        this.#count('malformed frames')
    }
  }

  /**
   * A peer says that it is at this height: its blocks are replayed, or where they are too many, its state is fetched. That
   * takes a proof, or one liar could keep a whole new network busy with looking for a state that nobody has.
   */
  #told(peer: PeerId, height: number, certificate?: Uint8Array): void {
    if (!this.#wantsState(height)) this.#catchUp.told(peer, height)
    else if (certificate !== undefined) this.#stateFetch.approach(peer, height, certificate)
  }

  /** Of a node without blocks; or of one that lacks what all others have forgotten, if it keeps no old blocks itself. */
  #wantsState(height: number): boolean {
    const { height: deciding, phase } = this.#current
    if (height - deciding < this.#replayBlocks || phase === 'storing' || phase === 'diverged') return false
    if (deciding === 1 && !this.#stateFetch.failed) return true
    const mayReplace = deciding === 1 || this.#options.application.info().forgetsBlocks === true
    return mayReplace && this.#catchUp.lack !== undefined
  }

  /** Agreement ends for a while. Votes on their way to the disk count when the record is read again. */
  #leave(): Promise<unknown> {
    this.#timers.cancelAll()
    this.#catchUp.stop()
    return Promise.allSettled(this.#writing)
  }

  #comeBack(restored: boolean): void {
    this.#count(restored ? 'states fetched' : 'states not fetched')
    this.#readState()
    this.#begin()
    this.#tellAllInTurn()
    this.#catchUp.advanced()
  }

  /** Only a node that lost its vote record needs heights proven; it then waits for what they say. */
  #hearHeight(peer: PeerId, height: number, encoded: Uint8Array | undefined): void {
    const { abstention, height: deciding } = this.#current
    if (abstention === undefined || abstention.untilHeight !== undefined) return
    if (height >= deciding && !this.#isFinal(height, encoded)) return
    this.#dispatch({ kind: 'told', peer, height, nowMs: this.#options.clock.nowMs() })
  }

  /**
   * Whether an encoded certificate proves that a block of this height, which is not final here, is final. Above the next height it may
   * be that other validators decide; those who decide the next one are then asked for what they may no longer answer.
   */
  #isFinal(height: number, encoded: Uint8Array | undefined): boolean {
    const certificate = encoded === undefined ? undefined : decodeCertificate(encoded)
    if (certificate?.height !== height) return false
    const { members, nextMembers, height: deciding } = this.#current
    const { set } = height === deciding ? members : nextMembers
    return checkCommitCertificate(certificate, set, this.#settings.chainId, this.#check) === 'ok'
  }

  #tellAllInTurn(): void {
    const { application } = this.#options
    this.#teller.tellAll()
    for (const transaction of application.transactionsToRepeat(MAX_REPEATED_BYTES)) this.#gossip.add(transaction)
    this.#timers.set('status', STATUS_MS, () => this.#tellAllInTurn())
  }
}
