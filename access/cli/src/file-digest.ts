import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { UsageError } from './exit-codes.ts'

/** SHA-256 of a file, read in parts. @throws UsageError when it cannot be read */
export async function digestOf(path: string): Promise<Uint8Array> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : (code ?? message)}`)
  }
  return new Uint8Array(hash.digest())
}
