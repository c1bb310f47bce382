import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { confirmAddress, type NaiveRange, syncAddresses } from './addresses.ts'
import { agree } from './agreements.ts'
import type { NaiveCode } from './codes.ts'
import { setDelegation, setDomainCertificate, setEncryptionKey } from './delegation.ts'
import { feeBlock, sweep, warningQuanta } from './deposits.ts'
import { isBadAddress, publish } from './hosts.ts'
import {
  lapse,
  type NaiveNode,
  type NextRules,
  nameNodesOf,
  propose,
  register,
  validatorsNow,
  vote,
} from './membership.ts'
import { nameProblem } from './names.ts'
import { endOrder, renew, renewBy, revokeOrder, setOrder } from './orders.ts'
import { removeFromPlaces } from './places.ts'
import { type NaiveEvent, type NaiveReceipt, naiveReceiptsRoot } from './receipt.ts'
import { bytesOf, removePages, tableOf } from './record-tables.ts'
import { recordEnd } from './records.ts'
import { type BlockPlace, greatestDeposit, type Outcome, reveal, seal, settle } from './registrations.ts'
import { addServer, sweepKeys, withdrawServer } from './servers.ts'
import { setRecords } from './set-records.ts'
import {
  accountIn,
  balanceOf,
  type NaiveName,
  type NaiveOwnership,
  type NaiveParameters,
  type NaiveState,
  pay,
  worthOf,
  xOf,
} from './state.ts'
import { copyOf } from './state-copy.ts'
import { freeTimeOf, statusOf } from './status.ts'
import { buyName, changeKey, offerName, transferName, withdrawOffer } from './trade.ts'
import { type NaiveTransaction, readTransaction, signaturesGood } from './transaction.ts'
import { setZoneKeys, zonesOf } from './zone-keys.ts'

export interface NaiveGenesis {
  readonly chainId: string
  readonly timeMs: number
  readonly zones: readonly string[]
  readonly nodes: readonly {
    readonly name: string
    readonly organization: string
    readonly identityKey: Uint8Array
    readonly consensusKey: Uint8Array
    readonly tlsFingerprint: Uint8Array
    readonly dnsKeys: readonly Uint8Array[]
    readonly endpoints: { readonly agreement: string; readonly api: string; readonly dns: string }
    readonly securityLevel: number
    readonly roles: readonly string[]
  }[]
  readonly balances: readonly { readonly account: Uint8Array; readonly amount: bigint }[]
  readonly parameters: NaiveParameters
  readonly addressRanges: readonly NaiveRange[]
}

export interface NaiveBlock {
  height: number
  timeMs: number
  proposer: Uint8Array
  transactions: readonly NaiveTransaction[]
}

export interface NaiveResult {
  receipts: NaiveReceipt[]
  events: NaiveEvent[]
  receiptsRoot: Uint8Array
  wantsBlock: boolean
}

export interface NaiveRefusal {
  refused: NaiveCode
  index: number | undefined
}

const dayMs = 86_400_000
const window = 64
const no = (code: NaiveCode): Outcome => ({ code, events: [] })

const roleNames = ['transaction', 'domain', 'server', 'client', 'permission', 'map', 'notary']

function nodeOfGenesis(node: NaiveGenesis['nodes'][number]): NaiveNode {
  const { name, organization, identityKey, consensusKey, tlsFingerprint, dnsKeys, endpoints, securityLevel } = node
  return {
    id: accountOf(identityKey),
    name,
    organization,
    roles: node.roles.reduce((bits, role) => bits + 2 ** roleNames.indexOf(role), 0),
    level: securityLevel,
    endpoints,
    identityKey,
    consensusKey,
    tls: tlsFingerprint,
    dnsKeys: [...dnsKeys],
    isValidator: node.roles.includes('transaction'),
    admitted: 0,
    height: 0,
  }
}

/**
 * The ledger a second time, after docs/protocol/ledger.md: plain lists that every question searches from end to end, and every
 * name with a purse of its own. It shares no code with core/ledger, which is compared with it.
 */
export class NaiveLedger {
  genesis: NaiveGenesis
  state: NaiveState

