import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AccountIndexer, type LedgerApplication } from '@cresset/network-application'
import { openLmdbStore, openMemoryStore, type Store, StoreError } from '@cresset/network-storage'
import type { Logger } from 'pino'
import type { Resources } from './resources.ts'

/** Starts the lists of accounts' transactions, beside the ledger in a file of their own that can be deleted at any time. */
export async function startAccountIndex(
  application: LedgerApplication,
  dataFolder: string | undefined,
  logger: Logger,
  resources: Resources,
): Promise<AccountIndexer> {
  const store = resources.add(
    dataFolder === undefined ? openMemoryStore() : await openOrMakeAnew(join(dataFolder, 'accounts'), logger),
  )
  return resources.add(
    new AccountIndexer({
      application,
      store,
      onProblem: (error) =>
        logger.error({ error: error.message }, "accounts' transactions are listed no more until the node is restarted"),
    }),
  )
}

/** All of it follows from the blocks, so one that cannot be read is no reason not to start. */
async function openOrMakeAnew(path: string, logger: Logger): Promise<Store> {
  try {
    return await openLmdbStore({ path })
  } catch (error) {
    const isUnreadable = error instanceof StoreError && (error.code === 'damaged' || error.code === 'unknown-format')
    if (!isUnreadable) throw error
    logger.warn({ error: error.message }, "the index of accounts' transactions is made anew")
    await rm(path, { recursive: true, force: true })
    return openLmdbStore({ path })
  }
}
