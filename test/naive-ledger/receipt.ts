import {
  amount,
  asciiText,
  boolean,
  bytes,
  concatBytes,
  type Decoded,
  hash32,
  list,
  optional,
  struct,
  uint8,
  uint16,
  uint32,
  uint53,
  variant,
  versioned,
} from '@cresset/core-codec'
import { merkleRoot } from '@cresset/core-crypto'
import { codeNumbers, type NaiveCode } from './codes.ts'

/** Receipts and events by the table of docs/protocol/ledger.md, "Receipts and events". */

const name = asciiText({ maxBytes: 300 })
const eventTable = {
  sealMade: [1, struct({ sender: hash32, sequence: uint53, order: uint53 })],
  sealClosed: [2, struct({ sender: hash32, sequence: uint53, reason: uint16, bond: amount, to: uint8 })],
  claimMade: [3, struct({ name, sender: hash32, sequence: uint53, order: uint53 })],
  claimBeaten: [4, struct({ name, sender: hash32, sequence: uint53, deposit: amount, bond: amount })],
  nameRegistered: [5, struct({ name, owner: hash32, sender: hash32, sequence: uint53, firstCharge: amount })],
  hostPublished: [6, struct({ name, host: name })],
  hostWithdrawn: [7, struct({ name, host: name })],
  depositAdded: [8, struct({ name, amount, x: amount })],
  nameCancelled: [9, struct({ name, owner: hash32, refund: amount, freeAt: uint53 })],
  renewalDue: [10, struct({ name, x: amount })],
  graceStarted: [11, struct({ name, x: amount })],
  nameExpired: [12, struct({ name, freeAt: uint53 })],
  notarized: [13, struct({ hash: hash32, signer: hash32 })],
  feesSettled: [14, struct({ f: amount, charged: amount, paid: amount, carried: amount })],
  nameTransferred: [15, struct({ name, from: hash32, owner: hash32, ownerships: uint53, kept: boolean })],
  nameOffered: [
    16,
    struct({ name, offer: hash32, seller: hash32, price: amount, buyer: optional(hash32), expires: uint53 }),
  ],
  offerWithdrawn: [17, struct({ name, offer: hash32 })],
  nameSold: [
    18,
    struct({ name, offer: hash32, seller: hash32, buyer: hash32, owner: hash32, ownerships: uint53, price: amount }),
  ],
  keyChanged: [19, struct({ name, from: hash32, owner: hash32, ownerships: uint53 })],
  domainCertificateSet: [25, struct({ name, digest: hash32 })],
  domainCertificateEnded: [26, struct({ name })],
  delegationSet: [27, struct({ name, host: name })],
  delegationEnded: [28, struct({ name, host: name })],
  encryptionKeySet: [29, struct({ name, key: hash32 })],
  encryptionKeyEnded: [30, struct({ name })],
  proposalMade: [
    56,
    struct({ proposal: uint53, node: hash32, change: hash32, electorate: uint32, needed: uint32, ends: uint53 }),
  ],
  voteCast: [57, struct({ proposal: uint53, node: hash32, isYes: boolean })],
  proposalEnded: [58, struct({ proposal: uint53, outcome: uint8, code: optional(uint16) })],
  nodesChanged: [59, struct({ node: hash32, nodeName: name, change: uint8 })],
  parametersChanged: [60, struct({ names: list(name, { maxItems: 32 }) })],
  moneyIssued: [61, struct({ to: hash32, amount })],
  upgradeDecided: [62, struct({ version: uint32, height: uint53 })],
  zoneAnchorsSet: [67, struct({ zone: name, anchors: uint8 })],
  zoneKeysSet: [68, struct({ zone: name, revision: uint53 })],
  recordsSet: [69, struct({ name, generation: uint53, served: boolean, indexes: list(uint8, { maxItems: 256 }) })],
  bondReduced: [55, struct({ sender: hash32, sequence: uint53, lost: amount, left: amount })],
  agreed: [35, struct({ agreement: hash32, document: hash32, parties: list(hash32, { maxItems: 16 }) })],
  agreementPaid: [36, struct({ agreement: hash32, from: hash32, to: hash32, amount })],
  standingOrderSet: [37, struct({ name, payer: hash32, refill: amount, cap: amount })],
  standingOrderEnded: [38, struct({ name, payer: hash32, reason: uint8 })],
  depositRefilled: [39, struct({ name, payer: hash32, amount, x: amount, left: amount })],
  refillFailed: [40, struct({ name, payer: hash32, amount, problem: uint8 })],
  nameRenewed: [41, struct({ name, x: amount })],
  hostKeysEnded: [45, struct({ name, host: name })],
  serverAdded: [46, struct({ name, host: name, server: hash32 })],
  serverWithdrawn: [47, struct({ name, host: name, server: hash32 })],
  addressConfirmed: [48, struct({ address: bytes({ maxBytes: 16 }), name, host: name, isConfirmed: boolean })],
} as const
const eventCodec = variant(eventTable)
/** Every kind of event that there is. */
export const eventKinds = Object.keys(eventTable)
export type NaiveEvent = Decoded<typeof eventCodec>

const events = list(eventCodec, { maxItems: 65_536 })
const receiptCodec = versioned(1, { code: uint16, events, units: uint32 })
const blockEventsCodec = versioned(1, { events })

export interface NaiveReceipt {
  id: Uint8Array
  code: NaiveCode
  events: NaiveEvent[]
  units: number
}

export function encodeReceipt(receipt: NaiveReceipt): Uint8Array {
  return receiptCodec.encode({ ...receipt, code: codeNumbers[receipt.code] })
}

export function naiveReceiptsRoot(receipts: readonly NaiveReceipt[], blockEvents: NaiveEvent[]): Uint8Array {
  const leaves = receipts.map((receipt) => concatBytes(receipt.id, encodeReceipt(receipt)))
  if (blockEvents.length > 0) {
    leaves.push(concatBytes(new Uint8Array(32), blockEventsCodec.encode({ events: blockEvents })))
  }
  return merkleRoot(leaves)
}
