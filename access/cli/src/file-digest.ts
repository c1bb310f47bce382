import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cannotRead } from './file-problem.ts'

/** SHA-256 of a file, read in parts. @throws UsageError when it cannot be read */
export async function digestOf(path: string): Promise<Uint8Array> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  } catch (error) {
    cannotRead(path)(error as NodeJS.ErrnoException)
  }
  return new Uint8Array(hash.digest())
}
