import { createReadStream } from 'node:fs'
import { UsageError } from './exit-codes.ts'
import { cannotRead } from './file-problem.ts'

/**
 * A whole file of at most `maxBytes`: most come from other people, and one that is longer, or a device without an end, is refused
 * after that many bytes. Pipes can be read.
 * @throws UsageError
 */
export async function readBoundedFile(path: string, maxBytes: number, what = path): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    // `end` is the place of the last byte: one more than is allowed tells that there is more.
    for await (const part of createReadStream(path, { end: maxBytes }) as AsyncIterable<Buffer>) {
      parts.push(part)
      length += part.length
    }
  } catch (error) {
    cannotRead(what)(error as NodeJS.ErrnoException)
  }
  if (length > maxBytes) throw new UsageError(`${what} is too long: it may have at most ${maxBytes} bytes`)
  return Buffer.concat(parts)
}

const maxTextBytes = 1_048_576

/** Text of a file that people send each other. @throws UsageError */
export async function readSmallFile(path: string): Promise<string> {
  return (await readBoundedFile(path, maxTextBytes)).toString('utf8')
}
