import { utf8 } from '@cresset/core-codec'
import { accountOf, generateKeyPair, type KeyPair, type KeyType, sha256 } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import type { Code } from '../codes.ts'
import { type Account, accountEntry } from '../entries/account.ts'
import type { AddressRange } from '../entries/address.ts'
import type { EntryType } from '../entries/entry-type.ts'
import type { LedgerEngine } from '../entries/ledger.ts'
import type { NodeRole } from '../entries/node.ts'
import { type BlockRefusal, type BlockResult, executeBlock } from '../execute-block.ts'
import { genesisChanges, type LedgerGenesis } from '../genesis.ts'
import { type LedgerParameters, transactionFee } from '../parameters.ts'
import { isPrepared, type PreparedTransaction, prepareTransaction } from '../prepare.ts'
import type { Offence } from '../stake/punish.ts'
import { stateKeys } from '../state-keys.ts'
import { maxTransactionBytes, signedLength, signTransactionSync, type UnsignedTransaction } from '../transaction.ts'
import { hasCurrency, inCurrency } from './genesis-kind.ts'
import { checkInvariants } from './invariants.ts'
import { MemoryState } from './memory-state.ts'
import { type StateScan, scanState } from './scan.ts'

const second = 1_000
const day = 86_400 * second

/** LEDGER's defaults, with a currency of 6 decimals. */
export const defaultParameters: LedgerParameters = {
  currencyName: 'credit',
  currencyDecimals: 6,
  depositRateQuanta: 1,
  depositRatePeriodMs: 36 * second,
  feeEveryBlocks: 60,
  quantum: 14n,
  transactionFeeBase: 100n,
  transactionFeePerByte: 1n,
  nameNodesSharePercent: 20,
  defaultTtlSeconds: 300,
  minTtlSeconds: 30,
  maxTtlSeconds: 86_400,
  maxBlockIntervalMs: 10 * second,
  revealWindowMs: 60 * second,
  bond: 1_000_000n,
  maxOpenSealsWithoutBond: 4,
  graceMs: 7 * day,
  releaseDelayMs: day,
  maxBlockBytes: 1_048_576,
  maxBlockUnits: 20_000,
  maxTransactionBytes: 65_536,
  nameTermMs: 0,
  securityLevels: 4,
  votingLevel: 1,
  unbondingMs: 21 * day,
  proposalWindowMs: 7 * day,
  addNodeThresholdPercent: 50,
  removeNodeThresholdPercent: 66,
  setNodeKeysThresholdPercent: 66,
  setNodePropertiesThresholdPercent: 50,
  validatorInThresholdPercent: 66,
  validatorOutThresholdPercent: 66,
  parametersThresholdPercent: 66,
  issueMoneyThresholdPercent: 66,
  upgradeThresholdPercent: 66,
  stakeUnit: 1_000_000n,
  slashPercent: 10,
}

/** Changes that make a ledger without currency: nothing costs anything, and names run by term. */
export const termParameters: Partial<LedgerParameters> = {
  depositRateQuanta: 0,
  transactionFeeBase: 0n,
  transactionFeePerByte: 0n,
  bond: 0n,
  nameTermMs: 30 * day,
}

function termParametersOf({ termMs = 30 * day }: ScenarioOptions): Partial<LedgerParameters> {
  return { ...termParameters, nameTermMs: termMs }
}

const pairs = new Map<string, KeyPair>()

/** The same key pair for the same words, on every run. */
export function keyPairFor(words: string, type: KeyType = 'ed25519'): KeyPair {
  const id = `${type} ${words}`
  // Tests ask for the same few again and again, and making one takes longer than a block.
  const pair = pairs.get(id) ?? generateKeyPair(type, sha256(utf8(`test key: ${words}`)))
  pairs.set(id, pair)
  return pair
}

/** The account of `keyPairFor`. */
export function accountNamed(words: string): Uint8Array {
  return accountOf(keyPairFor(words).publicKey)
}

