import { realpath } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '@cresset/keys'
import { type FolderLock, lockFolder, StoreError } from '@cresset/network-storage'
import type { Closable } from '../resources.ts'
import { StartError } from '../start-error.ts'

/** A folder that a server keeps files in, and the option that names it. */
export interface OwnFolder {
  readonly flag: string
  readonly folder: string
  readonly content: string
}

/** A server that was told to end a moment ago is waited for: a second in all. */
const ATTEMPTS = 10
const ATTEMPT_MS = 100

/**
 * Makes folders that are not there, and takes them for this process until they are closed: a second server would sign under the same
 * serials, and write between the changes of the first. @throws StartError
 */
export async function holdFolders(folders: readonly OwnFolder[]): Promise<Closable> {
  const held = new Map<string, FolderLock>()
  const close = async (): Promise<void> => {
    for (const lock of held.values()) await lock.release()
  }
  try {
    for (const one of folders) {
      await makeOwn(one)
      // Two options may name one folder.
      const place = await realpath(one.folder)
      if (!held.has(place)) held.set(place, await lockOwn(one))
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

async function makeOwn({ flag, folder, content }: OwnFolder): Promise<void> {
  await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'EEXIST' ? 'it is no folder' : `it cannot be made (${error.code})`
    throw new StartError('configuration', `${flag} ${folder}: ${problem}; name a folder for ${content}`, {
      cause: error,
    })
  })
}

async function lockOwn({ flag, folder }: OwnFolder): Promise<FolderLock> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (attempt === ATTEMPTS) throw new StartError('configuration', `${flag} ${error.message}`, { cause: error })
    }
    await pause(ATTEMPT_MS)
  }
}
