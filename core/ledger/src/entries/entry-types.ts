import { CodecError, ItemReader } from '@cresset/core-codec'
import { parametersEntry } from '../parameters.ts'
import { accountEntry } from './account.ts'
import { addressClaimsEntry, addressRangesEntry } from './address.ts'
import { agreementChunkEntry, agreementEntry, agreementListEntry } from './agreement.ts'
import { delegationEntry, domainCertificateEntry } from './delegation.ts'
import { type EntryKind, type EntryType, entryKinds } from './entry-type.ts'
import {
  dailyFeeRowsEntry,
  feeFundEntry,
  feeRowsEntry,
  leaseChunkEntry,
  leaseCountsEntry,
  leaseEntry,
  renewalsEntry,
  standingOrderEntry,
} from './lease.ts'
import { incomeEntry, nameNodesEntry, timeEntry, treasuryEntry, zonesEntry } from './ledger.ts'
import { hostEntry, nameEntry } from './name.ts'
import { membersEntry, nodeEntry, nodeKeyEntry, validatorsEntry } from './node.ts'
import { notarizationEntry } from './notarization.ts'
import { offersEntry } from './offer.ts'
import { proposalEntry, proposalsEntry, protocolEntry, votesEntry } from './proposal.ts'
import { recordPageEntry, recordRemovalEntry, recordRemovalsEntry, recordTableEntry } from './record-table.ts'
import { claimEntry, openSealCountEntry, sealEntry, sealPositionEntry, sealQueueEntry } from './registration.ts'
import { retirementEntry, retirementQueuesEntry } from './retirement.ts'
import { replacedKeyEntry, stakeEntry, unbondingEntry, unbondingsEntry } from './stake.ts'
import { zoneKeysEntry } from './zone-keys.ts'

/** Every kind of entry by its name. */
export const entryTypes = {
  parameters: parametersEntry,
  time: timeEntry,
  zones: zonesEntry,
  node: nodeEntry,
  nameNodes: nameNodesEntry,
  treasury: treasuryEntry,
  income: incomeEntry,
  account: accountEntry,
  sealQueue: sealQueueEntry,
  sealPosition: sealPositionEntry,
  seal: sealEntry,
  openSealCount: openSealCountEntry,
  claim: claimEntry,
  name: nameEntry,
  lease: leaseEntry,
  host: hostEntry,
  notarization: notarizationEntry,
  feeFund: feeFundEntry,
  leaseCounts: leaseCountsEntry,
  leaseChunk: leaseChunkEntry,
  feeRows: feeRowsEntry,
  dailyFeeRows: dailyFeeRowsEntry,
  offers: offersEntry,
  domainCertificate: domainCertificateEntry,
  delegation: delegationEntry,
  addressClaims: addressClaimsEntry,
  addressRanges: addressRangesEntry,
  retirementQueues: retirementQueuesEntry,
  retirement: retirementEntry,
  agreement: agreementEntry,
  agreementList: agreementListEntry,
  agreementChunk: agreementChunkEntry,
  standingOrder: standingOrderEntry,
  renewals: renewalsEntry,
  validators: validatorsEntry,
  members: membersEntry,
  nodeKey: nodeKeyEntry,
  proposals: proposalsEntry,
  proposal: proposalEntry,
  votes: votesEntry,
  protocol: protocolEntry,
  stake: stakeEntry,
  unbondings: unbondingsEntry,
  unbonding: unbondingEntry,
  replacedKey: replacedKeyEntry,
  zoneKeys: zoneKeysEntry,
  recordTable: recordTableEntry,
  recordPage: recordPageEntry,
  recordRemovals: recordRemovalsEntry,
  recordRemoval: recordRemovalEntry,
} as const satisfies Record<EntryKind, unknown>

type ValueOf<K extends EntryKind> = (typeof entryTypes)[K] extends EntryType<infer T> ? T : never
/** A decoded entry and its kind. */
export type Entry = { [K in EntryKind]: { readonly kind: K; readonly value: ValueOf<K> } }[EntryKind]
export type EntryValue<K extends EntryKind> = ValueOf<K>

const kindsByNumber = new Map<number, EntryKind>(
  Object.entries(entryKinds).map(([kind, number]) => [number, kind as EntryKind]),
)

/** What an entry met in a scan of the state calls itself; its key tells nothing, and nothing else is read. Throws CodecError when it is none. */
export function kindOfEntry(bytes: Uint8Array): EntryKind {
  // [version, kind, …]: a head of one byte, or of two from 24 items on, then two numbers.
  const reader = new ItemReader(bytes)
  reader.array()
  reader.uint()
  const number = Number(reader.uint())
  const kind = kindsByNumber.get(number)
  if (kind === undefined) throw new CodecError('unknown-kind', `no entry has the kind ${number}`)
  return kind
}

/** An entry met in a scan of the state. Throws CodecError when it is none. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const kind = kindOfEntry(bytes)
  return { kind, value: entryTypes[kind].codec.decode(bytes) } as Entry
}