  constructor(genesis: NaiveGenesis) {
    this.genesis = genesis
    const { timeMs } = genesis
    this.state = {
      ledgerTime: timeMs,
      blockTime: timeMs,
      height: 0,
      accounts: [],
      treasury: 0n,
      pot: 0n,
      producers: [],
      seals: [],
      claims: [],
      nextOrder: 1,
      names: [],
      notarizations: [],
      addressClaims: [],
      confirmed: [],
      reverseChanged: [],
      tables: [],
      tablePages: [],
      removals: [],
      removalTail: 0,
      zoneKeys: [],
      zonesChanged: [],
      waiting: [],
      queueTails: [0, 0, 0, 0, 0],
      agreements: [],
      renewals: [],
      nodes: genesis.nodes.map(nodeOfGenesis),
      nodeKeys: [],
      proposals: [],
      protocol: { version: 1, upgrade: undefined },
      supply: genesis.balances.reduce((sum, { amount }) => sum + amount, 0n),
      validators: [],
      offers: [],
      f: 0n,
      carry: 0n,
      chargedUntil: timeMs,
      feeRows: [],
      foldedPages: 0,
      dailyRows: [],
      expiredRows: 0,
      warnedBelow: warningQuanta(genesis.parameters),
      warningPaused: false,
    }
    for (const node of this.state.nodes) register(this.state, node)
    this.state.validators = validatorsNow(this.state)
    for (const { account, amount } of genesis.balances) pay(this.state, account, amount)
  }

  /** "Changed parameters": they hold from the next block on. */
  changeParameters(after: NaiveParameters): void {
    const { depositRatePeriodMs: old } = this.genesis.parameters
    this.state.carry = (this.state.carry * BigInt(after.depositRatePeriodMs)) / BigInt(old)
    this.genesis = { ...this.genesis, parameters: after }
  }

  ledgerTimeAt(height: number, timeMs: number): number {
    const { ledgerTime, blockTime, height: written } = this.state
    const longest = (height - written) * 2 * this.genesis.parameters.maxBlockIntervalMs
    return ledgerTime + Math.min(timeMs - blockTime, longest)
  }

  read(bytes: Uint8Array): NaiveTransaction | NaiveCode {
    return readTransaction(bytes, this.genesis.parameters.maxTransactionBytes)
  }

  price(transaction: { bytes: Uint8Array }): bigint {
    const { transactionFeeBase, transactionFeePerByte } = this.genesis.parameters
    return transactionFeeBase + BigInt(transaction.bytes.length) * transactionFeePerByte
  }

  /** "Admission"; `newestTimeMs` is the time of the newest block. */
  admit(bytes: Uint8Array, newestTimeMs: number): NaiveCode {
    const transaction = this.read(bytes)
    if (typeof transaction === 'string') return transaction
    if (transaction.chainId !== this.genesis.chainId) return 'wrong-chain'
    if (transaction.fee < this.price(transaction)) return 'fee-too-low'
    const next = accountIn(this.state, transaction.payer)?.sequence ?? 0
    if (transaction.sequence < next) return 'sequence-used'
    if (transaction.sequence >= next + window) return 'sequence-too-far'
    if (balanceOf(this.state, transaction.payer) < this.price(transaction)) return 'fee-unpayable'
    if (transaction.validUntil <= newestTimeMs) return 'expired'
    if (transaction.validUntil > newestTimeMs + dayMs) return 'valid-too-long'
    return signaturesGood(transaction) ? 'ok' : 'signature-bad'
  }

