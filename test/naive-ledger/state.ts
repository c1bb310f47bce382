import { equalBytes, toHex } from '@cresset/core-codec'
import type { NaiveClaim as NaiveAddressClaim } from './addresses.ts'
import type { NaiveAgreement } from './agreements.ts'
import type { NaiveNode, NaiveProposal, NaiveValidator } from './membership.ts'
import type { NaivePage, NaiveRemoval, NaiveTable } from './record-tables.ts'
import type { NaiveDelegationContent, NaiveHostContent } from './transaction.ts'
import type { NaiveZoneKeys } from './zone-keys.ts'

/** The rows of genesis that execution reads; money and quanta are bigint, as everywhere in this ledger. */
export interface NaiveParameters {
  readonly depositRateQuanta: number
  readonly depositRatePeriodMs: number
  readonly nameTermMs: number
  readonly feeEveryBlocks: number
  readonly quantum: bigint
  readonly transactionFeeBase: bigint
  readonly transactionFeePerByte: bigint
  readonly nameNodesSharePercent: number
  readonly minTtlSeconds: number
  readonly maxTtlSeconds: number
  readonly maxBlockIntervalMs: number
  readonly revealWindowMs: number
  readonly bond: bigint
  readonly maxOpenSealsWithoutBond: number
  readonly graceMs: number
  readonly releaseDelayMs: number
  readonly maxBlockBytes: number
  readonly maxBlockUnits: number
  readonly maxTransactionBytes: number
  readonly defaultTtlSeconds: number
  readonly securityLevels: number
  readonly votingLevel: number
  readonly unbondingMs: number
  readonly proposalWindowMs: number
}

export interface NaiveAccount {
  account: Uint8Array
  balance: bigint
  sequence: number
}

export interface CertificateWish {
  issuerKey: Uint8Array
  digest: Uint8Array
}

export interface NaiveSeal {
  order: number
  sender: Uint8Array
  sequence: number
  salt: Uint8Array
  commitment: Uint8Array
  ciphertext: Uint8Array
  bond: bigint
  ledgerTime: number
  height: number
}

export interface NaiveClaim {
  order: number
  name: string
  sender: Uint8Array
  sequence: number
  primaryKey: Uint8Array
  certificate: CertificateWish | undefined
  depositQuanta: bigint
  bond: bigint
}

export interface RetiringKey {
  publicKey: Uint8Array
  until: number
}

export interface NaiveHost extends NaiveHostContent {
  host: string
  height: number
  /** Of its record as the last transaction left it, rounded up. */
  kibibytes: number
  retiring: RetiringKey[]
  revision: number
  predecessor: Uint8Array | undefined
}

export interface NaiveDelegation extends NaiveDelegationContent {
  host: string
  revision: number
  predecessor: Uint8Array | undefined
  height: number
}

/** A registered name with its own purse: `deposit` falls at every fee block, and then `arrears` rise. */
export interface NaiveOwnership {
  primaryKey: Uint8Array
  height: number
  ledgerTime: number
  order: number
  certificate: CertificateWish | undefined
  hosts: NaiveHost[]
  delegations: NaiveDelegation[]
  /** Its domain certificate, and the block that set it. */
  authority: { der: Uint8Array; height: number } | undefined
  encryptionKey: Uint8Array | undefined
  /** Quanta. */
  deposit: bigint
  arrears: bigint
  /** Ledger time of the fee block that the deposit did not reach. */
  ranOut: number | undefined
  /** F at registration. */
  startF: bigint
  /** Its place among the names that are paid as far as it. */
  place: number
  /** What every fee block took that moved F, oldest first; `isWhole` until a top-up, which the product's statement leaves out. */
  charges: { height: number; charged: bigint; left: bigint }[]
  isWhole: boolean
  graceTold: boolean
  renewalTold: boolean
  /** Quanta. */
  standingOrder: { payer: Uint8Array; refill: bigint; left: bigint } | undefined
}

/** Of all registrations there were; `order` is that of the seal. */
export interface NaiveRenewal {
  name: string
  order: number
  height: number
  ledgerTime: number
  payer: Uint8Array
  amount: bigint
  x: bigint
}

export interface NaiveName {
  name: string
  revision: number
  predecessor: Uint8Array | undefined
  /** Of the block that changed the entry last. */
  height: number
  /** How many keys have owned it so far. */
  ownerships: number
  ownership: NaiveOwnership | undefined
  freeAt: number
}

