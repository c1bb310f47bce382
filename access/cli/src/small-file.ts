import { readFile, stat } from 'node:fs/promises'
import { UsageError } from './exit-codes.ts'

const maxBytes = 1_048_576

/** Text of a file that people send each other. @throws UsageError */
export async function readSmallFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > maxBytes) throw new UsageError(`${path} has ${size} bytes; what is asked for has at most ${maxBytes}`)
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof UsageError) throw error
    throw new UsageError(code === 'ENOENT' ? `there is no file ${path}` : `cannot read ${path}: ${code}`)
  }
}
