import { UsageError } from './exit-codes.ts'

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EEXIST: 'it is there already',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EISDIR: 'it is a folder',
  ENOTDIR: 'its path goes through a file that is no folder',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'no space is left for this user',
  EROFS: 'the disk may only be read',
  ENAMETOOLONG: 'its name is too long',
}

/** Why a call of the file system failed, in words. */
export const fileProblem = ({ code = '', message }: NodeJS.ErrnoException): string =>
  words[code] ?? (code === '' ? message : code)

/** For `.catch`: a file that cannot be read is a wrong argument. */
export function cannotRead(what: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new UsageError(`cannot read ${what}: ${fileProblem(error)}`, { cause: error })
  }
}

/** For `.catch`: nothing is overwritten, and what was to be written must have a place. */
export function cannotMake(path: string, remedy = 'choose another file'): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const isThere = error.code === 'EEXIST'
    throw new UsageError(isThere ? `${path} exists; ${remedy}` : `cannot write ${path}: ${makingProblem(error)}`, {
      cause: error,
    })
  }
}

const makingProblem = (error: NodeJS.ErrnoException): string =>
  error.code === 'ENOENT' ? 'there is no such folder' : fileProblem(error)

/** A failed call of the file system that no command put into words; undefined for every other error. */
export function asUsageError(error: unknown): UsageError | undefined {
  if (!(error instanceof Error)) return undefined
  const { path, syscall, code } = error as NodeJS.ErrnoException
  if (path === undefined || syscall === undefined || code === undefined) return undefined
  return new UsageError(`${path}: ${fileProblem(error)}`, { cause: error })
}
