import assert from 'node:assert/strict'
import {
  type Block,
  blockHash,
  type Genesis,
  genesisDigest,
  parametersFrom,
  type QuorumRule,
  type Validator,
  type ValidatorSet,
  validatorSet,
  validatorsOf,
} from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, checkSignature, generateKeyPair, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { PeerId } from '../../interface/index.ts'
import type { Effect, Event } from '../events.ts'
import { initialState, type Parent } from '../height.ts'
import { type Members, membersAgain } from '../members.ts'
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

/** Key pair of a validator of genesis by its index in the sorted set. */
export function keyAt(index: number): KeyPair {
  const wanted = toHex(validators.validators[index]!.key)
  const pair = [0, 1, 2, 3].map(nodeKey).find((one) => toHex(one.publicKey) === wanted)
  return pair!
}

/** Consensus key of a node by its number: 0 to 3 are those of genesis. */
export function nodeKey(node: number): KeyPair {
  return keyOf(`consensus ${node}`)
}

/** The set of these nodes. */
export function setOf(
  nodes: readonly number[],
  rule: QuorumRule = 'pbft',
  powers: readonly number[] = [],
): ValidatorSet {
  const list = nodes.map((node, index): Validator => {
    const nodeId = accountOf(keyOf(`identity ${node}`).publicKey)
    return { key: nodeKey(node).publicKey, power: powers[index] ?? 1, nodeId, account: nodeId }
  })
  return validatorSet(list, rule)
}

export function peerOf(index: number): PeerId {
  return toHex(validators.validators[index]!.nodeId)
}

function settingsOf(key: KeyPair, timing: Partial<Timing> = {}, votesWithoutRecord = false): Settings {
  return {
    chainId,
    hasKey: true,
    votesWithoutRecord,
    sign: (message) => signSync(key, message),
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
  readonly peer: PeerId
  state: State
  nowMs = startMs
  readonly sent: { to: 'all' | PeerId; message: Message }[] = []
  readonly effects: Effect[] = []
  readonly records: Uint8Array[] = []
  transactions: Uint8Array[] = []
  verdict: (block: Block) => string = () => 'accept'
  execute: (hash: Uint8Array) => Roots | undefined = rootsOf
  diskWaits = false
  wantsBlockWithinMs: number | undefined
  readonly #recordCodec = recordCodecFor(codecs)
  readonly #key: KeyPair
  readonly #setAt: (height: number) => ValidatorSet

  /** `index` is its place in the set of genesis; with `node` it is that node, and the index only a name. */
  constructor(
    index: number,
    options: {
      timing?: Partial<Timing>
      parent?: Parent
      records?: readonly Uint8Array[]
      votesWithoutRecord?: boolean
      rule?: QuorumRule
      /** Of the four, so many. */
      validators?: number
      node?: number
      /** Who decides a height. */
      setAt?: (height: number) => ValidatorSet
    } = {},
  ) {
    this.index = index
    this.records = [...(options.records ?? [firstVoteRecord(genesis)])]
    this.#key = options.node === undefined ? keyAt(index) : nodeKey(options.node)
    this.peer = options.node === undefined ? peerOf(index) : toHex(setOf([options.node]).validators[0]!.nodeId)
    const set = validatorSet(validators.validators.slice(0, options.validators), options.rule ?? 'pbft')
    this.#setAt = options.setAt ?? (() => set)
    const entries: RecordEntry[] = this.records.map((bytes) => this.#recordCodec.decode(bytes))
    const parent = options.parent ?? genesisParent
    const members = this.#membersAt(parent.height + 1)
    const membership = { members, nextMembers: this.#membersAt(parent.height + 2, members) }
    this.state = frozen(
      initialState(settingsOf(this.#key, options.timing, options.votesWithoutRecord), parent, membership, entries),
    )
  }

  #membersAt(height: number, ...known: readonly Members[]): Members {
    return membersAgain(known, this.#setAt(height), this.#key.publicKey)
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
    const { members, nextMembers, height } = this.state
    const set = (message.body.height > height ? nextMembers : members).set
    const context = { chainId, validators: set, block: codecs.block, check: checkSignature }
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

  takeSent(): { to: 'all' | PeerId; message: Message }[] {
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
        const { wantsBlockWithinMs, nowMs } = this
        const nextMembers = this.#membersAt(height + 2, this.state.members, this.state.nextMembers)
        this.take({ kind: 'stored', height, nextMembers, wantsBlockWithinMs, pending, nowMs })
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

  constructor(timing: Partial<Timing> = {}, replicas = [0, 1, 2, 3].map((index) => new Replica(index, { timing }))) {
    this.replicas = replicas
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
            if (replica === from || (to !== 'all' && to !== replica.peer)) continue
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
