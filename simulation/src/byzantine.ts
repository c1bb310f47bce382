import {
  type Block,
  blockHash,
  commitCertificateCodec,
  commitVoteBytes,
  indexOfKey,
  prepareVoteBytes,
  proposalVoteBytes,
  proposerIndex,
  type ValidatorSet,
  validatorsOf,
} from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import {
  type Commit,
  decodeFrame,
  type FrameCodecs,
  frameCodecsFor,
  frameOf,
  type Message,
  transferCodec,
  viewChangeBytes,
} from '@cresset/network-consensus/quorum'
import type { Consortium } from './consortium.ts'

/**
 * - `silent`: says nothing of agreement
 * - `no-proposals`: votes, but never proposes
 * - `equivocating`: another block, and other votes, for half of the nodes
 * - `contradicting`: votes twice, once for what nobody proposed
 * - `false-time`: its blocks are dated far ahead
 * - `usurping`: once a block is prepared, proposes another one in a later view of its own, with view changes that it made up
 * - `false-roots`: votes for roots that nobody computed
 * - `lying-history`: serves blocks that were never final to those that catch up
 * - `stalling`: tells great heights and serves nothing
 * - `false-state`: serves a state that is not the one certified to those that fetch it
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
] as const
export type Behaviour = (typeof behaviours)[number]

/** Sits between an engine and its links. */
export interface Forger {
  /** What leaves instead of the frame. */
  forge(to: string, frame: Uint8Array): readonly Uint8Array[]
  /** A frame came in; the engine gets it too. */
  hear(frame: Uint8Array): void
}

const AGREEMENT = 1
const CATCH_UP = 3
const STATE_TRANSFER = 4

