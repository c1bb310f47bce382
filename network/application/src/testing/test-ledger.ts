import {
  type AddressRange,
  type Block,
  blockCodecFor,
  blockHash,
  type CommitCertificate,
  chainIdOf,
  commitCertificateCodec,
  commitVoteBytes,
  type Genesis,
  genesisDigest,
  misbehaviourRoot,
  PROTOCOL_VERSION,
  parametersFrom,
  pbftQuorum,
  transactionsRoot,
  type ValidatorSet,
  validatorsHash,
  validatorsOf,
} from '@cresset/core-chain'
import { equalBytes, utf8 } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import {
  type Action,
  registrationSigningBytes,
  sealRegistration,
  signedLength,
  signTransactionSync,
  type UnsignedTransaction,
} from '@cresset/core-ledger'
import type { BlockInput, CommitRequest } from '@cresset/network-consensus/interface'
import type { LedgerApplication } from '../ledger-application.ts'

export const genesisTimeMs = 1_750_000_000_000

export const testKey = (label: string): KeyPair => generateKeyPair('ed25519', sha256(utf8(label)))

/** A consortium of four whose keys are known, and accounts with money. */
export class TestLedger {
  readonly genesis: Genesis
  readonly chainId: string
  readonly users: readonly KeyPair[]
  readonly #votingKeys: readonly KeyPair[]
  /** Of the block that `commit` made last. */
  lastRoots: Roots | undefined

  constructor(userCount = 8, settings: Readonly<Record<string, string>> = {}, addressRanges: AddressRange[] = []) {
    const names = ['ada', 'bob', 'cyd', 'dan']
    this.users = Array.from({ length: userCount }, (_, index) => testKey(`user ${index}`))
    this.#votingKeys = names.map((name) => testKey(`consensus ${name}`))
    this.genesis = {
      name: 'test',
      timeMs: genesisTimeMs,
      engine: 'pbft',
      zones: ['acme'],
      nodes: names.map((name, index) => ({
        name,
        organization: `Organization ${name}`,
        roles: ['transaction', 'domain'],
        securityLevel: 1,
        identityKey: testKey(`identity ${name}`).publicKey,
        consensusKey: this.#votingKeys[index]!.publicKey,
        endpoints: {
          agreement: `127.0.0.1:${7000 + index}`,
          api: `http://127.0.0.1:${8000 + index}`,
          dns: `127.0.0.1:${9000 + index}`,
        },
        tlsFingerprint: sha256(utf8(name)),
        dnsKeys: [testKey(`dns ${name}`).publicKey],
      })),
      balances: this.users.map((user) => ({ account: accountOf(user.publicKey), amount: 1_000_000_000n })),
      rootCertificate: new Uint8Array(0),
      addressRanges,
      parameters: parametersFrom(settings),
    }
    this.chainId = chainIdOf(this.genesis)
  }

  chainIdOf(genesis: Genesis): string {
    return chainIdOf(genesis)
  }

  get proposer(): Uint8Array {
    return validatorsOf(this.genesis).validators[0]!.account
  }

  sign(user: KeyPair, sequence: number, action: Action, over: Partial<UnsignedTransaction> = {}): Uint8Array {
    const unsigned: UnsignedTransaction = {
      chainId: this.chainId,
      signers: [user.publicKey],
      sequence,
      validUntilMs: genesisTimeMs + 3_600_000,
      fee: 0n,
      action,
      ...over,
    }
    // The fee's own length is part of what it pays for.
    const fee = over.fee ?? 100n + BigInt(signedLength({ ...unsigned, fee: 100_000n }))
    return signTransactionSync({ ...unsigned, fee }, [user])
  }

  transfer(
    from: number,
    sequence: number,
    to: number,
    amount: bigint,
    over: Partial<UnsignedTransaction> = {},
  ): Uint8Array {
    const body = { to: accountOf(this.users[to]!.publicKey), amount, memo: new Uint8Array(0) }
    return this.sign(this.users[from]!, sequence, { kind: 'transfer', body }, over)
  }

