import { uint64ToBytes, utf8 } from '@cresset/core-codec'
import { taggedHash } from '@cresset/core-crypto'

/**
 * Every key under the state root, in words. A key is SHA-256 over a tag that names the kind of entry and the parts that
 * tell entries of the kind apart, so that no entry can stand where one of another kind is looked for.
 */
function key(kind: string, ...parts: Uint8Array[]): Uint8Array {
  return taggedHash(`cresset/state/${kind}/v1`, ...parts)
}

const parameters = key('parameters')
const time = key('time')
const zones = key('zones')
const nameNodes = key('name-nodes')
const treasury = key('treasury')
const income = key('income')
const sealQueue = key('seal-queue')
const feeFund = key('fee-fund')
const addressRanges = key('address-ranges')
const retirementQueues = key('retirement-queues')
const validators = key('validators')
const members = key('members')
const proposals = key('proposals')
const protocol = key('protocol')
const unbondings = key('unbondings')
const recordRemovals = key('record-removals')

export const stateKeys = {
  /** The rules that a vote can change. */
  parameters,
  /** Ledger time, block time and height of the last block that wrote it. */
  time,
  /** The zones of genesis, and how many validators there are. */
  zones,
  /** Who votes on the next two blocks. */
  validators,
  /** All nodes. */
  members,
  /** Open proposals. */
  proposals,
  /** Version of the rules, what is due to follow it, and how much money there is. */
  protocol,
  /** A node's stake. */
  stake: (nodeId: Uint8Array) => key('stake', nodeId),
  /** Head and tail of the stake on its way back. */
  unbondings,
  /** One place in that queue. */
  unbonding: (position: number) => key('unbonding', uint64ToBytes(position)),
  /** From when on a consensus key is not its node's any more, by the key's account. */
  replacedKey: (keyHash: Uint8Array) => key('replaced-key', keyHash),
  /** A proposal by its number. */
  proposal: (number: number) => key('proposal', uint64ToBytes(number)),
  /** Who may vote on it, and how they did. */
  votes: (number: number) => key('votes', uint64ToBytes(number)),
  /** Whose a key is or was, by the key's account, or by the fingerprint of a TLS certificate. */
  nodeKey: (keyHash: Uint8Array) => key('node-key', keyHash),
  /** A node's public data, by its id. */
  node: (nodeId: Uint8Array) => key('node', nodeId),
  /** Accounts of the nodes that share the name nodes' part of the income. */
  nameNodes,
  /** Forfeited bonds. */
  treasury,
  /** Fees not yet paid out, and who made the blocks of this interval. */
  income,
  /** Balance and sequence. */
  account: (account: Uint8Array) => key('account', account),
  /** Head and tail of the seals and claims that are not settled, oldest first. */
  sealQueue,
  /** One place in that queue, by its order number. */
  sealPosition: (order: number) => key('seal-position', uint64ToBytes(order)),
  /** An open seal, by who made it and with which sequence. */
  seal: (sender: Uint8Array, sequence: number) => key('seal', sender, uint64ToBytes(sequence)),
  /** How many seals of an account are open, where no bond bounds them. */
  openSealCount: (account: Uint8Array) => key('open-seal-count', account),
  /** The oldest claim to a name that is not settled. */
  claim: (name: string) => key('claim', utf8(name)),
  /** A registered or reserved name. */
  name: (name: string) => key('name', utf8(name)),
  /** What is paid for a name. */
  lease: (name: string) => key('lease', utf8(name)),
  /** A host published under a name; the empty label list is the name itself. */
  host: (name: string, host: string) => key('host', utf8(name), utf8(host)),
  /** The certificate of a name's own authority. */
  domainCertificate: (name: string) => key('domain-certificate', utf8(name)),
  /** A host handed to other name servers. */
  delegation: (name: string, host: string) => key('delegation', utf8(name), utf8(host)),
  /** What a name is offered for. */
  offers: (name: string) => key('offers', utf8(name)),
  /** What signs a zone. */
  zoneKeys: (zone: string) => key('zone-keys', utf8(zone)),
  /** Which generations of a name's record table there are. */
  recordTable: (name: string) => key('record-table', utf8(name)),
  /** A page of one of them. */
  recordPage: (name: string, generation: number, index: number) =>
    key('record-page', utf8(name), uint64ToBytes(generation), uint64ToBytes(index)),
  /** Head and tail of the generations whose pages are to be removed. */
  recordRemovals,
  /** One place in that queue. */
  recordRemoval: (position: number) => key('record-removal', uint64ToBytes(position)),
  notarization: (hash: Uint8Array, signer: Uint8Array) => key('notarization', hash, signer),
  /** F, the sums over all names, and the sweeps' places. */
  feeFund,
  /** How many names are paid up to each of 64 neighbouring quanta. */
  leaseCounts: (page: number) => key('lease-counts', uint64ToBytes(page)),
  /** Up to 32 of the names that are paid up to the same quantum. */
  leaseChunk: (paidQuanta: number, chunk: number) =>
    key('lease-chunk', uint64ToBytes(paidQuanta), uint64ToBytes(chunk)),
  /** A page of the table of fee blocks. */
  feeRows: (page: number) => key('fee-rows', uint64ToBytes(page)),
  /** A page of the table's old rows, one a day. */
  dailyFeeRows: (page: number) => key('daily-fee-rows', uint64ToBytes(page)),
  /** What is published at an address, and what its holder confirmed. */
  addressClaims: (address: Uint8Array) => key('address-claims', address),
  /** Who holds which addresses. */
  addressRanges,
  /** Heads and tails of the hosts with old keys that will end. */
  retirementQueues,
  /** One place in such a queue. */
  retirement: (queue: number, position: number) => key('retirement', uint64ToBytes(queue), uint64ToBytes(position)),
  /** The order that refills a name's deposit. */
  standingOrder: (name: string) => key('standing-order', utf8(name)),
  /** Up to 32 renewals of one registration, by the order number of its seal. */
  renewals: (name: string, order: number, page: number) =>
    key('renewals', utf8(name), uint64ToBytes(order), uint64ToBytes(page)),
  /** A document that its parties agreed on, by its id. */
  agreement: (id: Uint8Array) => key('agreement', id),
  /** How many agreements there are of a document or a party. */
  agreementList: (list: 'document' | 'party', of: Uint8Array) => key(`agreements-of-${list}`, of),
  /** Up to 32 of their ids. */
  agreementChunk: (list: 'document' | 'party', of: Uint8Array, chunk: number) =>
    key(`agreements-of-${list}-chunk`, of, uint64ToBytes(chunk)),
} as const
