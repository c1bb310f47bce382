import { decodeFrame, frameOf, type Message, transferCodec } from '@cresset/network-consensus/quorum'
import { ruleBreakers, stuffed } from './broken-rules.ts'
import type { Consortium } from './consortium.ts'
import { Mutations } from './mutations.ts'
import type { Random } from './random.ts'
import { AGREEMENT, CATCH_UP, STATE_TRANSFER, type Traitor } from './traitor.ts'

/**
 * - `silent`: says nothing of agreement
 * - `no-proposals`: votes, but never proposes
 * - `equivocating`: another block, and other votes, for half of the nodes
 * - `contradicting`: votes twice, once for what nobody proposed
 * - `false-time`: its blocks are dated far ahead, or long ago
 * - `usurping`: once a block is prepared, proposes another one in a later view of its own, with view changes that it made up
 * - `false-roots`: votes for roots that nobody computed
 * - `lying-history`: serves blocks that were never final to those that catch up
 * - `stalling`: tells great heights and serves nothing
 * - `false-state`: serves a state that is not the one certified to those that fetch it
 * - `blind-votes`: votes for whatever others vote for, without the block and without executing
 * - `forking`: shows each half of the nodes a block of its own, and votes for both
 * - `withholding`: each of its messages reaches only some
 * - `stuffed-blocks`: its blocks are full of what is no transaction
 * - `rule-breaking`: each of its blocks breaks one rule
 * - `mutating`: small changes of real messages, its own and others', signed again where it can
 * - `censoring`: leaves the transactions of some senders out of its blocks
 * - `twins`: two instances of the node that know nothing of each other
 */
export const behaviours = [
  'silent',
  'no-proposals',
  'equivocating',
  'contradicting',
  'false-time',
  'usurping',
  'false-roots',
  'lying-history',
  'stalling',
  'false-state',
  'blind-votes',
  'forking',
  'withholding',
  'stuffed-blocks',
  'rule-breaking',
  'mutating',
  'censoring',
  'twins',
] as const
export type Behaviour = (typeof behaviours)[number]

/** Sits between an engine and its links. */
export interface Forger {
  /** What leaves instead of the frame. */
  forge(to: string, frame: Uint8Array): readonly Uint8Array[]
  /** A frame came in; the engine gets it too. What is returned is said to `answers`. */
  hear(frame: Uint8Array): readonly Uint8Array[]
  readonly answers: 'sender' | 'all'
}

export interface ForgerOptions {
  readonly behaviour: Behaviour
  readonly consortium: Consortium
  readonly traitor: Traitor
  readonly random: Random
  /** One of the two halves that a liar tells different things. */
  readonly inFirstHalf: (peer: string) => boolean
}

const FAR_AHEAD_MS = 3_600_000

/** Turns an honest node's frames into those of a traitor that holds its key. */
export function forgerOf(options: ForgerOptions): Forger {
  const { behaviour, traitor, random } = options
  const mutations = new Mutations(traitor, random)
  const forge = (to: string, frame: Uint8Array): readonly Uint8Array[] => {
    if (behaviour === 'mutating') return mutations.of(frame)
    if (behaviour === 'withholding') return random.chance(1, 2) ? [frame] : []
    if (frame[0] === CATCH_UP) return misled(options, frame)
    if (frame[0] === STATE_TRANSFER) return [behaviour === 'false-state' ? alteredState(frame) : frame]
    if (frame[0] !== AGREEMENT) return [frame]
    const message = traitor.read(frame)
    return message === undefined ? [frame] : forgedMessage(options, to, frame, message)
  }
  const hear = (frame: Uint8Array): readonly Uint8Array[] => {
    if (frame[0] !== AGREEMENT) return []
    if (behaviour === 'mutating') mutations.hear(frame)
    const message = traitor.read(frame)
    if (message?.kind === 'proposal') traitor.remember(message.body.block)
    if (message === undefined || (behaviour !== 'blind-votes' && behaviour !== 'forking')) return []
    const echo = traitor.echo(message)
    return echo === undefined ? [] : [echo]
  }
  // One half must not learn what the other is told: of two votes of one validator only the first counts.
  return { forge, hear, answers: behaviour === 'forking' ? 'sender' : 'all' }
}

