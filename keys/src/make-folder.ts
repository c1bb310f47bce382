import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder for its owner alone, with those above it, and resolves with the first that was made; undefined when it was there.
 * Not by `mkdir` with `recursive`: in a folder that is there and takes none, such as /proc, Node tries again without end.
 * Rejects with the error of the file system.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const place = resolve(path)
  const failure = await makeOne(place)
  if (failure === undefined) return place
  if (await isFolder(place)) return undefined
  const above = dirname(place)
  if (failure.code !== 'ENOENT' || (await isFolder(above))) throw failure
  const first = await makeFolder(above)
  const again = await makeOne(place)
  if (again !== undefined && !(await isFolder(place))) throw again
  return first ?? place
}

const makeOne = (place: string): Promise<NodeJS.ErrnoException | undefined> =>
  mkdir(place, { mode: 0o700 }).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  )

const isFolder = (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  )
