import {
  type Block,
  blockHash,
  commitCertificateCodec,
  commitVoteBytes,
  indexOfKey,
  misbehaviourRoot,
  prepareVoteBytes,
  proposalVoteBytes,
  proposerIndex,
  transactionsRoot,
  type ValidatorSet,
  validatorsOf,
} from '@cresset/core-chain'
import { CodecError, equalBytes, toHex } from '@cresset/core-codec'
import { type KeyPair, sha256 } from '@cresset/core-crypto'
import {
  type CatchUpMessage,
  type Commit,
  decodeFrame,
  type FrameCodecs,
  frameCodecsFor,
  frameOf,
  type Message,
  type ViewChangeClaim,
  viewChangeBytes,
} from '@cresset/network-consensus/quorum'
import type { Consortium } from './consortium.ts'
import type { RememberedSignatures } from './remembered-signatures.ts'

export const AGREEMENT = 1
export const CATCH_UP = 3
export const STATE_TRANSFER = 4

const MAX_TWINS = 64
const MAX_ECHOED = 10_000

/** What a node can do that holds its key and follows no rule: read, alter and sign anew. */
export class Traitor {
  readonly chainId: string
  readonly codecs: FrameCodecs
  readonly set: ValidatorSet
  /** Own place among the validators. */
  readonly self: number
  readonly #key: KeyPair
  readonly #signatures: RememberedSignatures
  readonly #echoed = new Set<string>()
  #newest: Block | undefined
  /** Hash of a block that was put out with a twin → the twin's hash. */
  readonly #twins: { hash: Uint8Array; twin: Uint8Array }[] = []

  constructor(consortium: Consortium, key: KeyPair, signatures: RememberedSignatures) {
    this.chainId = consortium.chainId
    this.codecs = frameCodecsFor(consortium.genesis.parameters)
    this.#key = key
    this.#signatures = signatures
    this.set = validatorsOf(consortium.genesis)
    const self = indexOfKey(this.set, key.publicKey)
    if (self === undefined) throw new Error('a traitor is a validator')
    this.self = self
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#signatures.sign(this.#key, message)
  }

  read(frame: Uint8Array): Message | undefined {
    return decodeFrame(this.codecs.message, frame)
  }

  readCatchUp(frame: Uint8Array): CatchUpMessage | undefined {
    return decodeFrame(this.codecs.catchUp, frame)
  }

  frame(message: Message): Uint8Array {
    return frameOf(AGREEMENT, this.codecs.message.encode(message))
  }

  catchUpFrame(message: CatchUpMessage): Uint8Array {
    return frameOf(CATCH_UP, this.codecs.catchUp.encode(message))
  }

  /** The message with a signature of this key over what it says now. */
  signed(message: Message): Message {
    const { chainId } = this
    switch (message.kind) {
      case 'proposal': {
        const { height, view, block } = message.body
        const hash = blockHash(this.codecs.block.decode(block).header)
        const signature = this.sign(proposalVoteBytes(chainId, { height, view, blockHash: hash }))
        return { kind: 'proposal', body: { ...message.body, signature } }
      }
      case 'prepare':
        return {
          kind: 'prepare',
          body: { ...message.body, signature: this.sign(prepareVoteBytes(chainId, message.body)) },
        }
      case 'commit':
        return {
          kind: 'commit',
          body: { ...message.body, signature: this.sign(commitVoteBytes(chainId, message.body)) },
        }
      case 'viewChange': {
        const { height, view, claim } = message.body
        const signature = this.sign(viewChangeBytes(chainId, { height, view }, claim))
        return { kind: 'viewChange', body: { ...message.body, claim: { ...claim, signature } } }
      }
      default:
        return message
    }
  }

  /** Another block under the certificate's old signatures, or under this key's alone as often as a quorum has members. */
  inventHistory(
    stored: { block: Uint8Array; certificate: Uint8Array },
    signers: 'old' | 'own',
  ): {
    block: Uint8Array
    certificate: Uint8Array
  } {
    const block = this.codecs.block.decode(stored.block)
    const header = { ...block.header, timeMs: block.header.timeMs + 1 }
    const old = commitCertificateCodec.decode(stored.certificate)
    const invented = { ...old, blockHash: blockHash(header) }
    const own = { validatorIndex: this.self, signature: this.sign(commitVoteBytes(this.chainId, invented)) }
    const signatures = signers === 'own' ? old.signatures.map(() => own) : old.signatures
    const certificate = { ...invented, signatures }
    return {
      block: this.codecs.block.encode({ ...block, header }),
      certificate: commitCertificateCodec.encode(certificate),
    }
  }

  falseRoots(commit: Commit): Uint8Array {
    return this.frame(this.signed({ kind: 'commit', body: { ...commit, stateRoot: sha256(commit.stateRoot) } }))
  }

