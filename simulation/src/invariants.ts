import {
  type Block,
  blockCodecFor,
  blockHash,
  bodyMatchesHeader,
  type CommitCertificate,
  commitCertificateCodec,
  type EngineName,
  type Genesis,
  genesisDigest,
  type SignatureCheck,
  type ValidatorSet,
  validatorsHash,
  validatorsOf,
} from '@cresset/core-chain'
import { equalBytes, hash32, struct, toHex, uint32, uint53 } from '@cresset/core-codec'
import { sha256, signingBytes } from '@cresset/core-crypto'
import { checkSignatures, isPrepared, prepareTransaction } from '@cresset/core-ledger'
import { bytesKey } from '@cresset/network-application'
import { decodeFrame, type FrameCodecs, frameCodecsFor, type Message } from '@cresset/network-consensus/quorum'
import type { Coverage } from './coverage.ts'

/** What must hold in every run; a broken one ends it with its name. */
export type Invariant =
  | 'one-block-a-height'
  | 'equal-roots'
  | 'valid-certificate'
  | 'valid-block'
  | 'nothing-executed-twice'
  | 'one-vote-a-view'
  | 'vote-durable-before-sent'
  | 'no-vote-below-the-view-asked-for'
  | 'decided-block-stays'
  | 'committed-stays-committed'
  | 'progress-of-a-quorum'
  | 'progress-after-healing'
  | 'money-conserved'
  | 'state-sound'
  | 'only-liars-lose-stake'
  | 'oldest-seal-wins'
  | 'censorship-bound'
  | 'run-repeats'
  | 'engine-goes-on'
  | 'equal-validators'
  | 'validators-act-two-heights-later'
  | 'only-validators-vote'

export class InvariantBroken extends Error {
  readonly invariant: Invariant

  constructor(invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

/** What a commit vote says, as the page on agreement has it: written down a second time, for a signature that covers less proves less. */
const commitStatement = struct({
  height: uint53,
  view: uint32,
  blockHash: hash32,
  stateRoot: hash32,
  receiptsRoot: hash32,
})

interface Ballot {
  readonly node: string
  readonly kind: 'prepare' | 'commit'
  readonly view: number
  readonly blockHash: string
}

/** Who decides a height, as the nodes' states said before it. */
interface Deciding {
  readonly hash: string
  /** By index. */
  readonly keys: readonly Uint8Array[]
  readonly powers: readonly number[]
  readonly totalPower: number
  readonly powerOfNode: ReadonlyMap<string, number>
}

/** Who decides the two heights after a block, by the state of one node. */
export interface SetsAhead {
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
}

interface Committed {
  readonly view: number
  readonly block: Block
  readonly encodedBlock: Uint8Array
  readonly blockHash: string
  readonly stateRoot: string
  readonly receiptsRoot: string
  readonly transactions: readonly string[]
}

/**
 * Watches a run from outside. Arithmetic of quorums and the reading of frames are its own, so that a mistake in the engine's
 * is not repeated here.
 */
export class Invariants {
  readonly #chainId: string
  readonly #codecs: FrameCodecs
  readonly #blockCodec
  readonly #deciding = new Map<number, Deciding>()
  readonly #byHeight = new Map<number, Committed>()
  readonly #heightOfTransaction = new Map<string, number>()
  readonly #votes = new Map<string, { readonly content: string; readonly start: number }>()
  /** How often each node has started. */
  readonly #starts = new Map<string, number>()
  readonly #highestView = new Map<string, number>()
  readonly #acknowledged = new Map<string, number>()
  /** Good ones, by the block's hash and their bytes. */
  readonly #checkedCertificates = new Map<string, CommitCertificate>()
  readonly #withoutBlocks = new Set<string>()

  /** Votes of honest nodes by height, in the order of sending. */
  readonly #ballots = new Map<number, Ballot[]>()
  readonly #traitors: Set<string>
  #lastSent: { readonly node: string; readonly frame: Uint8Array } = { node: '', frame: new Uint8Array(0) }
  readonly #engine: EngineName

  readonly #genesis: Genesis
  readonly #check: SignatureCheck
  readonly #coverage: Coverage
  /** Next sequence of each account that ever sent. */
  readonly #sequences = new Map<string, number>()
  #highest = 0

  constructor(options: {
    readonly genesis: Genesis
    readonly chainId: string
    /** Validators that lie, or that may have forgotten what they voted. */
    readonly traitors: readonly string[]
    readonly check: SignatureCheck
    readonly coverage: Coverage
  }) {
    const { genesis, chainId, traitors } = options
    this.#genesis = genesis
    this.#check = options.check
    this.#coverage = options.coverage
    this.#traitors = new Set(traitors)
    this.#engine = genesis.engine
    this.#chainId = chainId
    this.#codecs = frameCodecsFor(genesis.parameters)
    this.#blockCodec = blockCodecFor(genesis.parameters)
    const first = decidingOf(validatorsOf(genesis))
    this.#deciding.set(1, first)
    this.#deciding.set(2, first)
  }

  get highest(): number {
    return this.#highest
  }

  isCommitted(transactionId: string): boolean {
    return this.#heightOfTransaction.has(transactionId)
  }

  /** Block time of a final transaction. */
  timeOf(transactionId: string): number | undefined {
    return this.#byHeight.get(this.#heightOfTransaction.get(transactionId) ?? 0)?.block.header.timeMs
  }

  /** View that decided the height. */
  viewOf(height: number): number {
    return this.#byHeight.get(height)?.view ?? 0
  }

  /** An honest node reported a block as durable, executed or with the state after it; its own state root, where it is still known. */
  committed(
    node: string,
    request: { height: number; block: Uint8Array; certificate: Uint8Array },
    stateRoot: Uint8Array | undefined,
    sets?: SetsAhead,
  ): void {
    const { height } = request
    const known = this.#byHeight.get(height)
    const isKnown = known !== undefined && equalBytes(known.encodedBlock, request.block)
    const block = isKnown ? known.block : this.#blockCodec.decode(request.block)
    const hash = isKnown ? known.blockHash : toHex(blockHash(block.header))
    const certificate = this.#checkCertificate(node, block, request.certificate, hash)
    this.#coverage.committed(block, certificate)
    if (known !== undefined && known.blockHash !== hash) {
      throw new InvariantBroken(
        'one-block-a-height',
        `${short(node)} has ${hash.slice(0, 12)} at height ${height}, others ${known.blockHash.slice(0, 12)}`,
      )
    }
    const root = toHex(stateRoot ?? certificate.stateRoot)
    if (root !== toHex(certificate.stateRoot) || (known !== undefined && known.stateRoot !== root)) {
      throw new InvariantBroken('equal-roots', `${short(node)} has another state at height ${height}`)
    }
    if (known !== undefined && known.receiptsRoot !== toHex(certificate.receiptsRoot)) {
      throw new InvariantBroken('equal-roots', `${short(node)} has other receipts at height ${height}`)
    }
    if (known === undefined) {
      this.#checkBlock(block)
      const transactions = block.transactions.map((transaction) => toHex(sha256(transaction)))
      for (const id of transactions) {
        const before = this.#heightOfTransaction.get(id)
        if (before !== undefined)
          throw new InvariantBroken('nothing-executed-twice', `${id} at ${before} and ${height}`)
        this.#heightOfTransaction.set(id, height)
      }
      this.#highest = Math.max(this.#highest, height)
      this.#byHeight.set(height, {
        view: certificate.view,
        block,
        encodedBlock: request.block,
        blockHash: hash,
        stateRoot: root,
        receiptsRoot: toHex(certificate.receiptsRoot),
        transactions,
      })
    }
    this.#acknowledged.set(node, height)
    if (sets !== undefined) this.#checkSets(node, height, sets)
  }

