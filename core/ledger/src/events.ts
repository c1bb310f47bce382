import {
  amount,
  asciiText,
  boolean,
  bytes,
  type Codec,
  type Decoded,
  hash32,
  list,
  mapped,
  optional,
  struct,
  uint,
  uint8,
  uint16,
  uint32,
  uint53,
  variant,
} from '@cresset/core-codec'
import { recordTableLimits } from './actions.ts'
import { type Code, codeOfNumber, codes } from './codes.ts'
import { orderEnds, refillProblems } from './deposit/order-ends.ts'
import { outcomeCodec } from './entries/proposal.ts'
import { zoneCodec } from './entries/zone-keys.ts'

const name = asciiText({ maxBytes: 64 })
const host = asciiText({ maxBytes: 253 })

export const codeCodec: Codec<Code> = mapped(
  uint16,
  (number) => {
    const code = codeOfNumber(number)
    if (code === undefined) throw new RangeError(`no code has the number ${number}`)
    return code
  },
  (code) => codes[code].number,
)

export const bondReceivers = ['sender', 'treasury'] as const
const bondReceiver: Codec<(typeof bondReceivers)[number]> = mapped(
  uint(bondReceivers.length - 1),
  (index) => bondReceivers[index] as (typeof bondReceivers)[number],
  (receiver) => bondReceivers.indexOf(receiver),
)

function choice<const T extends readonly string[]>(values: T): Codec<T[number]> {
  return mapped(
    uint(values.length - 1),
    (index) => values[index] as T[number],
    (value) => values.indexOf(value),
  )
}

/** `validator`: it became one, or is none any more. */
export const nodeChanges = ['admitted', 'removed', 'keys', 'properties', 'validator'] as const
export type NodeChange = (typeof nodeChanges)[number]

/** Votes that a validator can contradict itself in; core/chain has the same. */
export const offenceKinds = ['proposal', 'prepare', 'commit'] as const
export type OffenceKind = (typeof offenceKinds)[number]

