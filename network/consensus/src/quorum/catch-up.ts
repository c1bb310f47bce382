import {
  type Block,
  blockHash,
  bodyMatchesHeader,
  type CommitCertificate,
  checkCommitCertificate,
  commitCertificateCodec,
  type SignatureCheck,
  type ValidatorSet,
} from '@cresset/core-chain'
import { CodecError, equalBytes } from '@cresset/core-codec'
import { type Clock, channels, type Network, type PeerId, type StoredBlock } from '../interface/index.ts'
import { type CatchUpMessage, type FrameCodecs, frameOf, MAX_BLOCKS_PER_REPLY, MAX_REPLY_BYTES } from './frames.ts'
import { decodeBlock } from './verify.ts'

/** A block and the proof that it is final, decoded and checked. */
export interface CertifiedBlock {
  readonly block: Block
  readonly bytes: Uint8Array
  readonly certificate: CommitCertificate
  readonly encodedCertificate: Uint8Array
}

export interface CatchUpOptions {
  readonly chainId: string
  /** Those who decide the height that is being decided here. */
  readonly validators: () => ValidatorSet
  readonly codecs: FrameCodecs
  readonly network: Network
  readonly clock: Clock
  readonly check: SignatureCheck
  /** Height that is being decided here. */
  readonly height: () => number
  /** True while a block of this height is being written: nothing is missing then. */
  readonly storing: () => boolean
  readonly storedBlock: (height: number) => StoredBlock | undefined
  readonly apply: (certified: CertifiedBlock) => void
  readonly warn: (event: string, details: Readonly<Record<string, unknown>>) => void
}

/** One height behind is normal for a moment: votes are on their way. */
const GRACE_MS = 60
const REPLY_TIMEOUT_MS = 3_000
/** A peer that sent what is not final is not asked again for this time. */
const DISTRUST_MS = 30_000
/** Nor one that did not answer, or had nothing of what it told, for this: another may have it. */
const DOUBT_MS = 10_000