  /** Keeps the newest block that was proposed. What another traitor proposes may be none. */
  remember(block: Uint8Array): void {
    try {
      this.#newest = this.codecs.block.decode(block)
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
    }
  }

  /** A proposal of another block in the next view that is this node's, and a vote for it. */
  usurp(height: number, view: number): Uint8Array[] {
    const { validators } = this.set
    const block = this.#newest
    if (block === undefined || block.header.height !== height) return []
    let later = view + 1
    while (proposerIndex(this.set, height, later) !== this.self) later++
    const { account } = validators[this.self] ?? { account: new Uint8Array(32) }
    const header = { ...block.header, timeMs: block.header.timeMs + 1, proposer: account }
    const hash = blockHash(header)
    const nothing = { preparedView: undefined, preparedHash: undefined }
    const viewChanges: ViewChangeClaim[] = validators.map((_, validatorIndex) => {
      // It cannot sign for the others, and hopes that nobody looks.
      const signature = this.sign(viewChangeBytes(this.chainId, { height, view: later }, nothing))
      return { validatorIndex, ...nothing, signature }
    })
    const place = { height, view: later, signature: new Uint8Array(64) }
    const proposal = {
      ...place,
      block: this.codecs.block.encode({ ...block, header }),
      newView: { viewChanges, prepared: undefined },
    }
    const prepare = { ...place, blockHash: hash, validatorIndex: this.self }
    return [
      this.frame(this.signed({ kind: 'proposal', body: proposal })),
      this.frame(this.signed({ kind: 'prepare', body: prepare })),
    ]
  }

  /** The same kind of message about another block; undefined when there is nothing to change. */
  twin(message: Message, hashTag = 'twin'): Uint8Array | undefined {
    switch (message.kind) {
      case 'proposal':
        // A prepared block cannot be exchanged: its certificate names it.
        return message.body.newView?.prepared === undefined ? this.dated(message, 1) : undefined
      case 'prepare': {
        const blockHash = this.#twinHash(message.body.blockHash, hashTag)
        return this.frame(this.signed({ kind: 'prepare', body: { ...message.body, blockHash } }))
      }
      case 'commit': {
        const blockHash = this.#twinHash(message.body.blockHash, hashTag)
        return this.frame(this.signed({ kind: 'commit', body: { ...message.body, blockHash } }))
      }
      default:
        return undefined
    }
  }

  /** The proposal with its block dated later. */
  dated(message: Extract<Message, { kind: 'proposal' }>, byMs: number): Uint8Array {
    return this.altered(message, (block) => {
      const header = { ...block.header, timeMs: block.header.timeMs + byMs }
      return { ...block, header }
    })
  }

  /** The proposal with another block; later votes for the one will be for the other. */
  altered(message: Extract<Message, { kind: 'proposal' }>, change: (block: Block) => Block): Uint8Array {
    const block = this.codecs.block.decode(message.body.block)
    const changed = change(block)
    const twin = blockHash(changed.header)
    const hash = blockHash(block.header)
    if (!this.#twins.some((known) => equalBytes(known.hash, hash))) this.#twins.push({ hash, twin })
    if (this.#twins.length > MAX_TWINS) this.#twins.shift()
    const body = { ...message.body, block: this.codecs.block.encode(changed) }
    return this.frame(this.signed({ kind: 'proposal', body }))
  }

  /** The block with these transactions under a header that says so. */
  withTransactions(block: Block, transactions: Uint8Array[]): Block {
    return { ...block, transactions, header: { ...block.header, transactionsRoot: transactionsRoot(transactions) } }
  }

  withMisbehaviour(block: Block, misbehaviour: Block['misbehaviour']): Block {
    return { ...block, misbehaviour, header: { ...block.header, misbehaviourRoot: misbehaviourRoot(misbehaviour) } }
  }

  /** A vote of this key for what another one voted for: no block seen, nothing executed. */
  echo(message: Message): Uint8Array | undefined {
    if (message.kind !== 'prepare' && message.kind !== 'commit') return undefined
    if (message.body.validatorIndex === this.self) return undefined
    // Once each: two who echo each other would never end.
    const { height, view, validatorIndex } = message.body
    const name = `${message.kind} ${height} ${view} ${validatorIndex} ${toHex(message.body.blockHash)}`
    if (this.#echoed.has(name)) return undefined
    if (this.#echoed.size >= MAX_ECHOED) this.#echoed.clear()
    this.#echoed.add(name)
    const body = { ...message.body, validatorIndex: this.self }
    return this.frame(this.signed({ kind: message.kind, body } as Message))
  }

  #twinHash(hash: Uint8Array, tag: string): Uint8Array {
    return (
      this.#twins.find((known) => equalBytes(known.hash, hash))?.twin ?? sha256(hash, new TextEncoder().encode(tag))
    )
  }
}