function forgedMessage(
  { behaviour, consortium, traitor, random, inFirstHalf }: ForgerOptions,
  to: string,
  frame: Uint8Array,
  message: Message,
): readonly Uint8Array[] {
  const isVote = message.kind === 'prepare' || message.kind === 'commit'
  switch (behaviour) {
    case 'silent':
      return []
    case 'no-proposals':
      return message.kind === 'proposal' ? [] : [frame]
    case 'equivocating':
      return inFirstHalf(to) ? [frame] : [traitor.twin(message) ?? frame]
    case 'contradicting':
      return message.kind === 'proposal' ? [frame] : [frame, traitor.twin(message, 'contradiction') ?? frame]
    case 'false-time':
      if (message.kind !== 'proposal') return [frame]
      return [traitor.dated(message, random.pick([FAR_AHEAD_MS, 3_000, -FAR_AHEAD_MS / 2]))]
    case 'false-roots':
      return message.kind === 'commit' ? [traitor.falseRoots(message.body)] : [frame]
    case 'usurping':
      return message.kind === 'commit' ? [...traitor.usurp(message.body.height, message.body.view), frame] : [frame]
    case 'blind-votes':
      return isVote ? [] : [frame]
    case 'forking':
      if (isVote) return []
      return inFirstHalf(to) ? [frame] : [traitor.twin(message) ?? frame]
    case 'stuffed-blocks':
      if (message.kind !== 'proposal' || !random.chance(1, 4)) return [frame]
      return [traitor.altered(message, (block) => stuffed(block, traitor, consortium.genesis.parameters.maxBlockBytes))]
    case 'rule-breaking': {
      if (message.kind !== 'proposal') return [isVote ? (traitor.twin(message) ?? frame) : frame]
      const rule = random.pick(Object.keys(ruleBreakers))
      const change = ruleBreakers[rule]
      return [traitor.altered(message, (block) => change?.(block, consortium, traitor) ?? block)]
    }
    default:
      return [frame]
  }
}

/** What a liar sends instead of a frame of catch-up. */
function misled({ behaviour, traitor, random }: ForgerOptions, frame: Uint8Array): Uint8Array[] {
  const message = traitor.readCatchUp(frame)
  if (behaviour === 'stalling' && message?.kind === 'reply') return []
  if (behaviour === 'stalling' && message?.kind === 'status') {
    const body = { ...message.body, height: message.body.height + 1_000 }
    return [traitor.catchUpFrame({ kind: 'status', body })]
  }
  if (behaviour !== 'lying-history' || message?.kind !== 'reply') return [frame]
  if (random.chance(1, 3)) {
    const { fromHeight } = message.body
    return [traitor.catchUpFrame({ kind: 'forgotten', body: { fromHeight } })]
  }
  const blocks = message.body.blocks.map((stored) => traitor.inventHistory(stored, random.pick(['old', 'own'])))
  return [traitor.catchUpFrame({ kind: 'reply', body: { ...message.body, blocks } })]
}

/** Another value in the last entry of a piece; the first chunk, block and certificate, stays as it is. */
function alteredState(frame: Uint8Array): Uint8Array {
  const message = decodeFrame(transferCodec, frame)
  if (message?.kind !== 'piece' || message.body.index === 0) return frame
  const bytes = message.body.bytes.slice()
  // Of the last entry's value: after it the last chunk has one byte, which says that no proof follows.
  bytes[bytes.length - 2] = (bytes.at(-2) as number) ^ 1
  return frameOf(STATE_TRANSFER, transferCodec.encode({ kind: 'piece', body: { ...message.body, bytes } }))
}