  /** "A block": changes the state, or refuses and leaves it as it was. */
  execute(block: NaiveBlock): NaiveResult | NaiveRefusal {
    const { height, timeMs, transactions } = block
    const { upgrade } = this.state.protocol
    if (upgrade !== undefined && height >= upgrade.height) return { refused: 'protocol-unknown', index: undefined }
    if (height <= this.state.height) return { refused: 'height-not-rising', index: undefined }
    if (timeMs <= this.state.blockTime) return { refused: 'time-not-rising', index: undefined }
    // Only transactions can have a block refused half-way.
    const before = transactions.length === 0 ? this.state : copyOf(this.state)
    const { parameters: p, chainId, zones } = this.genesis
    const now = this.ledgerTimeAt(height, timeMs)
    const at: BlockPlace = { chainId, zones, validators: validatorsNow(this.state).length, height, now }
    const openAtStart = this.#queueLength > 0 || this.state.proposals.some(({ outcome }) => outcome === 0)
    const next: NextRules = { parameters: p }
    const validatorsBefore = validatorsNow(this.state)

    this.state.reverseChanged = []
    this.state.zonesChanged = []
    const receipts: NaiveReceipt[] = []
    const total = { bytes: 0, units: 0 }
    for (const [index, transaction] of transactions.entries()) {
      total.bytes += transaction.bytes.length
      total.units += transaction.units
      const refused = this.#refusalOf(transaction, total)
      if (refused !== undefined) {
        this.state = before
        return { refused, index }
      }
      const { code, events } = this.#run(transaction, at, timeMs, next)
      receipts.push({ id: transaction.id, code, events, units: transaction.units })
    }
    if (transactions.length > 0) this.#countBlockOf(block.proposer)
    const isFeeBlock = height % p.feeEveryBlocks === 0
    const events: NaiveEvent[] = []
    if (isFeeBlock) events.push(feeBlock(this.state, p, { height, now }, nameNodesOf(this.state)))
    events.push(...settle(this.state, p, at))
    events.push(...sweep(this.state, p, { height, now }))
    events.push(...sweepKeys(this.state, { now, height }))
    removePages(this.state)
    events.push(...lapse(this.state, { now, height }))
    syncAddresses(this.state, now)
    this.state.validators = validatorsBefore
    if (next.parameters !== p) this.changeParameters(next.parameters)
    if (transactions.length > 0 || isFeeBlock || openAtStart) {
      Object.assign(this.state, { ledgerTime: now, blockTime: timeMs, height })
    }
    return {
      receipts,
      events,
      receiptsRoot: naiveReceiptsRoot(receipts, events),
      wantsBlock: this.#queueLength > 0,
    }
  }

