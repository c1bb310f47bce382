import { commitCertificateCodec } from '@cresset/core-chain'
import { sha256 } from '@cresset/core-crypto'
import type { CatchUpMessage, Message, NewView } from '@cresset/network-consensus/quorum'
import type { Random } from './random.ts'
import { AGREEMENT, CATCH_UP, type Traitor } from './traitor.ts'

/** One frame in so many is changed; the others keep the node in the game. */
const ONE_IN = 6
const MAX_REMEMBERED = 200

/**
 * Small changes of real messages: bytes of a frame, a field of a message with the signature made again where this key signs,
 * signers counted twice, old frames of anybody once more.
 */
export class Mutations {
  readonly #traitor: Traitor
  readonly #random: Random
  readonly #heard: Uint8Array[] = []

  constructor(traitor: Traitor, random: Random) {
    this.#traitor = traitor
    this.#random = random
  }

  hear(frame: Uint8Array): void {
    if (this.#heard.length < MAX_REMEMBERED) this.#heard.push(frame)
    else this.#heard[this.#random.between(0, MAX_REMEMBERED - 1)] = frame
  }

  of(frame: Uint8Array): Uint8Array[] {
    const random = this.#random
    if (!random.chance(1, ONE_IN)) return [frame]
    const choice = random.between(0, 3)
    if (choice === 0) return [this.#bytes(frame)]
    if (choice === 1) return [frame, this.#heard.length > 0 ? random.pick(this.#heard) : frame]
    const changed = this.#fields(frame) ?? this.#bytes(frame)
    return choice === 2 ? [changed] : [frame, changed]
  }

  #bytes(frame: Uint8Array): Uint8Array {
    const random = this.#random
    const copy = frame.slice()
    const at = random.between(0, copy.length - 1)
    switch (random.between(0, 3)) {
      case 0:
        copy[at] = (copy[at] as number) ^ (1 << random.between(0, 7))
        return copy
      case 1:
        return copy.subarray(0, at)
      case 2:
        return new Uint8Array([...copy.subarray(0, at), random.between(0, 255), ...copy.subarray(at)])
      default:
        copy[at] = random.between(0, 255)
        return copy
    }
  }

  /** Undefined when the change cannot be encoded, as two signers of one index. */
  #fields(frame: Uint8Array): Uint8Array | undefined {
    const traitor = this.#traitor
    try {
      if (frame[0] === CATCH_UP) {
        const told = traitor.readCatchUp(frame)
        return told === undefined ? undefined : traitor.catchUpFrame(this.#changedCatchUp(told))
      }
      if (frame[0] !== AGREEMENT) return undefined
      const message = traitor.read(frame)
      return message === undefined ? undefined : traitor.frame(this.#changed(message))
    } catch {
      return undefined
    }
  }

  #changed(message: Message): Message {
    const random = this.#random
    const { body } = message
    if (random.chance(1, 3) && 'view' in body) {
      const view = Math.max(0, body.view + random.pick([-1, 1, 1, 5, 1_000_000]))
      return this.#traitor.signed({ kind: message.kind, body: { ...body, view } } as Message)
    }
    if (random.chance(1, 6)) {
      const height = Math.max(1, body.height + random.pick([-1, 1, 2, 1_000_000]))
      return this.#traitor.signed({ kind: message.kind, body: { ...body, height } } as Message)
    }
    switch (message.kind) {
      case 'prepare':
      case 'commit':
        return this.#changedVote(message)
      case 'viewChange': {
        const { claim, prepared } = message.body
        const claims = [
          { claim: { ...claim, preparedView: undefined, preparedHash: undefined }, prepared: undefined },
          { claim: { ...claim, preparedView: (claim.preparedView ?? 0) + 1, preparedHash: sha256() }, prepared },
          { claim, prepared: undefined },
          { claim: { ...claim, validatorIndex: this.#anotherIndex() }, prepared },
        ]
        return this.#traitor.signed({ kind: 'viewChange', body: { ...message.body, ...random.pick(claims) } })
      }
      case 'proposal': {
        const { newView } = message.body
        const changed = newView === undefined ? undefined : this.#changedNewView(newView)
        return this.#traitor.signed({ kind: 'proposal', body: { ...message.body, newView: changed } })
      }
      default:
        return message
    }
  }

  #changedVote(message: Extract<Message, { kind: 'prepare' | 'commit' }>): Message {
    const hash = sha256(message.body.blockHash)
    const changes = [
      { blockHash: hash },
      { validatorIndex: this.#anotherIndex() },
      ...(message.kind === 'commit' ? [{ stateRoot: hash }, { receiptsRoot: hash }] : []),
    ]
    const body = { ...message.body, ...this.#random.pick(changes) }
    return this.#traitor.signed({ kind: message.kind, body } as Message)
  }

  #changedNewView(newView: NewView): NewView | undefined {
    const { viewChanges, prepared } = newView
    const [first, ...rest] = viewChanges
    if (first === undefined) return newView
    const signatures = prepared?.signatures ?? []
    const fewer = prepared === undefined ? undefined : { ...prepared, signatures: signatures.slice(1) }
    const twice =
      prepared === undefined
        ? undefined
        : { ...prepared, signatures: [...signatures.slice(1), ...signatures.slice(-1)] }
    const choices: (NewView | undefined)[] = [
      undefined,
      { viewChanges: rest, prepared },
      { viewChanges: [...rest, ...rest.slice(-1)], prepared },
      { viewChanges, prepared: undefined },
      { viewChanges, prepared: fewer },
      { viewChanges, prepared: twice },
      {
        viewChanges: viewChanges.map((claim) => ({ ...claim, preparedView: undefined, preparedHash: undefined })),
        prepared: undefined,
      },
    ]
    return this.#random.pick(choices)
  }

  /** Certificates with signers missing or counted twice, and of other views. */
  #changedCatchUp(message: CatchUpMessage): CatchUpMessage {
    switch (message.kind) {
      case 'status': {
        const { certificate, height } = message.body
        const changes = [{ height: height + 1 }, { certificate: this.#changedCertificate(certificate) }]
        return { kind: 'status', body: { ...message.body, ...this.#random.pick(changes) } }
      }
      case 'reply': {
        const blocks = message.body.blocks.map(({ block, certificate }) => ({
          block,
          certificate: this.#changedCertificate(certificate) ?? certificate,
        }))
        return { kind: 'reply', body: { ...message.body, blocks } }
      }
      default:
        return message
    }
  }

  #changedCertificate(encoded: Uint8Array | undefined): Uint8Array | undefined {
    if (encoded === undefined) return undefined
    const certificate = commitCertificateCodec.decode(encoded)
    const { signatures } = certificate
    const [first, ...rest] = signatures
    if (first === undefined) return encoded
    const changes = [
      { signatures: rest },
      { signatures: [first, ...rest.map(({ validatorIndex }) => ({ validatorIndex, signature: first.signature }))] },
      { view: certificate.view + 1 },
      { stateRoot: sha256(certificate.stateRoot) },
    ]
    return commitCertificateCodec.encode({ ...certificate, ...this.#random.pick(changes) })
  }

  #anotherIndex(): number {
    const count = this.#traitor.set.validators.length
    return (this.#traitor.self + this.#random.between(1, count)) % count
  }
}
