import { type Block, blockHash, commitVoteBytes, prepareVoteBytes, proposalVoteBytes } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import { decodeFrame, type FrameCodecs, frameCodecsFor, frameOf, type Message } from '@cresset/network-consensus/quorum'
import type { Consortium } from './consortium.ts'

/**
 * - `silent`: says nothing of agreement
 * - `no-proposals`: votes, but never proposes
 * - `equivocating`: another block, and other votes, for half of the nodes
 * - `contradicting`: votes twice, once for what nobody proposed
 * - `false-time`: its blocks are dated far ahead
 */
export const behaviours = ['silent', 'no-proposals', 'equivocating', 'contradicting', 'false-time'] as const
export type Behaviour = (typeof behaviours)[number]

export type Forger = (to: string, frame: Uint8Array) => readonly Uint8Array[]

const AGREEMENT = 1

/** Turns an honest node's frames into those of a traitor that holds its key. */
export function forgerOf(behaviour: Behaviour, consortium: Consortium, id: string, key: KeyPair): Forger {
  const traitor = new Traitor(consortium, key)
  const peers = consortium.members.map((member) => member.id).filter((peer) => peer !== id)
  const inFirstHalf = (to: string): boolean => peers.indexOf(to) < peers.length / 2
  return (to, frame) => {
    if (frame[0] !== AGREEMENT) return [frame]
    const message = traitor.read(frame)
    if (message === undefined) return [frame]
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
        return message.kind === 'proposal' ? [traitor.dated(message, 3_600_000) ?? frame] : [frame]
    }
  }
}

class Traitor {
  readonly #chainId: string
  readonly #codecs: FrameCodecs
  readonly #key: KeyPair
  /** Hash of a block that was put out with a twin → the twin's hash. */
  readonly #twins: { hash: Uint8Array; twin: Uint8Array }[] = []

  constructor(consortium: Consortium, key: KeyPair) {
    this.#chainId = consortium.chainId
    this.#codecs = frameCodecsFor(consortium.genesis.parameters)
    this.#key = key
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
