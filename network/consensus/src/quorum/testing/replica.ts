import assert from 'node:assert/strict'
import {
  type Block,
  blockHash,
  type Genesis,
  genesisDigest,
  parametersFrom,
  type QuorumRule,
  type ValidatorSet,
  validatorSet,
  validatorsHash,
  validatorsOf,
} from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { checkSignature, generateKeyPair, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { Effect, Event } from '../events.ts'
import { initialState, type Parent } from '../height.ts'
import { type Message, messageCodecsFor } from '../messages.ts'
import { firstVoteRecord, type RecordEntry, recordCodecFor } from '../record.ts'
import { defaultTiming, type Settings, type Timing } from '../settings.ts'
import type { Roots, State } from '../state.ts'
import { step } from '../step.ts'
import { type CheckedMessage, verifyMessage } from '../verify.ts'

export const startMs = 1_760_000_000_000

const keyOf = (label: string): KeyPair => generateKeyPair('ed25519', sha256(utf8(label)))

export const genesis: Genesis = {
  name: 'steps',
  timeMs: startMs - 1_000,
  engine: 'pbft',
  zones: ['acme'],
  nodes: [0, 1, 2, 3].map((index) => ({
    name: `node${index}`,
    organization: '',
    roles: ['transaction'],
    securityLevel: 1,
    identityKey: keyOf(`identity ${index}`).publicKey,
    consensusKey: keyOf(`consensus ${index}`).publicKey,
    endpoints: { agreement: '127.0.0.1:1', api: 'http://127.0.0.1:1', dns: '127.0.0.1:1' },
    tlsFingerprint: sha256(utf8('certificate')),
    dnsKeys: [],
  })),
  balances: [],
  rootCertificate: new Uint8Array(0),
  addressRanges: [],
  parameters: parametersFrom({}),
}

export const validators = validatorsOf(genesis)
export const chainId = 'steps-test'
export const codecs = messageCodecsFor(genesis.parameters)

/** Key pair of a validator by its index in the sorted set. */
export function keyAt(index: number): KeyPair {
  const wanted = toHex(validators.validators[index]!.key)
  const pair = [0, 1, 2, 3].map((node) => keyOf(`consensus ${node}`)).find((one) => toHex(one.publicKey) === wanted)
  return pair!
}

export function settingsOf(
  self: number | undefined,
  timing: Partial<Timing> = {},
  set: ValidatorSet = validators,
): Settings {
  return {
    chainId,
    validators: set,
    validatorsHash: validatorsHash(set),
    self,
    sign: (message) => signSync(keyAt(self ?? 0), message),
    codecs,
    maxBlockBytes: genesis.parameters.maxBlockBytes,
    timing: { ...defaultTiming, ...timing },
  }
}

export const genesisParent: Parent = { height: 0, hash: genesisDigest(genesis), timeMs: genesis.timeMs }

/** Freezes deeply: a step that changes what it was given throws. Bytes cannot be frozen and are left. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value
  if (value instanceof Map || value instanceof Set) {
    // A frozen map can still be changed by its methods.
    const refuse = { value: () => assert.fail('a step changed what it was given') }
    Object.defineProperties(value, { set: refuse, add: refuse, delete: refuse, clear: refuse })
    for (const entry of value) frozen(entry)
  }
  Object.freeze(value)
  if (!(value instanceof Map || value instanceof Set)) for (const inner of Object.values(value)) frozen(inner)
  return value
}

/** Roots that depend on the block alone. */
export function rootsOf(hash: Uint8Array): Roots {
  return { stateRoot: sha256(utf8('state'), hash), receiptsRoot: sha256(utf8('receipts'), hash) }
}

/**
 * One engine whose disk and application answer at once, unless told to wait. Messages it sends gather in `sent` for the
 * test to deliver.
 */
export class Replica {
  readonly index: number
  state: State
  nowMs = startMs
  readonly sent: { to: 'all' | number; message: Message }[] = []
  readonly effects: Effect[] = []
  readonly records: Uint8Array[] = []
  transactions: Uint8Array[] = []
  verdict: (block: Block) => string = () => 'accept'
  execute: (hash: Uint8Array) => Roots | undefined = rootsOf
  diskWaits = false
  wantsBlockWithinMs: number | undefined
  readonly #recordCodec = recordCodecFor(codecs)

  constructor(
    index: number,
    options: {
      timing?: Partial<Timing>
      parent?: Parent
      records?: readonly Uint8Array[]
      rule?: QuorumRule
      /** Of the four, so many. */
      validators?: number
    } = {},
  ) {
    this.index = index
    this.records = [...(options.records ?? [firstVoteRecord(genesis)])]
    const set = validatorSet(validators.validators.slice(0, options.validators), options.rule ?? 'pbft')
    const entries: RecordEntry[] = this.records.map((bytes) => this.#recordCodec.decode(bytes))
    this.state = frozen(initialState(settingsOf(index, options.timing, set), options.parent ?? genesisParent, entries))
  }

  start(): void {
    this.take({ kind: 'start', nowMs: this.nowMs, pending: this.transactions.length > 0 })
  }

  /** A step, and the answers to what it asked for. */
  take(event: Event): void {
    frozen(event)
    const before = this.state
    const { state, effects } = step(before, event)
    // Purity: the same again gives the same.
    const again = step(before, event)
    if (again.effects.length !== effects.length) throw new Error('a step is not a function of its arguments')
    this.state = frozen(state)
    for (const effect of effects) this.#carryOut(effect)
  }

  /** What another replica's link brings: checked as in production, refused ones are dropped. */
  receive(message: Message): string {
    if (message.kind === 'blockRequest' || message.kind === 'blockReply') return 'not-signed'
    const context = { chainId, validators, block: codecs.block, check: checkSignature }
    const wire = codecs.message.decode(codecs.message.encode(message)) as typeof message
    const verdict = verifyMessage(wire, context)
    if (verdict.code !== 'ok') return verdict.code
    this.takeChecked(verdict.message)
    return 'ok'
  }

  takeChecked(message: CheckedMessage): void {
    this.take({ kind: 'message', message, nowMs: this.nowMs })
  }

  timeout(timer: 'due' | 'pace' | 'view' | 'repeat'): void {
    this.take({ kind: 'timeout', timer, height: this.state.height, view: this.state.view, nowMs: this.nowMs })
  }

  /** Makes durable what was waiting for the disk. */
  flush(): void {
    for (const record of [...this.state.unrecorded.keys()]) this.take({ kind: 'recorded', record, nowMs: this.nowMs })
  }

  takeSent(): { to: 'all' | number; message: Message }[] {
    return this.sent.splice(0)
  }

  timers(): Extract<Effect, { kind: 'timer' }>[] {
    return this.effects.filter((effect) => effect.kind === 'timer')
  }

  #carryOut(effect: Effect): void {
    this.effects.push(effect)
    switch (effect.kind) {
      case 'send':
        this.sent.push({ to: effect.to, message: effect.message })
        break
      case 'record':
        this.records.push(this.#recordCodec.encode(effect.entry))
        if (!this.diskWaits) this.take({ kind: 'recorded', record: effect.record, nowMs: this.nowMs })
        break
      case 'build': {
        const { height, view, timeMs } = effect
        this.take({ kind: 'built', height, view, timeMs, transactions: this.transactions })
        break
      }
      case 'check': {
        const { height, block, blockHash: hash } = effect
        this.take({ kind: 'checked', height, blockHash: hash, code: this.verdict(block) })
        break
      }
      case 'execute': {
        const { height, blockHash: hash } = effect
        this.take({ kind: 'executed', height, blockHash: hash, roots: this.execute(hash) })
        break
      }
      case 'commit': {
        const { height } = effect
        const pending = this.transactions.length > 0
        this.take({ kind: 'stored', height, wantsBlockWithinMs: this.wantsBlockWithinMs, pending, nowMs: this.nowMs })
        break
      }
      default:
        break
    }
  }

  committed(): { height: number; hash: string }[] {
    return this.effects
      .filter((effect) => effect.kind === 'commit')
      .map(({ height, blockHash: hash }) => ({ height, hash: toHex(hash) }))
  }
}

/** Four replicas and their messages. `lose` drops those it says true to. */
export class Cluster {
  readonly replicas: Replica[]
  lose: (from: number, to: number, message: Message) => boolean = () => false

  constructor(timing: Partial<Timing> = {}) {
    this.replicas = [0, 1, 2, 3].map((index) => new Replica(index, { timing }))
  }

  start(): void {
    for (const replica of this.replicas) replica.start()
  }

  /** Delivers until nothing is under way. */
  settle(): void {
    for (let moved = true; moved; ) {
      moved = false
      for (const from of this.replicas) {
        for (const { to, message } of from.takeSent()) {
          moved = true
          for (const replica of this.replicas) {
            if (replica.index === from.index || (to !== 'all' && to !== replica.index)) continue
            if (!this.lose(from.index, replica.index, message)) replica.receive(message)
          }
        }
      }
    }
  }

  advance(byMs: number): void {
    for (const replica of this.replicas) replica.nowMs += byMs
  }
}

export function hashOf(message: Extract<Message, { kind: 'proposal' }>): Uint8Array {
  return blockHash(codecs.block.decode(message.body.block).header)
}
