import type { Action, OwnerRecords, Server } from './actions.ts'
import { delegationLimits } from './delegation/delegation.ts'
import { maxAddressesPerName, maxHostsPerName } from './entries/name.ts'
import { zoneKeyLimits } from './entries/zone-keys.ts'
import type { LedgerChange } from './membership/change.ts'

/** Work units: one a signature, one a state key that the transaction can touch, ten a certificate. Told by the bytes alone. */
export const unitsPerCertificate = 10

/** State keys that every transaction touches: the payer's account and the income. */
const keysOfEvery = 2

/** Keys of one insertion into or removal from the index of paid quanta: counts, two chunks, the lease moved into the gap. */
const keysOfLeaseIndex = 4

/**
 * All that a name can hold, which ends with its owner. It was paid for when it was published, but takes its time in the block. The four keys of a record
 * table that ends are not counted: receipts hold these units, so they stay as they are for blocks that were made before there were tables.
 */
const keysOfEnding = maxHostsPerName + maxAddressesPerName + delegationLimits.perName

/** Record sets that take as long to check as a state key to write. */
const recordSetsPerUnit = 8

/** Node, proposal, and what the change touches when the vote decides it: nodes, keys, validators, income; most for up to 1,024 ballots. */
const unitsOfVote = 100

function isProven(change: LedgerChange): change is Extract<LedgerChange, { kind: 'addNode' | 'setNodeKeys' }> {
  return change.kind === 'addNode' || change.kind === 'setNodeKeys'
}

export function unitsOf(action: Action, signers: number): number {
  return signers + keysOfEvery + unitsOfAction(action, signers)
}

function unitsOfAction(action: Action, signers: number): number {
  switch (action.kind) {
    case 'transfer':
      return 1
    case 'seal':
      // Queue, own and previous position, seal, count of open seals.
      return 5
    case 'reveal':
      // The registration's signature; queue, three positions, seal, count, claim, name, lease, fund, treasury, and what a
      // settled claim or the expiry of the name's last registration touches in turn.
      return 1 + 11 + 2 * keysOfLeaseIndex
    case 'publish':
      // Name, lease, host, and two of the queues of old keys.
      return 5 + action.body.servers.reduce((units, server) => units + unitsOfServer(server), 0)
    case 'addServer':
      return 5 + unitsOfServer(action.body.server)
    case 'withdrawServer':
      return 5
    case 'confirmAddress':
      // Ranges, name, lease, host, the address.
      return 5
    case 'topUp':
    case 'renew':
      // Name, lease, fund, page of renewals.
      return 4 + 2 * keysOfLeaseIndex
    case 'cancel':
      // Name, lease, fund, the owner's account.
      return 4 + keysOfLeaseIndex + keysOfEnding
    case 'notarize':
      return signers
    case 'setStandingOrder':
      // As a top-up, for a name that is due is refilled at once; and the order.
      return 5 + 2 * keysOfLeaseIndex
    case 'agree': {
      const { parties, transfers } = action.body
      // A signature and an account a party; the agreement; two keys a list, of the document and of each party.
      return 2 * parties.length + transfers.length + 1 + 2 * (1 + parties.length)
    }
    case 'transferName':
      // Two signatures; name, lease, offers.
      return 2 + 3 + (action.body.transfer.keepRecords ? 0 : keysOfEnding)
    case 'setDomainCertificate':
      return 3 + (action.body.certificate === undefined ? 0 : unitsPerCertificate)
    case 'setDelegation':
      // Name, lease, delegation, and the domain certificate that issued the authority.
      return 4 + (action.body.delegation?.certificate === undefined ? 0 : unitsPerCertificate)
    case 'setEncryptionKey':
      return 2
    case 'offerName':
    case 'withdrawOffer':
    case 'changeKey':
      return 3
    case 'propose':
      // The node, lists of nodes and proposals, proposal, votes; and what a vote does, for it can be decided at once.
      return 5 + unitsOfVote + (isProven(action.body.change) ? 2 * (2 + action.body.change.body.dnsKeys.length) : 0)
    case 'vote':
      return unitsOfVote
    case 'stake':
    case 'unstake':
      // Node, stake, validators, the lot of them; queue and place, and the payment from it later.
      return 10
    case 'setZoneKeys': {
      // Two keys a node: whose a key is, and the node; the zone's entry, ranges, and the anchors that may have signed.
      const { keys, signatures } = action.body
      return 2 * keys.length + signatures.length + 2 + zoneKeyLimits.anchors
    }
    case 'setRecords': {
      // Name, lease, table, and the queue of what is to be removed; a page is read, hashed into and written.
      const { pages } = action.body
      const sets = pages.reduce((sum, { owners }) => sum + recordSetsOf(owners), 0)
      return 5 + 4 * pages.length + Math.ceil(sets / recordSetsPerUnit)
    }
    case 'buyName':
      // Name, lease, offers, the seller's account.
      return 4 + keysOfEnding
  }
}

/** A proof; each address goes into the index and at some time out of it; a certificate is checked against issuer and key. */
function unitsOfServer({ addresses, certificate }: Server): number {
  return 1 + 2 * addresses.length + (certificate === undefined ? 0 : unitsPerCertificate)
}

function recordSetsOf(owners: readonly OwnerRecords[]): number {
  return owners.reduce((sum, { recordSets }) => sum + recordSets.length, 0)
}