/** Fetches final blocks from peers that are further on, one request at a time, and serves them to those behind. */
export class CatchUp {
  readonly #options: CatchUpOptions
  readonly #told = new Map<PeerId, number>()
  readonly #passedOverUntilMs = new Map<PeerId, number>()
  #asked: { peer: PeerId; cancel: () => void } | undefined
  #fetched: { peer: PeerId; blocks: StoredBlock[]; fromHeight: number } | undefined
  #cancelGrace: (() => void) | undefined
  /** Height at which the grace ran out. */
  #graceOverAt = 0
  /** Height whose block a peer has forgotten. */
  #forgottenAt = 0

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  get highestTold(): number {
    return Math.max(0, ...this.#told.values())
  }

  /** In one line: a peer has forgotten the next block, and no other is left that could have it. Undefined while one can. */
  get lack(): string | undefined {
    const height = this.#options.height()
    const isAsking = this.#asked !== undefined || this.#fetched !== undefined
    if (this.#forgottenAt !== height || isAsking || this.#furthest(height) !== undefined) return undefined
    return `no linked node keeps block ${height} any more: link one that does, or set keepBlocks here, so that a newer state may take the place of the blocks`
  }

  /** A peer told its last final height, or showed by a vote that it is there. */
  told(peer: PeerId, height: number): void {
    this.#told.set(peer, Math.max(height, this.#told.get(peer) ?? 0))
    this.#seek()
  }

  /** The node's own height moved: the next fetched block is due, or the next request. */
  advanced(): void {
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
    this.#applyNext()
    this.#seek()
  }

  disconnected(peer: PeerId): void {
    this.#told.delete(peer)
    if (this.#asked?.peer !== peer) return
    this.#asked.cancel()
    this.#asked = undefined
    this.#seek()
  }

  stop(): void {
    this.#asked?.cancel()
    this.#asked = undefined
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
  }

  /** Answers a request with as many blocks as fit, at least one when there is one. */
  serve(peer: PeerId, { fromHeight, maxBlocks }: { fromHeight: number; maxBlocks: number }): void {
    const { storedBlock, height: ownHeight } = this.#options
    const blocks: { block: Uint8Array; certificate: Uint8Array }[] = []
    let bytes = 0
    for (let height = fromHeight; blocks.length < maxBlocks; height++) {
      const stored = storedBlock(height)
      if (stored === undefined) break
      bytes += stored.block.length + stored.certificate.length
      if (blocks.length > 0 && bytes > MAX_REPLY_BYTES) break
      blocks.push({ block: stored.block, certificate: stored.certificate })
    }
    const isForgotten = blocks.length === 0 && maxBlocks > 0 && fromHeight > 0 && fromHeight < ownHeight()
    this.#send(
      peer,
      isForgotten ? { kind: 'forgotten', body: { fromHeight } } : { kind: 'reply', body: { fromHeight, blocks } },
      'bulk',
    )
  }

  onForgotten(peer: PeerId, { fromHeight }: { fromHeight: number }): void {
    if (!this.#isAnswer(peer)) return
    this.#forgottenAt = fromHeight
    this.#passOver(peer, DOUBT_MS)
  }

  onReply(peer: PeerId, reply: { fromHeight: number; blocks: StoredBlock[] }): void {
    if (!this.#isAnswer(peer)) return
    if (reply.blocks.length === 0) {
      this.#passOver(peer, DOUBT_MS)
      return
    }
    this.#fetched = { peer, blocks: reply.blocks, fromHeight: reply.fromHeight }
    this.#applyNext()
    this.#seek()
  }

  /** Only what was asked for counts, from whom it was asked of. */
  #isAnswer(peer: PeerId): boolean {
    if (this.#asked?.peer !== peer) return false
    this.#asked.cancel()
    this.#asked = undefined
    return true
  }

  #applyNext(): void {
    const fetched = this.#fetched
    if (fetched === undefined || this.#options.storing()) return
    const height = this.#options.height()
    const stored = fetched.blocks[height - fetched.fromHeight]
    if (stored === undefined) {
      this.#fetched = undefined
      return
    }
    const certified = this.#checkedBlock(stored, height)
    if (certified === undefined) {
      this.#fetched = undefined
      this.#distrust(fetched.peer)
      return
    }
    this.#options.apply(certified)
  }

  #checkedBlock(stored: StoredBlock, height: number): CertifiedBlock | undefined {
    const { codecs, validators, chainId, check } = this.#options
    const block = decodeBlock(stored.block, codecs.block)
    const certificate = decodeCertificate(stored.certificate)
    if (block === undefined || certificate === undefined) return undefined
    if (block.header.height !== height || certificate.height !== height || block.header.chainId !== chainId) {
      return undefined
    }
    if (!equalBytes(blockHash(block.header), certificate.blockHash)) return undefined
    if (checkCommitCertificate(certificate, validators(), chainId, check) !== 'ok') return undefined
    if (!bodyMatchesHeader(block)) return undefined
    return { block, bytes: stored.block, certificate, encodedCertificate: stored.certificate }
  }

  #distrust(peer: PeerId): void {
    this.#options.warn('peer sent blocks that are not final', { peer })
    this.#passOver(peer, DISTRUST_MS)
  }

  #passOver(peer: PeerId, forMs: number): void {
    this.#passedOverUntilMs.set(peer, this.#options.clock.monotonicMs() + forMs)
    this.#told.delete(peer)
    this.#seek()
  }

  #seek(): void {
    const { height: ownHeight, storing, clock } = this.#options
    if (this.#asked !== undefined || this.#fetched !== undefined) return
    const height = ownHeight()
    const peer = this.#furthest(height)
    if (peer === undefined) return
    const oneBehind = (this.#told.get(peer) ?? 0) === height
    if (storing() || (oneBehind && this.#graceOverAt !== height)) {
      this.#cancelGrace ??= clock.after(GRACE_MS, () => {
        this.#cancelGrace = undefined
        if (ownHeight() === height) this.#graceOverAt = height
        this.#seek()
      })
      return
    }
    const sent = this.#send(
      peer,
      { kind: 'request', body: { fromHeight: height, maxBlocks: MAX_BLOCKS_PER_REPLY } },
      'agreement',
    )
    if (!sent) {
      this.#told.delete(peer)
      return
    }
    const cancel = clock.after(REPLY_TIMEOUT_MS, () => {
      this.#asked = undefined
      this.#passOver(peer, DOUBT_MS)
    })
    this.#asked = { peer, cancel }
  }

  #furthest(height: number): PeerId | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    let best: PeerId | undefined
    let bestHeight = height - 1
    for (const [peer, told] of this.#told) {
      if ((this.#passedOverUntilMs.get(peer) ?? 0) > nowMs) continue
      if (told > bestHeight) {
        best = peer
        bestHeight = told
      }
    }
    return best
  }

  #send(peer: PeerId, message: CatchUpMessage, priority: 'agreement' | 'bulk'): boolean {
    const { network, codecs } = this.#options
    return network.send(peer, frameOf(channels.catchUp, codecs.catchUp.encode(message)), priority)
  }
}

/** Undefined when the bytes are not a certificate. */
export function decodeCertificate(bytes: Uint8Array): CommitCertificate | undefined {
  try {
    return commitCertificateCodec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
