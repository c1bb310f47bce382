import {
  advanceTrust,
  checkCommitCertificate,
  commitCertificateCodec,
  decodeValidators,
  headerCodec,
  type LightBlock,
  type SignatureCheck,
  type Trust,
  type ValidatorSet,
  validatorsHash,
} from '@cresset/core-chain'
import { CodecError, equalBytes } from '@cresset/core-codec'
import {
  type Application,
  type Clock,
  channels,
  type Network,
  type PeerId,
  type SnapshotTrust,
  type ValidatorChange,
} from '../interface/index.ts'
import { decodeCertificate } from './catch-up.ts'
import { frameOf } from './frames.ts'
import {
  MAX_CHANGES_PER_REPLY,
  MAX_CHANGES_REPLY_BYTES,
  type TransferMessage,
  transferCodec,
} from './transfer-frames.ts'
import { TransferRequests } from './transfer-requests.ts'

export interface ValidatorWalkOptions {
  /** Where the walk begins: genesis. */
  readonly trust: Trust
  readonly network: Pick<Network, 'send'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  readonly check: SignatureCheck
  readonly log: { warn(event: string, details: Readonly<Record<string, unknown>>): void }
}

/** A peer is waited for so long in all, and a little longer for each true change: nobody else is asked meanwhile. */
const SLOW_START_MS = 10_000
const MS_A_CHANGE = 100
/** A peer that could not prove what it told is not believed anything for this time. */
const DISTRUST_MS = 30_000
/** Changes that are kept to be handed on; who needs older ones asks a node that has the blocks. */
const MAX_KEPT_CHANGES = 4_096

interface Step {
  /** They decide the heights above this one. */
  readonly height: number
  readonly validators: ValidatorSet
}

/**
 * For a node that knows genesis alone: follows each change of the validators, signed by the set before it, until it knows who decides
 * now. Nothing is skipped and no clock is asked, as when the blocks are replayed; so this trusts whoever was a validator once no
 * more than replay does, and no less.
 */
export class ValidatorWalk {
  readonly #options: ValidatorWalkOptions
  #trust: Trust
  readonly #steps: Step[]
  readonly #changes: { readonly height: number; readonly change: ValidatorChange }[] = []
  readonly #distrustedUntilMs = new Map<PeerId, number>()
  readonly #requests: TransferRequests
  #walking = false

  constructor(options: ValidatorWalkOptions) {
    this.#options = options
    this.#requests = new TransferRequests(options)
    this.#trust = { ...options.trust, trustingPeriodMs: Number.MAX_SAFE_INTEGER }
    this.#steps = [{ height: options.trust.height, validators: options.trust.validators }]
  }

  get isWalking(): boolean {
    return this.#walking
  }

  /** Height of the newest change that was followed. */
  get height(): number {
    return this.#trust.height
  }

  distrusts(peer: PeerId): boolean {
    return (this.#distrustedUntilMs.get(peer) ?? 0) > this.#options.clock.monotonicMs()
  }

  distrust(peer: PeerId): void {
    this.#distrustedUntilMs.set(peer, this.#options.clock.monotonicMs() + DISTRUST_MS)
  }

  /** Whether a block of this height is final: a later one is known to be, or those who decide now, as far as is known, signed it. */
  certifies(height: number, encoded: Uint8Array): boolean {
    if (height <= this.#trust.height) return true
    const certificate = decodeCertificate(encoded)
    if (certificate?.height !== height) return false
    const { validators, chainId } = this.#trust
    return checkCommitCertificate(certificate, validators, chainId, this.#options.check) === 'ok'
  }

  /** Takes what a peer has of changes above the newest known one, to the end; false when it is silent or lies. */
  async follow(peer: PeerId): Promise<boolean> {
    if (this.#walking) return false
    this.#walking = true
    const { clock, log } = this.#options
    let leftMs = SLOW_START_MS
    try {
      for (;;) {
        const askedMs = clock.monotonicMs()
        const reply = await this.#requests.ask(peer, { kind: 'askChanges', body: { above: this.#trust.height } })
        leftMs -= clock.monotonicMs() - askedMs
        if (reply?.kind !== 'changes' || leftMs < 0) return false
        if (reply.body.changes.length === 0) return true
        for (const change of reply.body.changes) {
          const code = this.#advance(change)
          if (code === 'ok') {
            leftMs += MS_A_CHANGE
            continue
          }
          log.warn('peer sent validators that were not confirmed', { peer, code })
          return false
        }
      }
    } finally {
      this.#walking = false
    }
  }

  /** Who decides a height, and the changes that led there. */
  trustAt(height: number): SnapshotTrust {
    const step = this.#steps.findLast((one) => one.height < height) ?? (this.#steps[0] as Step)
    const changes = this.#changes.filter((one) => one.height < height).map(({ change }) => change)
    return { validators: step.validators, changes }
  }

  onMessage(peer: PeerId, message: TransferMessage): void {
    this.#requests.onMessage(peer, message)
  }

  disconnected(peer: PeerId): void {
    this.#requests.disconnected(peer)
  }

  stop(): void {
    this.#requests.stop()
  }

  #advance(change: ValidatorChange): string {
    const block = decodeChange(change, this.#trust.validators.rule)
    if (block === undefined) return 'malformed'
    const { header } = block
    if (!equalBytes(header.validatorsHash, validatorsHash(this.#trust.validators))) return 'wrong-validators'
    if (equalBytes(header.validatorsHash, header.nextValidatorsHash)) return 'no-change'
    const result = advanceTrust(this.#trust, block, header.timeMs, this.#options.check)
    if (result.code !== 'ok') return result.code
    this.#trust = result.trust
    this.#steps.push({ height: header.height, validators: block.nextValidators })
    this.#changes.push({ height: header.height, change })
    if (this.#changes.length > MAX_KEPT_CHANGES) this.#changes.shift()
    if (this.#steps.length > MAX_KEPT_CHANGES) this.#steps.shift()
    return 'ok'
  }
}

function decodeChange(change: ValidatorChange, rule: ValidatorSet['rule']): LightBlock | undefined {
  try {
    return {
      header: headerCodec.decode(change.header),
      certificate: commitCertificateCodec.decode(change.certificate),
      validators: decodeValidators(change.validators, rule),
      nextValidators: decodeValidators(change.nextValidators, rule),
    }
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}

/** Answers who follows the validators: as many changes as fit, at least one when there is one. */
export function serveChanges(
  application: Pick<Application, 'validatorChanges'>,
  network: Pick<Network, 'send'>,
  peer: PeerId,
  above: number,
): void {
  const changes: ValidatorChange[] = []
  let bytes = 0
  for (const change of application.validatorChanges(above, MAX_CHANGES_PER_REPLY)) {
    for (const part of Object.values(change)) bytes += part.length
    if (changes.length > 0 && bytes > MAX_CHANGES_REPLY_BYTES) break
    changes.push(change)
  }
  const message = transferCodec.encode({ kind: 'changes', body: { changes } })
  network.send(peer, frameOf(channels.stateTransfer, message), 'bulk')
}