  get #queueLength(): number {
    return this.state.seals.length + this.state.claims.length
  }

  #refusalOf(transaction: NaiveTransaction, total: { bytes: number; units: number }): NaiveCode | undefined {
    const { parameters: p, chainId } = this.genesis
    if (total.bytes > p.maxBlockBytes) return 'block-too-long'
    if (total.units > p.maxBlockUnits) return 'block-over-units'
    if (transaction.bytes.length > p.maxTransactionBytes) return 'transaction-too-long'
    if (transaction.chainId !== chainId) return 'wrong-chain'
    if (transaction.fee < this.price(transaction)) return 'fee-too-low'
    if (transaction.sequence !== (accountIn(this.state, transaction.payer)?.sequence ?? 0)) return 'sequence-not-next'
    return balanceOf(this.state, transaction.payer) < this.price(transaction) ? 'fee-unpayable' : undefined
  }

  #run(transaction: NaiveTransaction, at: BlockPlace, blockTime: number, next: NextRules): Outcome {
    const { state } = this
    const price = this.price(transaction)
    if (accountIn(state, transaction.payer) === undefined)
      state.accounts.push({ account: transaction.payer, balance: 0n, sequence: 0 })
    pay(state, transaction.payer, -price)
    state.pot += price
    const account = accountIn(state, transaction.payer)
    if (account !== undefined) account.sequence++
    if (transaction.validUntil < blockTime) return no('expired')
    if (transaction.validUntil > blockTime + dayMs) return no('valid-too-long')
    const outcome = this.#act(transaction, at, blockTime, next)
    const { kind, body } = transaction.action
    const isHost = kind === 'publish' || kind === 'addServer' || kind === 'withdrawServer'
    syncAddresses(state, at.now, outcome.code === 'ok' && isHost ? body : undefined)
    return outcome
  }

  #act(transaction: NaiveTransaction, at: BlockPlace, blockTime: number, next: NextRules): Outcome {
    const { state } = this
    const { parameters: p, chainId } = this.genesis
    const { action, payer, sequence } = transaction
    const signedZones = zonesOf(this.genesis.zones, this.genesis.addressRanges)
    switch (action.kind) {
      case 'transfer': {
        const { to, amount } = action.body
        if (amount === 0n) return no('amount-zero')
        if (balanceOf(state, payer) < amount) return no('balance-too-low')
        pay(state, payer, -amount)
        pay(state, to, amount)
        return no('ok')
      }
      case 'seal':
        return seal(state, p, at, { payer, sequence }, action.body)
      case 'reveal':
        return reveal(state, p, at, action.body)
      case 'topUp':
        return this.#topUp(payer, action.body, at)
      case 'setStandingOrder': {
        const { name, order } = action.body
        const own = () => this.#ownName(name, transaction, at)
        if (order === undefined) return revokeOrder(state, name, transaction.accounts, own)
        const found = own()
        if (typeof found === 'string') return no(found)
        return setOrder(state, p, found, order, { height: at.height, now: at.now, payer })
      }
      case 'renew': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : renew(state, p, name, at, payer)
      }
      case 'cancel': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : this.#cancel(name, at)
      }
      case 'publish': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string'
          ? no(name)
          : publish(state, name, action.body, p, { chainId, blockTime, height: at.height, now: at.now })
      }
      case 'addServer': {
        const name = this.#ownName(action.body.name, transaction, at)
        const place = { chainId, blockTime, height: at.height, now: at.now }
        return typeof name === 'string' ? no(name) : addServer(state, name, action.body, p, place)
      }
      case 'withdrawServer': {
        const name = this.#ownName(action.body.name, transaction, at)
        const place = { chainId, blockTime, height: at.height, now: at.now }
        return typeof name === 'string' ? no(name) : withdrawServer(state, name, action.body, place)
      }
      case 'confirmAddress': {
        if (isBadAddress(action.body.address)) return no('address-bad')
        const nameProblem = () => {
          const name = this.#ownedName(action.body.name, at)
          return typeof name === 'string' ? name : undefined
        }
        const from = { ranges: this.genesis.addressRanges, signers: transaction.signers, nameProblem }
        return confirmAddress(state, action.body, from)
      }
      case 'setDomainCertificate': {
        const name = this.#ownName(action.body.name, transaction, at)
        const place = { chainId, blockTime, height: at.height, now: at.now }
        return typeof name === 'string' ? no(name) : setDomainCertificate(name, action.body.certificate, place)
      }
      case 'setDelegation': {
        const name = this.#ownName(action.body.name, transaction, at)
        const place = { chainId, blockTime, height: at.height, now: at.now }
        if (typeof name === 'string') return no(name)
        return setDelegation(name, action.body, p, place, () => this.#payForTable(name.name, transaction))
      }
      case 'setEncryptionKey': {
        const name = this.#ownName(action.body.name, transaction, at)
        const place = { chainId, blockTime, height: at.height, now: at.now }
        return typeof name === 'string' ? no(name) : setEncryptionKey(name, action.body.key, place)
      }
      case 'setRecords': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : setRecords(state, name, action.body, p)
      }
      case 'propose':
        return propose(state, action.body, transaction, { ...at, p, next, signedZones })
      case 'vote':
        return vote(state, action.body, transaction, { ...at, p, next, signedZones })
      case 'setZoneKeys':
        return setZoneKeys(state, action.body, p, { ...at, blockTime, signedZones })
      case 'stake':
      case 'unstake':
        return no('engine-without-stake')
      case 'notarize':
        return this.#notarize(transaction.accounts, action.body, at, blockTime)
      case 'agree':
        return agree(state, action.body, at, blockTime)
      case 'transferName': {
        const name = this.#ownedName(action.body.transfer.name, at)
        return typeof name === 'string' ? no(name) : transferName(state, name, action.body, at)
      }
      case 'buyName': {
        const name = this.#ownedName(action.body.name, at)
        return typeof name === 'string' ? no(name) : buyName(state, name, action.body, transaction, at)
      }
      case 'offerName': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : offerName(state, name, action.body, transaction.id, at)
      }
      case 'withdrawOffer': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : withdrawOffer(state, name, action.body.offer)
      }
      case 'changeKey': {
        const name = this.#ownName(action.body.name, transaction, at)
        return typeof name === 'string' ? no(name) : changeKey(state, name, action.body.newKey, transaction, at)
      }
    }
  }

  #ownedName(name: string, at: BlockPlace): (NaiveName & { ownership: NaiveOwnership }) | NaiveCode {
    const problem = nameProblem(name, this.genesis.zones)
    if (problem !== undefined) return problem
    const status = statusOf(this.state, this.genesis.parameters, name, at.now)
    if (status === 'reserved') return 'name-reserved'
    if (status === 'claimed') return 'name-claimed'
    if (status === 'free') return 'name-unknown'
    return this.state.names.find((entry) => entry.name === name) as never
  }

  #ownName(name: string, transaction: NaiveTransaction, at: BlockPlace) {
    const found = this.#ownedName(name, at)
    if (typeof found === 'string') return found
    const { primaryKey } = found.ownership
    return transaction.signers.some((signer) => equalBytes(signer, primaryKey)) ? found : 'not-primary-key'
  }

  /** "Authorities and delegation": what the bytes of the served table cost, beside the price. */
  #payForTable(name: string, transaction: NaiveTransaction): NaiveCode | undefined {
    const { state } = this
    const { served } = tableOf(state, name)
    if (served === undefined) return undefined
    const more = BigInt(bytesOf(state, name, served.generation)) * this.genesis.parameters.transactionFeePerByte
    if (transaction.fee < this.price(transaction) + more) return 'table-fee-not-offered'
    if (balanceOf(state, transaction.payer) < more) return 'balance-too-low'
    pay(state, transaction.payer, -more)
    state.pot += more
    return undefined
  }

  #topUp(payer: Uint8Array, body: { name: string; amount: bigint }, at: BlockPlace): Outcome {
    const { state } = this
    const { parameters: p } = this.genesis
    const name = this.#ownedName(body.name, at)
    if (typeof name === 'string') return no(name)
    if (p.nameTermMs > 0) return no('names-run-by-term')
    const quanta = body.amount / p.quantum
    const amount = quanta * p.quantum
    if (quanta === 0n) return no('amount-below-quantum')
    if (xOf(state, name.ownership) + quanta > greatestDeposit) return no('deposit-too-large')
    if (quanta < name.ownership.arrears) return no('amount-below-arrears')
    if (balanceOf(state, payer) < amount) return no('balance-too-low')
    pay(state, payer, -amount)
    const told = renewBy(state, p, name, quanta, { height: at.height, now: at.now, payer })
    const x = xOf(state, name.ownership)
    return { code: 'ok', events: [...told, { kind: 'depositAdded', body: { name: body.name, amount, x } }] }
  }

  #cancel(name: NaiveName & { ownership: NaiveOwnership }, at: BlockPlace): Outcome {
    const { state } = this
    const { releaseDelayMs } = this.genesis.parameters
    const owner = accountOf(name.ownership.primaryKey)
    const refund = worthOf(this.genesis.parameters, name.ownership.deposit)
    const freeAt = at.now + releaseDelayMs
    pay(state, owner, refund)
    removeFromPlaces(state, name)
    const ended = endOrder(name, 'name-ended')
    recordEnd(state, name, at.height, freeAt)
    return {
      code: 'ok',
      events: [...ended, { kind: 'nameCancelled', body: { name: name.name, owner, refund, freeAt } }],
    }
  }

  #notarize(signers: Uint8Array[], body: { hash: Uint8Array; form: number }, at: BlockPlace, blockTime: number) {
    const { state } = this
    const { hash, form } = body
    const before = (signer: Uint8Array) =>
      state.notarizations.some((record) => equalBytes(record.hash, hash) && equalBytes(record.signer, signer))
    if (signers.some(before)) return no('notarized-before')
    const events: NaiveEvent[] = []
    for (const signer of signers) {
      state.notarizations.push({ hash, signer, form, height: at.height, blockTime })
      events.push({ kind: 'notarized', body: { hash, signer } })
    }
    return { code: 'ok', events } satisfies Outcome
  }

  statusOf(name: string, now: number) {
    return statusOf(this.state, this.genesis.parameters, name, now)
  }

  /** All money there is. */
  get money(): bigint {
    const { accounts, treasury, pot, seals, claims, names } = this.state
    const { parameters: p } = this.genesis
    let sum = treasury + pot
    for (const { balance } of accounts) sum += balance
    for (const { bond } of seals) sum += bond
    for (const { bond, depositQuanta } of claims) sum += bond + worthOf(p, depositQuanta)
    for (const { ownership } of names) sum += worthOf(p, ownership?.deposit ?? 0n)
    return sum
  }

  /** When a name that nobody owns any more gets or got free. */
  freeTimeOf(name: NaiveName): number {
    return freeTimeOf(name, this.genesis.parameters)
  }

  #countBlockOf(proposer: Uint8Array): void {
    const known = this.state.producers.find(({ account }) => equalBytes(account, proposer))
    if (known === undefined) this.state.producers.push({ account: proposer, blocks: 1n })
    else known.blocks++
  }
}
