import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Puts a text in the place of a file: after a crash or a loss of power there is the one from before, or this one once the promise was
 * fulfilled. One at a time for a path. Rejects with the system's error, and then all is as before.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const partial = `${path}.partial`
  try {
    await withFile(partial, 'w', mode, async (file) => {
      await file.writeFile(text)
      await file.sync()
    })
    await rename(partial, path)
    await withFile(dirname(path), 'r', mode, (folder) => folder.sync())
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  }
}

async function withFile(
  path: string,
  flags: string,
  mode: number,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, mode)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}