  /** What a block changes acts two heights later, on every node alike. */
  #checkSets(node: string, height: number, { validators, nextValidators }: SetsAhead): void {
    const next = this.#deciding.get(height + 1)
    if (next !== undefined && next.hash !== toHex(validatorsHash(validators))) {
      const detail = `${short(node)} after height ${height}: the next height is decided by others than block ${height - 1} left`
      throw new InvariantBroken('validators-act-two-heights-later', detail)
    }
    if (next === undefined) this.#deciding.set(height + 1, decidingOf(validators))
    const afterNext = this.#deciding.get(height + 2)
    if (afterNext !== undefined && afterNext.hash !== toHex(validatorsHash(nextValidators))) {
      throw new InvariantBroken('equal-validators', `${short(node)} has other validators for height ${height + 2}`)
    }
    if (afterNext !== undefined) return
    const deciding = decidingOf(nextValidators)
    if (this.#deciding.get(height + 1)?.hash !== deciding.hash) this.#coverage.see('validators changed')
    this.#deciding.set(height + 2, deciding)
  }

  #decidingAt(height: number): Deciding {
    const deciding = this.#deciding.get(height)
    if (deciding === undefined) throw new Error(`nobody committed what says who decides height ${height}`)
    return deciding
  }

  /** Different sets that decided, or are known to decide. */
  get sets(): number {
    return new Set([...this.#deciding.values()].map(({ hash }) => hash)).size
  }

  #checkCertificate(node: string, block: Block, encoded: Uint8Array, hash: string): CommitCertificate {
    const name = `${hash} ${bytesKey(encoded)}`
    const checked = this.#checkedCertificates.get(name)
    if (checked !== undefined) return checked
    const certificate = commitCertificateCodec.decode(encoded)
    const fail = (detail: string): never => {
      throw new InvariantBroken('valid-certificate', `${short(node)} at height ${block.header.height}: ${detail}`)
    }
    if (toHex(certificate.blockHash) !== hash || certificate.height !== block.header.height) fail('of another block')
    const { keys, powers, totalPower, hash: setHash } = this.#decidingAt(block.header.height)
    if (toHex(block.header.validatorsHash) !== setHash) fail('its header names other validators than the state before')
    const signers = new Set<number>()
    const message = signingBytes('commit', this.#chainId, commitStatement.encode(certificate))
    for (const { validatorIndex, signature } of certificate.signatures) {
      const key = keys[validatorIndex]
      if (key === undefined || !this.#check(key, message, signature)) fail(`signature of ${validatorIndex} is not good`)
      signers.add(validatorIndex)
    }
    let signed = 0
    for (const index of signers) signed += powers[index] ?? 0
    if (!this.#isQuorum(signed, totalPower)) fail(`${signed} of ${totalPower} signed`)
    this.#checkedCertificates.set(name, certificate)
    return certificate
  }

  /** What a block must be that follows the one before, read from the block alone. */
  #checkBlock(block: Block): void {
    const { header, transactions } = block
    const { height } = header
    const fail = (detail: string): never => {
      throw new InvariantBroken('valid-block', `height ${height}: ${detail}`)
    }
    const parent = this.#byHeight.get(height - 1)
    if (height > 1 && parent === undefined) fail('the block before it is not known')
    const parentHash = parent?.blockHash ?? toHex(genesisDigest(this.#genesis))
    if (toHex(header.parentHash) !== parentHash) fail('another parent')
    if (header.timeMs <= (parent?.block.header.timeMs ?? this.#genesis.timeMs)) fail('its time does not rise')
    if (header.chainId !== this.#chainId || !bodyMatchesHeader(block)) fail('header and body do not match')
    for (const bytes of transactions) {
      const prepared = prepareTransaction(bytes, this.#genesis.parameters)
      if (!isPrepared(prepared)) throw new InvariantBroken('valid-block', `height ${height}: ${prepared.code}`)
      const { sequence, chainId } = prepared.transaction
      if (chainId !== this.#chainId) fail('a transaction of another chain')
      if (!checkSignatures(prepared, this.#check)) fail('a signature of a transaction is not good')
      const sender = toHex(prepared.sender)
      const next = this.#sequences.get(sender) ?? 0
      if (sequence !== next) fail(`sequence ${sequence} of ${short(sender)}, ${next} is next`)
      this.#sequences.set(sender, next + 1)
    }
  }

  /** More than two thirds or more than half, in integers. */
  #isQuorum(power: number, total: number): boolean {
    return this.#engine === 'majority' ? 2 * power > total : 3 * power > 2 * total
  }

  /** A node came back from its disk. Returns the height it had reported before. */
  restarted(node: string, height: number): number {
    this.#starts.set(node, 1 + (this.#starts.get(node) ?? 0))
    const before = this.acknowledged(node)
    if (height < before) {
      throw new InvariantBroken(
        'committed-stays-committed',
        `${short(node)} reported ${before} and came back at ${height}`,
      )
    }
    return before
  }

  /** The newest height that the node reported; 0 when it owes nothing. */
  acknowledged(node: string): number {
    return this.#acknowledged.get(node) ?? 0
  }

  /** The node's disk was emptied: it owes nothing of what it reported. */
  wiped(node: string): void {
    this.#acknowledged.delete(node)
    this.#withoutBlocks.add(node)
  }

  /**
   * The node's vote record was replaced by an older one: until a final block shows it a vote that it does not know, it may vote
   * twice, and counts among those that lie.
   */
  forgot(node: string): void {
    this.#traitors.add(node)
  }

  /** Whether the node lies, or may contradict itself because it forgot. */
  mayLie(node: string): boolean {
    return this.#traitors.has(node)
  }

  /** Whether the node keeps the blocks that it reported; one that fetched a state has none before it. */
  hasBlocks(node: string): boolean {
    return !this.#withoutBlocks.has(node)
  }

  /** An honest node sends a frame; `durable` are the records that a power cut now would leave. */
  sent(node: string, frame: Uint8Array, durable: () => readonly Uint8Array[]): void {
    // The very frame that went to another peer just before says nothing new.
    if (frame === this.#lastSent.frame && node === this.#lastSent.node) return
    this.#lastSent = { node, frame }
    if (frame[0] === 3) {
      const told = decodeFrame(this.#codecs.catchUp, frame)
      if (told !== undefined) this.#coverage.told(told)
    }
    if (frame[0] !== 1) return
    const message = decodeFrame(this.#codecs.message, frame)
    if (message === undefined) throw new Error('an honest node sent a frame that nobody can read')
    this.#coverage.sent(message)
    const vote = voteOf(message)
    if (vote === undefined) return
    const { kind, height, view, content, signature } = vote
    const name = `${node} ${kind} ${height} ${view}`
    if (this.#traitors.has(node)) return
    const before = this.#votes.get(name)
    const start = this.#starts.get(node) ?? 0
    if (before?.content === content) {
      if (before.start < start) this.#coverage.see('same vote sent again after a restart')
      return
    }
    if (before !== undefined) {
      throw new InvariantBroken(
        'one-vote-a-view',
        `${short(node)} sent two ${kind} votes at height ${height}, view ${view}`,
      )
    }
    this.#votes.set(name, { content, start })
    if (!this.#decidingAt(height).powerOfNode.has(node)) {
      throw new InvariantBroken('only-validators-vote', `${short(node)}: ${kind} at height ${height}`)
    }
    if (!isDurable(durable(), signature)) {
      throw new InvariantBroken('vote-durable-before-sent', `${short(node)}: ${kind} at height ${height}, view ${view}`)
    }
    if (message.kind === 'prepare' || message.kind === 'commit') {
      this.#checkDecided(height, { node, kind: message.kind, view, blockHash: toHex(message.body.blockHash) })
    }
    const asked = `${node} ${height}`
    if (kind === 'viewChange') this.#highestView.set(asked, Math.max(view, this.#highestView.get(asked) ?? 0))
    else if (kind === 'prepare' && view < (this.#highestView.get(asked) ?? 0)) {
      throw new InvariantBroken(
        'no-vote-below-the-view-asked-for',
        `${short(node)}: ${kind} at height ${height}, view ${view}`,
      )
    }
  }

  /**
   * So many honest commit votes in one view that the traitors' would make a certificate: the block may be final somewhere,
   * and no honest node may vote for another one in a later view.
   */
  #checkDecided(height: number, ballot: Ballot): void {
    const ballots = this.#ballots.get(height) ?? []
    ballots.push(ballot)
    this.#ballots.set(height, ballots)
    const { powerOfNode, totalPower } = this.#decidingAt(height)
    const powerOf = (nodes: Iterable<string>): number => {
      let sum = 0
      for (const one of nodes) sum += powerOfNode.get(one) ?? 0
      return sum
    }
    for (const commit of ballots) {
      if (commit.kind !== 'commit') continue
      const same = ballots.filter(
        (other) => other.kind === 'commit' && other.view === commit.view && other.blockHash === commit.blockHash,
      )
      const voters = new Set(same.map((other) => other.node))
      if (!this.#isQuorum(powerOf(new Set([...voters, ...this.#traitors])), totalPower)) continue
      const against = ballots.find(
        ({ node, view, blockHash }) =>
          view > commit.view && blockHash !== commit.blockHash && !this.#traitors.has(node),
      )
      if (against === undefined) continue
      throw new InvariantBroken(
        'decided-block-stays',
        `height ${height}: ${voters.size} committed ${commit.blockHash.slice(0, 12)} in view ${commit.view}, then ` +
          `${short(against.node)} voted for ${against.blockHash.slice(0, 12)} in view ${against.view}`,
      )
    }
  }
}

function decidingOf(set: ValidatorSet): Deciding {
  const { validators } = set
  return {
    hash: toHex(validatorsHash(set)),
    keys: validators.map(({ key }) => key),
    powers: validators.map(({ power }) => power),
    totalPower: validators.reduce((sum, { power }) => sum + power, 0),
    powerOfNode: new Map(validators.map(({ nodeId, power }) => [toHex(nodeId), power])),
  }
}

function voteOf(
  message: Message,
): { kind: string; height: number; view: number; content: string; signature: Uint8Array } | undefined {
  switch (message.kind) {
    case 'proposal': {
      const { height, view, block, signature } = message.body
      return { kind: message.kind, height, view, content: toHex(sha256(block)), signature }
    }
    case 'prepare':
    case 'commit': {
      const { height, view, signature } = message.body
      // Ed25519 is deterministic: another signature means another vote.
      return { kind: message.kind, height, view, content: toHex(signature), signature }
    }
    case 'viewChange': {
      const { height, view, claim } = message.body
      return { kind: message.kind, height, view, content: toHex(claim.signature), signature: claim.signature }
    }
    default:
      return undefined
  }
}

/** From the newest on: the record of a vote that is sent is among the last. */
function isDurable(records: readonly Uint8Array[], signature: Uint8Array): boolean {
  for (let at = records.length - 1; at >= 0; at--) if (includes(records[at] as Uint8Array, signature)) return true
  return false
}

function includes(haystack: Uint8Array, needle: Uint8Array): boolean {
  return viewOf(haystack).includes(viewOf(needle))
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function short(address: string): string {
  return address.endsWith('+') ? `${address.slice(0, 6)}+` : address.slice(0, 6)
}
