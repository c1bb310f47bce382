import { blockHash } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import type { PeerId } from '../interface/index.ts'
import { fetchDecided, onCertified, onCommit, onExecuted, settle } from './decide.ts'
import { Draft, withEntry } from './draft.ts'
import type { Effect, Event } from './events.ts'
import { armDueTimer, enterHeight, onTold, seekEndOfAbstention } from './height.ts'
import { type Members, proposerOf } from './members.ts'
import type { Message } from './messages.ts'
import { execute, onPrepare } from './prepare.ts'
import { considerBlock, onBuilt, onChecked, onProposal } from './propose.ts'
import { MAX_EARLY_PER_VALIDATOR, type State } from './state.ts'
import type { CheckedMessage } from './verify.ts'
import { onViewChange, onViewTimeout, seekNewView, sendOwn } from './view-change.ts'

export interface StepResult {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** One event's worth of agreement. Pure: the same state and event always give the same state and effects. */
export function step(state: State, event: Event): StepResult {
  const draft = new Draft(state)
  if (state.phase !== 'diverged') apply(draft, event)
  return { state: draft.state, effects: draft.effects }
}

function apply(draft: Draft, event: Event): void {
  const { state } = draft
  switch (event.kind) {
    case 'start':
      onStart(draft, event)
      break
    case 'message':
      onMessage(draft, event.message, event.nowMs)
      break
    case 'timeout':
      onTimeout(draft, event)
      break
    case 'recorded':
      onRecorded(draft, event.record, event.nowMs)
      break
    case 'built':
      onBuilt(draft, event)
      break
    case 'checked':
      onChecked(draft, event)
      break
    case 'executed':
      onExecuted(draft, event)
      break
    case 'stored':
      onStored(draft, event)
      break
    case 'pending':
      state.pending = true
      considerBlock(draft, event.nowMs)
      break
    case 'block':
      onBlock(draft, event)
      break
    case 'certified':
      onCertified(draft, event)
      break
    case 'link':
      onLink(draft, event.peer, event.up)
      break
    case 'told':
      onTold(draft, event.peer, event.height)
      considerBlock(draft, event.nowMs)
      break
  }
}

function onStart(draft: Draft, { nowMs, pending }: { nowMs: number; pending: boolean }): void {
  const { state } = draft
  state.pending = pending
  armDueTimer(draft, undefined, nowMs)
  seekEndOfAbstention(draft)
  if (state.own.length > 0) {
    sendOwn(draft)
    draft.armViewTimer()
  }
  considerBlock(draft, nowMs)
}

function heightOf(message: CheckedMessage): number {
  switch (message.kind) {
    case 'proposal':
      return message.proposal.height
    case 'prepare':
      return message.prepare.height
    case 'commit':
      return message.commit.height
    case 'viewChange':
      return message.viewChange.height
  }
}

/** Place of the signer among those who decide the message's height. */
function signerOf(members: Members, message: CheckedMessage): number {
  switch (message.kind) {
    case 'proposal':
      return proposerOf(members, message.proposal.height, message.proposal.view)
    case 'prepare':
      return message.prepare.validatorIndex
    case 'commit':
      return message.commit.validatorIndex
    case 'viewChange':
      return message.viewChange.claim.validatorIndex
  }
}

function onMessage(draft: Draft, message: CheckedMessage, nowMs: number): void {
  const { state } = draft
  const height = heightOf(message)
  if (height === state.height + 1) keepEarly(draft, message)
  if (height !== state.height) return
  draft.armRepeatTimer()
  // A decided height needs no votes; another block's proposal could still be evidence, but nobody waits for it.
  if (state.phase === 'storing') return
  switch (message.kind) {
    case 'proposal':
      onProposal(draft, message, nowMs)
      break
    case 'prepare':
      onPrepare(draft, message.prepare)
      break
    case 'commit':
      onCommit(draft, message.commit)
      break
    case 'viewChange':
      onViewChange(draft, message.viewChange, nowMs)
      break
  }
}

/** Others may be one height ahead while this node writes its block. */
function keepEarly(draft: Draft, message: CheckedMessage): void {
  const { state } = draft
  const signer = signerOf(state.nextMembers, message)
  const held = state.early.filter((other) => signerOf(state.nextMembers, other) === signer)
  if (held.length >= MAX_EARLY_PER_VALIDATOR) return
  // One proposal each: a block is long.
  if (message.kind === 'proposal' && held.some(({ kind }) => kind === 'proposal')) return
  state.early = [...state.early, message]
}

function onTimeout(draft: Draft, event: Extract<Event, { kind: 'timeout' }>): void {
  const { state } = draft
  if (event.height !== state.height) return
  switch (event.timer) {
    case 'due':
      state.due = true
      considerBlock(draft, event.nowMs)
      break
    case 'pace':
      state.paced = true
      considerBlock(draft, event.nowMs)
      break
    case 'view':
      if (event.view === state.view) onViewTimeout(draft, event.nowMs)
      break
    case 'repeat':
      onRepeat(draft, event.nowMs)
      break
  }
}

function onRepeat(draft: Draft, nowMs: number): void {
  const { state } = draft
  state.repeatTimerArmed = false
  if (state.phase === 'storing') fetchDecidedAgain(draft)
  else sendOwn(draft)
  // Asks once more for a prepared block that did not come.
  seekNewView(draft, nowMs)
  if (state.own.length > 0 || state.viewTimerArmed || state.decision !== undefined) draft.armRepeatTimer()
}

function fetchDecidedAgain(draft: Draft): void {
  const { decision, candidates } = draft.state
  const present = [...candidates.values()].some(({ hash }) => decision !== undefined && equalBytes(hash, decision.hash))
  if (!present) fetchDecided(draft)
}

/** The record is durable: now its messages may leave, and count here too. */
function onRecorded(draft: Draft, record: number, nowMs: number): void {
  const { state } = draft
  const messages = state.unrecorded.get(record)
  if (messages === undefined) return
  const rest = new Map(state.unrecorded)
  rest.delete(record)
  state.unrecorded = rest
  for (const message of messages) draft.sendAll(message)
  for (const message of messages) countOwn(draft, message, nowMs)
}

function countOwn(draft: Draft, message: Message, nowMs: number): void {
  const { state } = draft
  if ('view' in message.body && message.body.view === state.view) state.own = [...state.own, message]
  if (state.phase === 'storing') return
  switch (message.kind) {
    case 'prepare': {
      onPrepare(draft, message.body)
      // Executing now fills the time in which the others' votes travel.
      const candidate = [...state.candidates.values()].find(({ hash }) => equalBytes(hash, message.body.blockHash))
      if (candidate?.verdict === 'accept') execute(draft, candidate)
      break
    }
    case 'commit':
      onCommit(draft, message.body)
      break
    case 'viewChange':
      state.viewChanges = withEntry(state.viewChanges, message.body.claim.validatorIndex, message.body)
      seekNewView(draft, nowMs)
      break
    default:
      break
  }
}

function onStored(draft: Draft, event: Extract<Event, { kind: 'stored' }>): void {
  const { state } = draft
  const { decision } = state
  if (event.height !== state.height || state.phase !== 'storing' || decision === undefined) return
  const candidate = [...state.candidates.values()].find(({ hash }) => equalBytes(hash, decision.hash))
  if (candidate === undefined) throw new Error('a block was stored that nobody has')
  const { header } = candidate.block
  const early = state.early
  state.early = []
  const parent = { height: header.height, hash: candidate.hash, timeMs: header.timeMs }
  enterHeight(draft, parent, event, event.nowMs)
  for (const message of early) onMessage(draft, message, event.nowMs)
  considerBlock(draft, event.nowMs)
}

/** A block that was asked for by its hash: to propose it again, or because it is final. */
function onBlock(draft: Draft, event: Extract<Event, { kind: 'block' }>): void {
  const { state } = draft
  if (event.block.header.height !== state.height || !equalBytes(blockHash(event.block.header), event.blockHash)) return
  const wanted =
    (state.decision !== undefined && equalBytes(state.decision.hash, event.blockHash)) ||
    [...state.viewChanges.values()].some(
      ({ prepared }) => prepared !== undefined && equalBytes(prepared.blockHash, event.blockHash),
    )
  if (!wanted) return
  draft.addCandidate(event.block, event.bytes, event.blockHash, true)
  if (state.phase === 'storing') settle(draft)
  else seekNewView(draft, event.nowMs)
}

function onLink(draft: Draft, peer: PeerId, up: boolean): void {
  const { state } = draft
  const { members, nextMembers } = state
  if (!members.indexOfPeer.has(peer) && !nextMembers.indexOfPeer.has(peer)) return
  const unlinked = new Set(state.unlinked)
  if (up) unlinked.delete(peer)
  else unlinked.add(peer)
  state.unlinked = unlinked
  const waiting = state.phase === 'waiting' || state.phase === 'changing-view'
  const proposer = members.peers[proposerOf(members, state.height, state.view)]
  if (!up && waiting && state.viewTimerArmed && proposer === peer) draft.timer('view', draft.viewDelayMs())
}