  /** A block on top of what the application has, with a certificate of the four, ready to commit. */
  decide(application: LedgerApplication, transactions: readonly Uint8Array[], timeMs?: number): Decided {
    const { height: last, blockHash: parent } = application.info()
    const height = last + 1
    const { validators, nextValidators } = application.info()
    const block: Block = {
      header: {
        protocolVersion: PROTOCOL_VERSION,
        chainId: this.chainId,
        height,
        timeMs: timeMs ?? genesisTimeMs + height * 1_000,
        proposer: this.proposer,
        parentHash: parent ?? genesisDigest(this.genesis),
        transactionsRoot: transactionsRoot(transactions),
        misbehaviourRoot: misbehaviourRoot([]),
        validatorsHash: validatorsHash(validators),
        nextValidatorsHash: validatorsHash(nextValidators),
      },
      transactions: [...transactions],
      misbehaviour: [],
    }
    const hash = blockHash(block.header)
    const input = {
      height,
      timeMs: block.header.timeMs,
      proposer: this.proposer,
      transactions,
      misbehaviour: [],
      blockHash: hash,
    }
    return { ledger: this, block, input, validators }
  }

  certify(decided: Decided, roots: Roots): Uint8Array {
    const { height, blockHash } = decided.input
    const vote = { height, view: 0, blockHash, stateRoot: roots.stateRoot, receiptsRoot: roots.receiptsRoot }
    const message = commitVoteBytes(this.chainId, vote)
    const certificate: CommitCertificate = {
      ...vote,
      signatures: decided.validators.validators
        .slice(0, pbftQuorum(decided.validators.totalPower))
        .map((validator, validatorIndex) => {
          const pair = this.#votingKeys.find(({ publicKey }) => equalBytes(publicKey, validator.key))!
          return { validatorIndex, signature: signSync(pair, message) }
        }),
    }
    return commitCertificateCodec.encode(certificate)
  }

  encode(block: Block): Uint8Array {
    return blockCodecFor(this.genesis.parameters).encode(block)
  }

  commitRequest(decided: Decided, executed: Roots): CommitRequest {
    const { height, blockHash } = decided.input
    const block = this.encode(decided.block)
    return { height, blockHash, block, certificate: this.certify(decided, executed) }
  }

  /** Seal, reveal and cancellation of a name, with the user's key as its primary key too. */
  registration(
    user: number,
    sequence: number,
    name: string,
    over: Partial<UnsignedTransaction> = {},
  ): { seal: Uint8Array; reveal: Uint8Array; cancel: Uint8Array } {
    const pair = this.users[user]!
    const place = { chainId: this.chainId, sender: accountOf(pair.publicKey), sequence }
    const salt = sha256(utf8(`${name} ${sequence}`)).slice(0, 16)
    const secret = sha256(utf8(`secret of ${name} ${sequence}`))
    const [label = '', ...zone] = name.split('.')
    const draft = {
      zone: zone.join('.'),
      label,
      primaryKey: pair.publicKey,
      certificateInformation: undefined,
      deposit: 1_000_000n,
    }
    const signature = signSync(pair, registrationSigningBytes(place, draft))
    const body = sealRegistration(place, { ...draft, signature }, { r: secret, salt })
    return {
      seal: this.sign(pair, sequence, { kind: 'seal', body }, over),
      reveal: this.sign(pair, sequence + 1, { kind: 'reveal', body: { sender: place.sender, sequence, secret } }, over),
      cancel: this.sign(pair, sequence + 2, { kind: 'cancel', body: { name } }, over),
    }
  }

  /** Decides, executes and commits one block. Returns the codes of its receipts. */
  async commit(
    application: LedgerApplication,
    transactions: readonly Uint8Array[],
    timeMs?: number,
  ): Promise<string[]> {
    const decided = this.decide(application, transactions, timeMs)
    const executed = application.finalizeBlock(decided.input)
    await application.commit(this.commitRequest(decided, executed))
    this.lastRoots = executed
    return executed.receipts.map(({ code }) => code)
  }
}

export interface Decided {
  readonly ledger: TestLedger
  readonly block: Block
  readonly input: BlockInput & { readonly blockHash: Uint8Array }
  /** They decide it. */
  readonly validators: ValidatorSet
}

export interface Roots {
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
}