/** Turns an honest node's frames into those of a traitor that holds its key. */
export function forgerOf(behaviour: Behaviour, consortium: Consortium, id: string, key: KeyPair): Forger {
  const traitor = new Traitor(consortium, key)
  const peers = consortium.members.map((member) => member.id).filter((peer) => peer !== id)
  const inFirstHalf = (to: string): boolean => peers.indexOf(to) < peers.length / 2
  const forge = (to: string, frame: Uint8Array): readonly Uint8Array[] => {
    if (frame[0] === CATCH_UP) return traitor.misleads(behaviour, frame)
    if (frame[0] === STATE_TRANSFER) return [behaviour === 'false-state' ? alteredState(frame) : frame]
    if (frame[0] !== AGREEMENT) return [frame]
    const message = traitor.read(frame)
    if (message === undefined) return [frame]
    switch (behaviour) {
      case 'silent':
        return []
      case 'no-proposals':
        return message.kind === 'proposal' ? [] : [frame]
      case 'lying-history':
      case 'stalling':
      case 'false-state':
        return [frame]
      case 'equivocating':
        return inFirstHalf(to) ? [frame] : [traitor.twin(message) ?? frame]
      case 'contradicting':
        return message.kind === 'proposal' ? [frame] : [frame, traitor.twin(message, 'contradiction') ?? frame]
      case 'false-time':
        return message.kind === 'proposal' ? [traitor.dated(message, 3_600_000) ?? frame] : [frame]
      case 'false-roots':
        return message.kind === 'commit' ? [traitor.falseRoots(message.body)] : [frame]
      case 'usurping':
        return message.kind === 'commit' ? [...traitor.usurp(message.body.height, message.body.view), frame] : [frame]
    }
  }
  const hear = (frame: Uint8Array): void => {
    const message = frame[0] === AGREEMENT ? traitor.read(frame) : undefined
    if (message?.kind === 'proposal') traitor.remember(message.body.block)
  }
  return { forge, hear }
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

class Traitor {
  readonly #chainId: string
  readonly #codecs: FrameCodecs
  readonly #key: KeyPair
  readonly #set: ValidatorSet
  #newest: Block | undefined
  /** Hash of a block that was put out with a twin → the twin's hash. */
  readonly #twins: { hash: Uint8Array; twin: Uint8Array }[] = []

  constructor(consortium: Consortium, key: KeyPair) {
    this.#chainId = consortium.chainId
    this.#codecs = frameCodecsFor(consortium.genesis.parameters)
    this.#key = key
    this.#set = validatorsOf(consortium.genesis)
  }

  /** What a liar sends instead of a frame of catch-up. */
  misleads(behaviour: Behaviour, frame: Uint8Array): Uint8Array[] {
    const message = decodeFrame(this.#codecs.catchUp, frame)
    if (behaviour === 'stalling' && message?.kind === 'reply') return []
    if (behaviour === 'stalling' && message?.kind === 'status') {
      const body = { ...message.body, height: message.body.height + 1_000 }
      return [frameOf(CATCH_UP, this.#codecs.catchUp.encode({ kind: 'status', body }))]
    }
    if (behaviour !== 'lying-history' || message?.kind !== 'reply') return [frame]
    const blocks = message.body.blocks.map((stored) => this.#inventHistory(stored))
    return [frameOf(CATCH_UP, this.#codecs.catchUp.encode({ kind: 'reply', body: { ...message.body, blocks } }))]
  }

  /** Another block under the certificate's old signatures. */
  #inventHistory(stored: { block: Uint8Array; certificate: Uint8Array }): {
    block: Uint8Array
    certificate: Uint8Array
  } {
    const block = this.#codecs.block.decode(stored.block)
    const header = { ...block.header, timeMs: block.header.timeMs + 1 }
    const certificate = { ...commitCertificateCodec.decode(stored.certificate), blockHash: blockHash(header) }
    return {
      block: this.#codecs.block.encode({ ...block, header }),
      certificate: commitCertificateCodec.encode(certificate),
    }
  }

  falseRoots(commit: Commit): Uint8Array {
    const vote = { ...commit, stateRoot: sha256(commit.stateRoot) }
    const signature = signSync(this.#key, commitVoteBytes(this.#chainId, vote))
    return this.#frame({ kind: 'commit', body: { ...vote, signature } })
  }

  /** Keeps the newest block that was proposed. */
  remember(block: Uint8Array): void {
    this.#newest = this.#codecs.block.decode(block)
  }

  /** A proposal of another block in the next view that is this node's, and a vote for it. */
  usurp(height: number, view: number): Uint8Array[] {
    const { validators } = this.#set
    const self = indexOfKey(this.#set, this.#key.publicKey)
    const block = this.#newest
    if (self === undefined || block === undefined || block.header.height !== height) return []
    let later = view + 1
    while (proposerIndex(this.#set, height, later) !== self) later++
    const { account } = validators[self] ?? { account: new Uint8Array(32) }
    const header = { ...block.header, timeMs: block.header.timeMs + 1, proposer: account }
    const vote = { height, view: later, blockHash: blockHash(header) }
    const claim = { preparedView: undefined, preparedHash: undefined }
    const viewChanges = validators.map((_, validatorIndex) => {
      // It cannot sign for the others, and hopes that nobody looks.
      const signature = signSync(this.#key, viewChangeBytes(this.#chainId, { height, view: later }, claim))
      return { validatorIndex, ...claim, signature }
    })
    const body = {
      height,
      view: later,
      block: this.#codecs.block.encode({ ...block, header }),
      signature: signSync(this.#key, proposalVoteBytes(this.#chainId, vote)),
      newView: { viewChanges, prepared: undefined },
    }
    const signature = signSync(this.#key, prepareVoteBytes(this.#chainId, vote))
    return [
      this.#frame({ kind: 'proposal', body }),
      this.#frame({ kind: 'prepare', body: { ...vote, validatorIndex: self, signature } }),
    ]
  }

  read(frame: Uint8Array): Message | undefined {
    return decodeFrame(this.#codecs.message, frame)
  }

  /** The same kind of message about another block; undefined when there is nothing to change. */
  twin(message: Message, hashTag = 'twin'): Uint8Array | undefined {
    const chainId = this.#chainId
    switch (message.kind) {
      case 'proposal':
        // A prepared block cannot be exchanged: its certificate names it.
        return message.body.newView?.prepared === undefined ? this.dated(message, 1) : undefined
      case 'prepare': {
        const vote = { ...message.body, blockHash: this.#twinHash(message.body.blockHash, hashTag) }
        const signature = signSync(this.#key, prepareVoteBytes(chainId, vote))
        return this.#frame({ kind: 'prepare', body: { ...vote, signature } })
      }
      case 'commit': {
        const vote = { ...message.body, blockHash: this.#twinHash(message.body.blockHash, hashTag) }
        const signature = signSync(this.#key, commitVoteBytes(chainId, vote))
        return this.#frame({ kind: 'commit', body: { ...vote, signature } })
      }
      default:
        return undefined
    }
  }

  /** The proposal with its block dated later. */
  dated(message: Extract<Message, { kind: 'proposal' }>, byMs: number): Uint8Array | undefined {
    const block = this.#codecs.block.decode(message.body.block)
    const header = { ...block.header, timeMs: block.header.timeMs + byMs }
    const changed: Block = { ...block, header }
    const { height, view } = message.body
    const twin = blockHash(header)
    const hash = blockHash(block.header)
    if (!this.#twins.some((known) => equalBytes(known.hash, hash))) this.#twins.push({ hash, twin })
    if (this.#twins.length > 64) this.#twins.shift()
    const signature = signSync(this.#key, proposalVoteBytes(this.#chainId, { height, view, blockHash: twin }))
    const body = { ...message.body, block: this.#codecs.block.encode(changed), signature }
    return this.#frame({ kind: 'proposal', body })
  }

  #twinHash(hash: Uint8Array, tag: string): Uint8Array {
    return (
      this.#twins.find((known) => equalBytes(known.hash, hash))?.twin ?? sha256(hash, new TextEncoder().encode(tag))
    )
  }

  #frame(message: Message): Uint8Array {
    return frameOf(AGREEMENT, this.#codecs.message.encode(message))
  }
}