export interface ScenarioOptions {
  parameters?: Partial<LedgerParameters>
  zones?: string[]
  validators?: number
  /** Members of level 3 beside them that are no validators. */
  otherNodes?: number
  /** Of every validator. */
  roles?: NodeRole[]
  /** Names of funded accounts; each gets `funds`, unless there is no currency. */
  accounts?: string[]
  funds?: bigint
  timeMs?: number
  chainId?: string
  addressRanges?: AddressRange[]
  /** How long names run where there is no currency, for tests whose deposits are short. */
  termMs?: number
  engine?: LedgerEngine
  /** Of each validator, in whole stake units, with the engine `stake`. */
  stakes?: number[]
}

export interface TransactionOptions {
  sequence?: number
  validUntilMs?: number
  fee?: bigint
  chainId?: string
  cosigners?: KeyPair[]
}

function preparedOf(bytes: Uint8Array): PreparedTransaction {
  const prepared = prepareTransaction(bytes, { maxTransactionBytes })
  if (!isPrepared(prepared)) throw new Error(`not prepared: ${prepared.code}`)
  return prepared
}

/** A ledger without agreement: accounts by name, blocks on demand, a clock that stands until it is moved. */
export class Scenario {
  readonly chainId: string
  readonly genesis: LedgerGenesis
  state = new MemoryState()
  readonly #options: ScenarioOptions
  readonly validators: KeyPair[]
  readonly #sequences = new Map<string, number>()
  /** By votes. */
  #issued = 0n
  height = 0
  timeMs: number
  last: BlockResult | undefined

  constructor(options: ScenarioOptions = {}) {
    this.#options = options
    const { accounts = ['alice', 'bob', 'carol'], funds = 1_000_000_000n, validators = 4 } = options
    this.chainId = options.chainId ?? 'test-0011223344556677'
    this.timeMs = options.timeMs ?? 1_800_000_000_000
    this.validators = Array.from({ length: validators }, (_, index) => keyPairFor(`validator ${index}`))
    const others = Array.from({ length: options.otherNodes ?? 0 }, (_, index) => keyPairFor(`other ${index}`))
    this.genesis = {
      timeMs: this.timeMs,
      engine: options.engine ?? 'pbft',
      zones: options.zones ?? ['acme', 'home.arpa'],
      nodes: [...this.validators, ...others].map((pair, index) => ({
        name: `node${index}`,
        organization: `Organization ${index}`,
        roles: index < validators ? (options.roles ?? ['transaction', 'domain']) : ['client'],
        securityLevel: 3,
        identityKey: pair.publicKey,
        consensusKey: keyPairFor(`consensus ${index}`).publicKey,
        endpoints: { agreement: 'localhost:1', api: 'http://localhost:2', dns: 'localhost:3' },
        tlsFingerprint: sha256(utf8(`tls ${index}`)),
        dnsKeys: [],
      })),
      balances: accounts.map((name) => ({ account: accountOf(keyPairFor(name).publicKey), amount: inCurrency(funds) })),
      parameters: { ...defaultParameters, ...(hasCurrency() ? {} : termParametersOf(options)), ...options.parameters },
      stakes: (options.stakes ?? []).map((units, index) => ({
        node: accountOf((this.validators[index] as KeyPair).publicKey),
        amount: BigInt(units) * defaultParameters.stakeUnit,
      })),
      addressRanges: options.addressRanges ?? [],
    }
    this.state.apply(genesisChanges(this.genesis))
  }

  get parameters(): LedgerParameters {
    return this.genesis.parameters
  }

  key(name: string): KeyPair {
    return keyPairFor(name)
  }

  account(name: string): Uint8Array {
    return accountNamed(name)
  }

  read<T>(type: EntryType<T>, key: Uint8Array): T | undefined {
    const bytes = this.state.get(key)
    return bytes === undefined ? undefined : type.codec.decode(bytes)
  }

  accountEntry(name: string): Account {
    return this.read(accountEntry, stateKeys.account(this.account(name))) ?? { balance: 0n, sequence: 0 }
  }

  balanceOf(account: Uint8Array): bigint {
    return this.read(accountEntry, stateKeys.account(account))?.balance ?? 0n
  }

