import { toHex, utf8 } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { CommitCertificate } from '../certificate.ts'
import type { FinalityProof } from '../finality.ts'
import { chainIdOf, type Genesis, genesisDigest, validatorsOf } from '../genesis.ts'
import { blockHash, type Header, PROTOCOL_VERSION, transactionsRoot } from '../header.ts'
import type { LightBlock } from '../light.ts'
import { misbehaviourRoot } from '../misbehaviour.ts'
import type { QuorumRule } from '../quorums.ts'
import { type Trust, trustFromGenesis } from '../trust.ts'
import { type ValidatorSet, validatorSet, validatorsHash } from '../validators.ts'
import { type CommitVote, commitVoteBytes } from '../votes.ts'
import { genesisOf, keyOf } from './material.ts'

export { genesisOf, keyOf } from './material.ts'

const intervalMs = 1_000

export interface Signing {
  /** Labels of those who sign; a quorum of the deciding set when absent. */
  readonly signers?: readonly string[]
  readonly vote?: Partial<CommitVote>
}

/**
 * Headers whose validators change, with certificates. Validators are named by labels; those of genesis are `consensus 0`, `consensus 1`, …
 * Validators named at height H by `change` decide from H + 2 on, as on a ledger: header H + 1 is the one that names them for the next height.
 */
export class HeaderChain {
  readonly genesis: Genesis
  readonly chainId: string
  readonly headers: Header[] = []
  readonly #sets: ValidatorSet[] = []
  readonly #keys = new Map<string, KeyPair>()
  readonly #changes = new Map<number, ValidatorSet>()

  constructor(validators = 4, rule: QuorumRule = 'pbft') {
    this.genesis = genesisOf(validators)
    this.chainId = chainIdOf(this.genesis)
    for (let index = 0; index < validators; index++) this.key(`consensus ${index}`)
    // Genesis can name one engine so far; the checks know them all.
    this.#sets.push({ ...validatorsOf(this.genesis), rule })
  }

  key(label: string): KeyPair {
    const pair = keyOf(label)
    this.#keys.set(toHex(pair.publicKey), pair)
    return pair
  }

  /** What a client believes that has genesis alone. */
  get trust(): Trust {
    return { ...trustFromGenesis(this.genesis), validators: this.setAt(1) }
  }

  get height(): number {
    return this.headers.length
  }

  /** The set that decides a height. */
  setAt(height: number): ValidatorSet {
    return this.#sets[Math.min(height, this.#sets.length) - 1] as ValidatorSet
  }

  header(height: number): Header {
    const header = this.headers[height - 1]
    if (header === undefined) throw new Error(`the chain has ${this.height} headers`)
    return header
  }

  /** A block that names a new set; it decides two heights later. */
  change(labels: readonly string[], powers: readonly number[] = []): this {
    const validators = labels.map((label, index) => {
      const account = accountOf(keyOf(`identity of ${label}`).publicKey)
      return { key: this.key(label).publicKey, power: powers[index] ?? 1, nodeId: account, account }
    })
    const rule = this.setAt(1).rule
    this.#changes.set(this.height + 3, validatorSet(validators, rule))
    return this.grow(1)
  }

  grow(count: number): this {
    for (let index = 0; index < count; index++) {
      const height = this.height + 1
      const next = this.#changes.get(height + 1) ?? this.setAt(height)
      this.#sets[height] = next
      this.headers.push(this.make(height, {}, this.setAt(height), next))
    }
    return this
  }

  /** A header on top of the one below it, honest or changed. */
  make(height: number, over: Partial<Header> = {}, set = this.setAt(height), next = set): Header {
    return {
      protocolVersion: PROTOCOL_VERSION,
      chainId: this.chainId,
      height,
      timeMs: this.genesis.timeMs + height * intervalMs,
      proposer: sha256(utf8('proposer')),
      parentHash: height === 1 ? genesisDigest(this.genesis) : blockHash(this.header(height - 1)),
      transactionsRoot: transactionsRoot([]),
      misbehaviourRoot: misbehaviourRoot([]),
      validatorsHash: validatorsHash(set),
      nextValidatorsHash: validatorsHash(next),
      ...over,
    }
  }

  certify(header: Header, set: ValidatorSet, { signers, vote: over }: Signing = {}): CommitCertificate {
    const vote: CommitVote = {
      height: header.height,
      view: 0,
      blockHash: blockHash(header),
      stateRoot: sha256(utf8('state')),
      receiptsRoot: sha256(utf8('receipts')),
      ...over,
    }
    const message = commitVoteBytes(this.chainId, vote)
    const chosen = signers?.map((label) => toHex(keyOf(label).publicKey))
    const quorum = Math.floor((2 * set.validators.length) / 3) + 1
    const signatures = set.validators.flatMap(({ key }, validatorIndex) => {
      const name = toHex(key)
      if (chosen ? !chosen.includes(name) : validatorIndex >= quorum) return []
      return [{ validatorIndex, signature: signSync(this.#keys.get(name) as KeyPair, message) }]
    })
    return { ...vote, signatures }
  }

  light(height: number, signing: Signing = {}): LightBlock {
    const header = this.header(height)
    const validators = this.setAt(height)
    const certificate = this.certify(header, validators, signing)
    return { header, certificate, validators, nextValidators: this.setAt(height + 1) }
  }

  proof(height: number, signing: Signing = {}): FinalityProof {
    const { header, certificate } = this.light(height, signing)
    return {
      engine: 'quorum',
      stateHeight: height,
      stateRoot: certificate.stateRoot,
      evidence: { header, certificate },
    }
  }
}
