import {
  type Block,
  decides,
  MAX_MISBEHAVIOURS_PER_BLOCK,
  type Misbehaviour,
  misbehaviourOf,
  type PreparedCertificate,
  sameMisbehaviour,
  type VoteKind,
  type VoteStatement,
} from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { Effect, TimerName } from './events.ts'
import { proposerOf } from './members.ts'
import type { Message } from './messages.ts'
import { viewTimeoutMs } from './settings.ts'
import { type Candidate, MAX_CANDIDATES, MAX_EVIDENCE, MAX_VIEWS_KEPT, type State, type Votes } from './state.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The next state while one event is worked on, and what it asks for. Maps are replaced, never changed. */
export class Draft {
  readonly state: Writable<State>
  readonly effects: Effect[] = []

  constructor(state: State) {
    this.state = { ...state }
  }

  log(event: string, details: Readonly<Record<string, unknown>> = {}, level: 'info' | 'warn' = 'info'): void {
    const { height, view } = this.state
    this.effects.push({ kind: 'log', level, event, details: { height, view, ...details } })
  }

  /** For the operator: something is wrong here or with another validator. */
  warn(event: string, details: Readonly<Record<string, unknown>> = {}): void {
    this.log(event, details, 'warn')
  }

  sendAll(message: Message): void {
    this.effects.push({ kind: 'send', to: 'all', message })
  }

  /** To the node of this height's validator with the index. */
  sendTo(validator: number, message: Message): void {
    const to = this.state.members.peers[validator]
    if (to !== undefined) this.effects.push({ kind: 'send', to, message })
  }

  timer(timer: TimerName, delayMs: number): void {
    const { height, view } = this.state
    this.effects.push({ kind: 'timer', timer, delayMs, height, view })
  }

  /** Signed messages leave only when this record of them is durable. */
  record(
    messages: readonly Message[],
    about: { hash?: string; prepared?: PreparedCertificate | undefined; height?: number },
  ): void {
    const { state } = this
    const candidate = about.hash === undefined ? undefined : state.candidates.get(about.hash)
    const block = candidate === undefined || candidate.recorded ? undefined : candidate.bytes
    if (candidate !== undefined && block !== undefined) this.putCandidate({ ...candidate, recorded: true })
    const record = state.nextRecord
    state.nextRecord = record + 1
    state.unrecorded = withEntry(state.unrecorded, record, messages)
    const height = about.height ?? state.height
    const entry = { height, view: state.view, messages, block, prepared: about.prepared }
    this.effects.push({ kind: 'record', record, height, entry })
  }

  putCandidate(candidate: Candidate): void {
    this.state.candidates = withEntry(this.state.candidates, toHex(candidate.hash), candidate)
  }

  /** Keeps a block of this height, unless there are too many; `must` puts out one that nothing points at. */
  addCandidate(block: Block, bytes: Uint8Array, hash: Uint8Array, must: boolean): Candidate | undefined {
    const known = this.state.candidates.get(toHex(hash))
    if (known !== undefined) return known
    if (this.state.candidates.size >= MAX_CANDIDATES) {
      const spare = must ? this.spareCandidate() : undefined
      if (spare === undefined) return undefined
      const kept = new Map(this.state.candidates)
      kept.delete(spare)
      this.state.candidates = kept
    }
    const candidate: Candidate = {
      hash,
      bytes,
      block,
      verdict: 'unknown',
      refusal: undefined,
      execution: 'none',
      roots: undefined,
      recorded: false,
    }
    this.putCandidate(candidate)
    return candidate
  }

  private spareCandidate(): string | undefined {
    const { prepared, decision, proposals, view } = this.state
    const needed = [prepared?.blockHash, decision?.hash, proposals.get(view)?.hash]
    for (const [name, { hash }] of this.state.candidates) {
      if (!needed.some((other) => other !== undefined && equalBytes(other, hash))) return name
    }
    return undefined
  }

  accuse(
    vote: Pick<Misbehaviour, 'kind' | 'height' | 'view'> & { validatorIndex: number },
    one: VoteStatement,
    other: VoteStatement,
  ): void {
    const { state } = this
    const validator = state.members.set.validators[vote.validatorIndex]
    if (validator === undefined || state.evidence.length >= MAX_EVIDENCE) return
    const found = misbehaviourOf({ ...vote, validator: validator.key }, one, other)
    if (state.evidence.some((known) => sameMisbehaviour(known, found))) return
    state.evidence = [...state.evidence, found]
    this.warn('misbehaviour', { validator: vote.validatorIndex, vote: vote.kind, inView: vote.view })
  }

