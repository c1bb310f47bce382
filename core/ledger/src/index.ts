export * from './actions.ts'
export { admissionWindow, admit } from './admission.ts'
export * from './codes.ts'
export { type Account, accountEntry } from './entries/account.ts'
export { type EntryKind, type EntryType, entryKinds } from './entries/entry-type.ts'
export * from './entries/ledger.ts'
export * from './events.ts'
export {
  type BlockRefusal,
  type BlockResult,
  executeBlock,
  type LedgerBlock,
  longestValidityMs,
} from './execute-block.ts'
export { genesisChanges, type LedgerGenesis, type LedgerGenesisNode } from './genesis.ts'
export { bondOf, type LedgerParameters, parametersEntry, parametersProblem, transactionFee } from './parameters.ts'
export { checkSignatures, isPrepared, type PreparedTransaction, prepareTransaction } from './prepare.ts'
export { blockEventsCodec, type Receipt, receiptCodec, receiptLeaf, receiptsRoot } from './receipt.ts'
export { stateKeys } from './state-keys.ts'
export type { Change, StateView } from './state-view.ts'
export * from './transaction.ts'
