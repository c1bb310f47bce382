import { type FileHandle, open } from 'node:fs/promises'
import type { LineSink } from './line-batches.ts'

/** Names of clients are in it: other users need not read it. */
const MODE = 0o640

/** A file that lines are added to, and that can be moved away under it: `reopen` begins a new one in its place. */
export class LogFile implements LineSink {
  readonly #path: string
  #file: FileHandle
  /** What is done with the file goes one after the other. */
  #last: Promise<void> = Promise.resolve()

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Rejects with the system's error when the file cannot be written. */
  static async open(path: string): Promise<LogFile> {
    return new LogFile(path, await open(path, 'a', MODE))
  }

  write(text: string): Promise<void> {
    return this.#after(() => this.#file.appendFile(text, 'latin1'))
  }

  /** When it rejects, the file from before is kept. */
  reopen(): Promise<void> {
    return this.#after(async () => {
      const before = this.#file
      this.#file = await open(this.#path, 'a', MODE)
      await before.close()
    })
  }

  close(): Promise<void> {
    return this.#after(() => this.#file.close())
  }

  #after(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}