  /** Starts the view's timer, once a view, and the repetition of own messages with it. */
  armViewTimer(): void {
    const { state } = this
    this.armRepeatTimer()
    if (state.viewTimerArmed) return
    state.viewTimerArmed = true
    this.timer('view', this.viewDelayMs())
  }

  /** A proposal came: its votes get the time of a view from here on, once a view; one that we do not vote for gets little. */
  extendViewTimer(proposal: 'sound' | 'refused'): void {
    const { state } = this
    if (!state.viewTimerArmed || state.viewTimerExtended) return
    state.viewTimerExtended = true
    this.timer('view', this.#delayMs(proposal === 'refused'))
  }

  /** A proposer without a link gets little time. */
  viewDelayMs(): number {
    const { members, height, view, unlinked } = this.state
    return this.#delayMs(unlinked.has(members.peers[proposerOf(members, height, view)] ?? ''))
  }

  /** Of a view by whose proposer we expect nothing, but only in the first round: were many such, views would race. */
  #delayMs(suspect: boolean): number {
    const { settings, members, view, slowness } = this.state
    const { timing } = settings
    return suspect && view < members.peers.length
      ? Math.min(timing.suspectTimeoutMs, timing.viewTimeoutMs)
      : viewTimeoutMs(timing, view, slowness)
  }

  armRepeatTimer(): void {
    if (this.state.repeatTimerArmed) return
    this.state.repeatTimerArmed = true
    this.timer('repeat', this.state.settings.timing.repeatMs)
  }
}

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value)
}

/** A node without a vote record, or that contradicted a certificate, follows and does not vote. */
export function mayVote(state: State): boolean {
  return state.members.self !== undefined && state.abstention === undefined && state.phase !== 'diverged'
}

export function isProposer(state: State): boolean {
  return state.members.self === proposerOf(state.members, state.height, state.view)
}

export function isQuorumOf(state: State, indexes: Iterable<number>): boolean {
  return decides(state.members.set, indexes)
}

/** Evidence for the next block of this node. */
export function evidenceToReport(state: State): Misbehaviour[] {
  return state.evidence.slice(0, MAX_MISBEHAVIOURS_PER_BLOCK)
}

interface IndexedVote {
  readonly view: number
  readonly validatorIndex: number
  readonly blockHash: Uint8Array
  readonly signature: Uint8Array
  readonly stateRoot?: Uint8Array
  readonly receiptsRoot?: Uint8Array
}

/** Adds a vote; the first one of a validator, view and kind counts, a different second one is evidence. */
export function addVote<V extends IndexedVote>(
  draft: Draft,
  kind: VoteKind,
  votes: ReadonlyMap<number, Votes<V>>,
  vote: V,
): ReadonlyMap<number, Votes<V>> {
  const { view, validatorIndex } = vote
  const held = votes.get(view)?.get(validatorIndex)
  if (held !== undefined) {
    if (!saysTheSame(held, vote)) {
      const { height } = draft.state
      draft.accuse({ kind, height, view, validatorIndex }, statementOf(held), statementOf(vote))
    }
    return votes
  }
  const views = [...votes].filter(([, ofView]) => ofView.has(validatorIndex)).map(([ofView]) => ofView)
  let kept = votes
  if (views.length >= MAX_VIEWS_KEPT) {
    const lowest = Math.min(...views)
    if (view < lowest) return votes
    const ofView = new Map(votes.get(lowest))
    ofView.delete(validatorIndex)
    kept = withEntry(votes, lowest, ofView)
  }
  return withEntry(kept, view, withEntry(kept.get(view) ?? new Map<number, V>(), validatorIndex, vote))
}

export function saysTheSame(a: IndexedVote, b: IndexedVote): boolean {
  const none = new Uint8Array(0)
  return (
    equalBytes(a.blockHash, b.blockHash) &&
    equalBytes(a.stateRoot ?? none, b.stateRoot ?? none) &&
    equalBytes(a.receiptsRoot ?? none, b.receiptsRoot ?? none)
  )
}

function statementOf(vote: IndexedVote): VoteStatement {
  const { blockHash, stateRoot, receiptsRoot, signature } = vote
  return { blockHash, stateRoot, receiptsRoot, signature }
}
