export * from './actions.ts'
export { addressesOf } from './addresses/address-claims.ts'
export { isWithin } from './addresses/address-range.ts'
export {
  type AddressView,
  type PairCode,
  type PairView,
  pairCodes,
  readAddress,
  readAddressRanges,
  readPair,
} from './addresses/queries.ts'
export { admissionWindow, admit } from './admission.ts'
export type { AgreementListName } from './agreements/agreement-list.ts'
export * from './agreements/queries.ts'
export * from './agreements/statement.ts'
export { authorshipHash } from './authorship.ts'
export { changeParameters, parameterStepProblem } from './change-parameters.ts'
export * from './codes.ts'
export {
  type DelegationContent,
  delegationLimits,
  type NameServer,
} from './delegation/delegation.ts'
export * from './delegation/queries.ts'
export { tableFee } from './delegation/table-fee.ts'
export { type DueNames, type DuePlace, dueBelow, readDueNames } from './deposit/due-names.ts'
export { firstChargeQuanta, maxQuanta, quantaFor, quantaIn, termQuanta } from './deposit/fund.ts'
export { type ListedRenewal, type RenewalsPage, readRenewals, readStandingOrder } from './deposit/renewals.ts'
export { maxNamesSwept, renewalWarningMs } from './deposit/sweep.ts'
export { type Account, accountEntry } from './entries/account.ts'
export * from './entries/address.ts'
export * from './entries/agreement.ts'
export * from './entries/delegation.ts'
export * from './entries/entry-type.ts'
export { decodeEntry, type Entry, type EntryValue, entryTypes, kindOfEntry } from './entries/entry-types.ts'
export * from './entries/lease.ts'
export * from './entries/ledger.ts'
export * from './entries/name.ts'
export * from './entries/node.ts'
export * from './entries/notarization.ts'
export * from './entries/offer.ts'
export * from './entries/proposal.ts'
export * from './entries/record-table.ts'
export * from './entries/registration.ts'
export * from './entries/stake.ts'
export * from './entries/zone-keys.ts'
export * from './events.ts'
export {
  type AssembledBlock,
  assembleBlock,
  type BlockRefusal,
  type BlockResult,
  executeBlock,
  type LedgerBlock,
  longestValidityMs,
} from './execute-block.ts'
export { type FeeStatementLine, readFeeStatement } from './fee-statement.ts'
export { genesisChanges, type LedgerGenesis, type LedgerGenesisNode } from './genesis.ts'
export * from './membership/change.ts'
export { type ChangeableParameter, changeableParameters, parameterRanges } from './membership/parameter-ranges.ts'
export { protocolVersions } from './membership/protocol.ts'
export * from './membership/queries.ts'
export { minUpgradeBlocks } from './membership/rules/upgrade.ts'
export { validatorsAfter } from './membership/validators.ts'
export { isUsableAddress } from './names/address.ts'
export { hostProblem, isBelow } from './names/host.ts'
export { hostName } from './names/host-name.ts'
export { type HostPlace, hostPlaceOf } from './names/host-place.ts'
export { ledgerNameProblem, maxNameBytes } from './names/ledger-name.ts'
export { hostKeyBytes } from './names/servers.ts'
export {
  bondOf,
  isByTerm,
  type LedgerParameters,
  paceOf,
  parametersEntry,
  parametersProblem,
  transactionFee,
  worthOf,
} from './parameters.ts'
export { checkSignatures, isPrepared, type PreparedTransaction, prepareTransaction } from './prepare.ts'
export { type PublishedHost, readPublishedHost } from './published-host.ts'
export * from './queries.ts'
export { blockEventsCodec, type Receipt, receiptCodec, receiptLeaf, receiptsRoot } from './receipt.ts'
export { continuesChain, predecessorOf, type RecordedEntry } from './record-chain.ts'
export { type NameZone, readNameZone } from './record-tables/name-zone.ts'
export { recordPageOf } from './record-tables/page-of-owner.ts'
export * from './record-tables/queries.ts'
export {
  openSealedRegistration,
  registrationSigningBytes,
  type SealedRegistration,
  type SealPlace,
  sealedRegistrationCodec,
  sealRegistration,
  sealSecretContext,
  type UnsignedRegistration,
} from './registration/sealed-registration.ts'
export { mostPower, powerOfStake } from './stake/power.ts'
export type { Offence } from './stake/punish.ts'
export { stateKeys } from './state-keys.ts'
export type { Change, StateView } from './state-view.ts'
export { type Touched, touchedByEvent, touchedByTransaction } from './touched.ts'
export { longestAgreementMs } from './trade/agreement-expiry.ts'
export { type NameTransfer, nameTransferCodec, nameTransferSigningBytes } from './trade/name-transfer.ts'
export { isOpen as isOfferOpen } from './trade/offers.ts'
export { type OffersView, readOffers } from './trade/queries.ts'
export * from './transaction.ts'
export { unitsPerCertificate } from './units.ts'
export { type ActiveZoneKeys, activeZoneKeys, readZoneKeys } from './zone-keys/queries.ts'
export { longestZoneSignatureSeconds } from './zone-keys/signatures.ts'
export { type ZoneKeyStatement, zoneKeysBytes } from './zone-keys/statement.ts'
export { readZoneDnskey, type ZoneDnskey, zoneDnskeyRdata } from './zone-keys/zone-dnskey.ts'
