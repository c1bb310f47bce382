import { randomBytes } from 'node:crypto'
import { type FileHandle, link, open, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileSystemError, KeyFileError } from './key-file-error.ts'

export const SECRET_FILE_MODE = 0o600
const OTHERS = 0o077

/**
 * Writes a new file whole or not at all: to a temporary name, flushed, then linked to its own. Link, not rename, because rename
 * would replace a file that appeared meanwhile. Throws KeyFileError.
 */
export async function writeNewFile(path: string, content: string | Uint8Array, mode = SECRET_FILE_MODE): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeFlushed(temporary, content, mode)
    try {
      await link(temporary, path)
    } catch (error) {
      if (!hasNoHardLinks(error)) throw error
      await writeFlushed(path, content, mode)
    } finally {
      await unlink(temporary)
    }
    await flushFolder(folder)
  } catch (error) {
    throw fileSystemError(path, error)
  }
}

function hasNoHardLinks(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')
}

async function writeFlushed(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // The umask may have taken bits away, and never adds any.
    await file.chmod(mode)
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await unlink(path)
    throw error
  } finally {
    await file.close()
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Reads a secret of at most `maxBytes`, and refuses one that other users can read. Throws KeyFileError. */
export async function readSecretFile(path: string, { maxBytes }: { maxBytes: number }): Promise<Uint8Array> {
  return readFileWithin(path, maxBytes, true)
}

/** Reads at most `maxBytes`. The checks are made on the opened file, so that it cannot be exchanged in between. */
export async function readFileWithin(path: string, maxBytes: number, secret: boolean): Promise<Uint8Array> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    throw fileSystemError(path, error)
  }
  try {
    const { mode, size } = await file.stat().then((stat) => {
      if (!stat.isFile()) throw new KeyFileError('not-a-key-file', path, 'is not a regular file')
      return stat
    })
    if (secret && process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0')
      throw new KeyFileError(
        'permissions',
        path,
        `has mode ${octal}, other users can reach the key; run: chmod 600 ${path}`,
      )
    }
    if (size > maxBytes) throw new KeyFileError('not-a-key-file', path, `has ${size} bytes, more than any key file`)
    // The file may grow between the two calls; what is read stays within the limit.
    const content = new Uint8Array(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(content, length, content.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
      if (length > maxBytes) throw new KeyFileError('not-a-key-file', path, 'has more bytes than any key file')
    }
    const read = content.slice(0, length)
    content.fill(0)
    return read
  } catch (error) {
    throw fileSystemError(path, error)
  } finally {
    await file.close()
  }
}