  /** Every entry, decoded. */
  scan(): StateScan {
    return scanState(this.state)
  }

  balance(name: string): bigint {
    return this.accountEntry(name).balance
  }

  /** The next sequence of an account when everything made before is in a block. */
  nextSequence(name: string): number {
    return Math.max(this.#sequences.get(name) ?? 0, this.accountEntry(name).sequence)
  }

  /** Transactions made before will never be in a block. */
  forgetSequences(): void {
    this.#sequences.clear()
  }

  unsigned(sender: string | KeyPair, action: Action, options: TransactionOptions = {}): UnsignedTransaction {
    const pair = typeof sender === 'string' ? keyPairFor(sender) : sender
    const name = typeof sender === 'string' ? sender : ''
    const sequence = options.sequence ?? this.nextSequence(name)
    if (name !== '') this.#sequences.set(name, sequence + 1)
    const draft: UnsignedTransaction = {
      chainId: options.chainId ?? this.chainId,
      signers: [pair, ...(options.cosigners ?? [])].map(({ publicKey }) => publicKey),
      sequence,
      validUntilMs: options.validUntilMs ?? this.timeMs + 3_600_000,
      fee: 0xffff_ffffn,
      action,
    }
    return { ...draft, fee: options.fee ?? transactionFee(signedLength(draft), this.parameters) }
  }

  transaction(sender: string | KeyPair, action: Action, options: TransactionOptions = {}): PreparedTransaction {
    const pair = typeof sender === 'string' ? keyPairFor(sender) : sender
    const unsigned = this.unsigned(sender, action, options)
    // Not checked: `transaction.test.ts` shows that what is signed so is good, and a check takes longer than most transactions.
    return preparedOf(signTransactionSync(unsigned, [pair, ...(options.cosigners ?? [])]))
  }

  /** Executes a block without committing it. */
  execute(
    transactions: readonly PreparedTransaction[] = [],
    elapsedMs = 1_000,
    misbehaviour: readonly Offence[] = [],
  ): BlockResult | BlockRefusal {
    const height = this.height + 1
    const proposer = accountOf((this.validators[height % this.validators.length] as KeyPair).publicKey)
    return executeBlock(
      this.state,
      { height, timeMs: this.timeMs + elapsedMs, proposer, transactions, misbehaviour },
      { chainId: this.chainId },
    )
  }

  /** Sum of all money. */
  get supply(): bigint {
    const given = [...this.genesis.balances, ...(this.genesis.stakes ?? [])]
    return given.reduce((sum, { amount }) => sum + amount, this.#issued)
  }

  /** Executes and commits a block. Throws when it is refused. */
  block(
    transactions: readonly PreparedTransaction[] = [],
    elapsedMs = 1_000,
    misbehaviour: readonly Offence[] = [],
  ): BlockResult {
    const result = this.execute(transactions, elapsedMs, misbehaviour)
    if ('refused' in result) throw new Error(`block refused: ${result.refused} (transaction ${result.index})`)
    this.state.apply(result.changes)
    this.height += 1
    this.timeMs += elapsedMs
    this.last = result
    for (const { events } of result.receipts)
      for (const { kind, body } of events) if (kind === 'moneyIssued') this.#issued += body.amount
    // A full scan: left to the test itself once the state is large.
    if (result.changes.length > 0 && this.state.size < 400) checkInvariants(this.state, this.supply)
    return result
  }

  /** The same ledger at the same point, to go another way from here. */
  copy(): Scenario {
    const copy = new Scenario(this.#options)
    copy.state = this.state.copy()
    copy.height = this.height
    copy.timeMs = this.timeMs
    copy.last = this.last
    copy.#issued = this.#issued
    for (const [name, sequence] of this.#sequences) copy.#sequences.set(name, sequence)
    return copy
  }

  /** One transaction in a block of its own; its code. */
  run(sender: string | KeyPair, action: Action, options: TransactionOptions = {}): Code {
    return this.block([this.transaction(sender, action, options)]).receipts[0]?.code as Code
  }
}