/** Numbers are never used again. */
const eventTable = {
  /** A seal took its place in the queue. */
  sealMade: [1, struct({ sender: hash32, sequence: uint53, order: uint53 })],
  /** A seal left the queue without a claim; `reason` says why: a code of `reveal`, or `expired` when it lapsed. */
  sealClosed: [2, struct({ sender: hash32, sequence: uint53, reason: codeCodec, bond: amount, bondTo: bondReceiver })],
  /** A revealed seal claims a name. */
  claimMade: [3, struct({ name, sender: hash32, sequence: uint53, order: uint53 })],
  /** An older seal for the same name was revealed; deposit and bond went back. */
  claimBeaten: [4, struct({ name, sender: hash32, sequence: uint53, deposit: amount, bond: amount })],
  /** The oldest claim became the name. */
  nameRegistered: [5, struct({ name, owner: hash32, sender: hash32, sequence: uint53, firstCharge: amount })],
  hostPublished: [6, struct({ name, host })],
  hostWithdrawn: [7, struct({ name, host })],
  /** A deposit grew. */
  depositAdded: [8, struct({ name, amount, paidQuanta: uint53 })],
  /** The owner gave the name up. */
  nameCancelled: [9, struct({ name, owner: hash32, refund: amount, freeAtLedgerMs: uint53 })],
  /** The deposit of the name ends within the warning time. */
  renewalDue: [10, struct({ name, paidQuanta: uint53 })],
  /** The deposit ran out; the name expires after the grace time. */
  graceStarted: [11, struct({ name, paidQuanta: uint53 })],
  /** The name left the indexes and DNS. */
  nameExpired: [12, struct({ name, freeAtLedgerMs: uint53 })],
  notarized: [13, struct({ hash: hash32, signer: hash32 })],
  /** A fee block took `charged` from the deposits and paid `paid` out of the income. */
  feesSettled: [14, struct({ paidQuanta: uint53, charged: amount, paid: amount, carried: amount })],
  /** Both owners signed; unless `keptRecords`, hosts and all else ended. */
  nameTransferred: [15, struct({ name, from: hash32, owner: hash32, ownership: uint53, keptRecords: boolean })],
  nameOffered: [
    16,
    struct({ name, offer: hash32, seller: hash32, price: amount, buyer: optional(hash32), expiresMs: uint53 }),
  ],
  offerWithdrawn: [17, struct({ name, offer: hash32 })],
  /** The buyer's account paid the seller's; the name's hosts and other offers ended. */
  nameSold: [
    18,
    struct({ name, offer: hash32, seller: hash32, buyer: hash32, owner: hash32, ownership: uint53, price: amount }),
  ],
  /** The owner's new key: hosts stay, offers end. */
  keyChanged: [19, struct({ name, from: hash32, owner: hash32, ownership: uint53 })],
  /** A seal was revealed late: `lost` of its bond went to the treasury, `left` goes where the bond goes. */
  bondReduced: [55, struct({ sender: hash32, sequence: uint53, lost: amount, left: amount })],
  /** `digest`: SHA-256 of the certificate. */
  domainCertificateSet: [25, struct({ name, digest: hash32 })],
  domainCertificateEnded: [26, struct({ name })],
  delegationSet: [27, struct({ name, host })],
  delegationEnded: [28, struct({ name, host })],
  encryptionKeySet: [29, struct({ name, key: hash32 })],
  encryptionKeyEnded: [30, struct({ name })],
  /** The time of old keys of a host passed. */
  hostKeysEnded: [45, struct({ name, host })],
  /** `server`: the account of its key. */
  serverAdded: [46, struct({ name, host, server: hash32 })],
  serverWithdrawn: [47, struct({ name, host, server: hash32 })],
  /** The holder of an address confirmed a host for it, or took that back. */
  addressConfirmed: [48, struct({ address: bytes({ maxBytes: 16 }), name, host, isConfirmed: boolean })],
  /** All parties signed a document. */
  agreed: [35, struct({ agreement: hash32, document: hash32, parties: list(hash32, { maxItems: 16 }) })],
  /** What a party paid by an agreement. */
  agreementPaid: [36, struct({ agreement: hash32, from: hash32, to: hash32, amount })],
  standingOrderSet: [37, struct({ name, payer: hash32, refill: amount, cap: amount })],
  /** Revoked by payer or owner, all of its cap spent, or the name is another's or nobody's. */
  standingOrderEnded: [38, struct({ name, payer: hash32, reason: choice(orderEnds) })],
  /** A standing order refilled a deposit; `left` of its cap may still be taken. */
  depositRefilled: [39, struct({ name, payer: hash32, amount, paidQuanta: uint53, left: amount })],
  /** It could not; it is tried once more when the deposit has run out. */
  refillFailed: [40, struct({ name, payer: hash32, amount, problem: choice(refillProblems) })],
  /** A member put a change to the vote; `needed` of `electorate` must agree. */
  proposalMade: [
    56,
    struct({
      proposal: uint53,
      node: hash32,
      /** `changeDigest`. */
      change: hash32,
      electorate: uint32,
      needed: uint32,
      endsLedgerMs: uint53,
    }),
  ],
  voteCast: [57, struct({ proposal: uint53, node: hash32, isYes: boolean })],
  /** `code`: why it failed. */
  proposalEnded: [58, struct({ proposal: uint53, outcome: outcomeCodec, code: optional(codeCodec) })],
  /** What links, network map and name servers must follow. */
  nodesChanged: [59, struct({ node: hash32, nodeName: asciiText({ maxBytes: 63 }), change: choice(nodeChanges) })],
  parametersChanged: [60, struct({ names: list(asciiText({ maxBytes: 40 }), { maxItems: 32 }) })],
  moneyIssued: [61, struct({ to: hash32, amount })],
  /** From the block of `height` on, the rules have this version. */
  upgradeDecided: [62, struct({ version: uint32, height: uint53 })],
  staked: [63, struct({ node: hash32, from: hash32, amount, power: uint53 })],
  /** It comes back at that ledger time. */
  unstaked: [64, struct({ node: hash32, amount, power: uint53, readyLedgerMs: uint53 })],
  unbonded: [65, struct({ node: hash32, to: hash32, amount })],
  /** Two votes of the node contradict each other; with the engine `stake` it `lost` that, to the treasury. */
  misbehaviourProven: [
    66,
    struct({ node: hash32, offence: choice(offenceKinds), height: uint53, view: uint32, lost: amount }),
  ],
  zoneAnchorsSet: [67, struct({ zone: zoneCodec, anchors: uint53 })],
  /** DNSKEY records or the signatures over them changed. */
  zoneKeysSet: [68, struct({ zone: zoneCodec, revision: uint53 })],
  /** Pages of a name's record table were written. */
  recordsSet: [
    69,
    struct({
      name,
      generation: uint53,
      /** The generation is the one that DNS shows, from now on or already before. */
      isServed: boolean,
      /** Those that the transaction wrote or removed. */
      pages: list(uint8, { maxItems: recordTableLimits.pages }),
    }),
  ],
  /** A term began anew. */
  nameRenewed: [41, struct({ name, paidQuanta: uint53 })],
} as const

/** What a block did beyond what its transactions say. */
export const eventCodec = variant(eventTable)

export type LedgerEvent = Decoded<typeof eventCodec>
export type EventKind = LedgerEvent['kind']
export const eventKinds = Object.keys(eventTable) as readonly EventKind[]

/** One transaction makes few events; a block's sweeps make at most some hundreds. */
export const eventListCodec: Codec<LedgerEvent[]> = list(eventCodec, { maxItems: 65_536 })
