export { BlockLog, type LoggedBlock, type LoggedReceipt } from './block-log.ts'
export { type FolderLock, lockFolder } from './folder-lock.ts'
export {
  heightPart,
  heightRange,
  keysBelow,
  layout,
  type Namespace,
  readHeight,
  storedKey,
} from './layout.ts'
export { type LmdbStoreOptions, openLmdbStore } from './lmdb-store.ts'
export { openMemoryStore } from './memory-store.ts'
export * from './store.ts'
export { StoreError, type StoreErrorCode } from './store-error.ts'
export { openVoteFile, type VoteRecord } from './vote-file.ts'
export { FILE_HEADER as VOTE_FILE_HEADER, frameOf as voteFrameOf, readFrames as readVoteFrames } from './vote-frame.ts'