export interface NaiveNotarization {
  hash: Uint8Array
  signer: Uint8Array
  form: number
  height: number
  blockTime: number
}

export interface NaiveOffer {
  name: string
  id: Uint8Array
  price: bigint
  buyer: Uint8Array | undefined
  expires: number
  height: number
}

export interface FeeRow {
  height: number
  ledgerTime: number
  f: bigint
}

export interface NaiveState {
  ledgerTime: number
  blockTime: number
  height: number
  accounts: NaiveAccount[]
  treasury: bigint
  pot: bigint
  producers: { account: Uint8Array; blocks: bigint }[]
  seals: NaiveSeal[]
  claims: NaiveClaim[]
  nextOrder: number
  names: NaiveName[]
  notarizations: NaiveNotarization[]
  addressClaims: NaiveAddressClaim[]
  /** In the order in which they were confirmed. */
  confirmed: { address: Uint8Array; name: string; host: string }[]
  /** Addresses whose confirmed hosts this block changed. */
  reverseChanged: Uint8Array[]
  tables: NaiveTable[]
  tablePages: NaivePage[]
  /** In the order of their places. */
  removals: NaiveRemoval[]
  removalTail: number
  zoneKeys: NaiveZoneKeys[]
  /** Zones whose keys or signatures this block changed, or which it left without anchors. */
  zonesChanged: string[]
  /** Hosts whose old keys will end; the queues by the length of overlap. */
  waiting: { queue: number; position: number; name: string; host: string; until: number }[]
  queueTails: number[]
  agreements: NaiveAgreement[]
  renewals: NaiveRenewal[]
  nodes: NaiveNode[]
  /** Of all nodes there were. */
  nodeKeys: { hash: Uint8Array; node: Uint8Array; use: number }[]
  proposals: NaiveProposal[]
  protocol: { version: number; upgrade: { version: number; height: number } | undefined }
  supply: bigint
  /** Who votes on the next block; the newest set follows from the nodes. */
  validators: NaiveValidator[]
  /** Of all names, oldest first. */
  offers: NaiveOffer[]
  /** What a name active since genesis would have paid; only told in events and compared with the greatest deposit. */
  f: bigint
  carry: bigint
  chargedUntil: number
  /** Fee blocks that charged something. */
  feeRows: FeeRow[]
  /** Pages of the above that were folded, and what was left of them: one row a day. */
  foldedPages: number
  dailyRows: FeeRow[]
  /** How many of them are old enough that the names that ran out then have expired. */
  expiredRows: number
  /** How far the last walk for renewal warnings came; when it paused, names of that very X were being told, the last ones first. */
  warnedBelow: bigint
  warningPaused: boolean
}

/** How F rises: by term one quantum a period. */
export function paceOf(p: NaiveParameters): { rate: bigint; period: bigint } {
  return { rate: p.nameTermMs > 0 ? 1n : BigInt(p.depositRateQuanta), period: BigInt(p.depositRatePeriodMs) }
}

/** By term quanta are time alone. */
export function worthOf(p: NaiveParameters, quanta: bigint): bigint {
  return p.nameTermMs > 0 ? 0n : quanta * p.quantum
}

/** Finds the first that fits by looking at all of them. */
export function accountIn(state: NaiveState, account: Uint8Array): NaiveAccount | undefined {
  return state.accounts.find((candidate) => equalBytes(candidate.account, account))
}

export function balanceOf(state: NaiveState, account: Uint8Array): bigint {
  return accountIn(state, account)?.balance ?? 0n
}

export function pay(state: NaiveState, account: Uint8Array, amount: bigint): void {
  const found = accountIn(state, account)
  if (found !== undefined) {
    found.balance += amount
    if (found.balance < 0n) throw new Error(`account ${toHex(account)} would owe money`)
    return
  }
  if (amount < 0n) throw new Error('an account that is not there cannot pay')
  // An account appears when it is first paid.
  if (amount > 0n) state.accounts.push({ account, balance: amount, sequence: 0 })
}

/** All owned names. */
export function owned(state: NaiveState): (NaiveName & { ownership: NaiveOwnership })[] {
  return state.names.filter((name) => name.ownership !== undefined) as never
}

/** X of a name. */
export function xOf(state: NaiveState, { deposit, arrears }: NaiveOwnership): bigint {
  return state.f + deposit - arrears
}

export function roundUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator
}
