import { createHash } from 'node:crypto'

const STAGED_BYTES = 65_536
/** A unit of UTF-16 takes at most so many bytes of UTF-8. */
const MAX_UNIT_BYTES = 3

/** A running digest of everything that happens: two runs of one seed must give the same. */
export class Trace {
  readonly #digest = createHash('sha256')
  /** What is not in the digest yet: many small parts are hashed at once. */
  readonly #staged = Buffer.alloc(STAGED_BYTES)
  #stagedBytes = 0
  readonly #now: () => number
  readonly #print: boolean
  count = 0

  constructor(now: () => number, print: boolean) {
    this.#now = now
    this.#print = print
  }

  note(what: string, ...parts: readonly (string | number | Uint8Array)[]): void {
    this.count++
    let text = `${this.#now()} ${what}`
    for (const part of parts) {
      if (typeof part !== 'object') text += ` ${part}`
      else {
        this.#addText(text)
        this.#addBytes(part)
        text = ''
      }
    }
    this.#addText(text)
    if (this.#print && what !== 'frame') {
      const texts = parts.map((part) =>
        typeof part === 'object' ? Buffer.from(part).toString('hex').slice(0, 12) : part,
      )
      process.stderr.write(`${this.#now().toFixed(0).padStart(7)} ms  ${what} ${texts.join(' ')}\n`)
    }
  }

  #addText(text: string): void {
    if (text.length * MAX_UNIT_BYTES > STAGED_BYTES - this.#stagedBytes) this.#flush()
    if (text.length * MAX_UNIT_BYTES > STAGED_BYTES) this.#digest.update(text)
    else this.#stagedBytes += this.#staged.write(text, this.#stagedBytes)
  }

  #addBytes(bytes: Uint8Array): void {
    if (bytes.length > STAGED_BYTES - this.#stagedBytes) this.#flush()
    if (bytes.length > STAGED_BYTES) this.#digest.update(bytes)
    else {
      this.#staged.set(bytes, this.#stagedBytes)
      this.#stagedBytes += bytes.length
    }
  }

  #flush(): void {
    this.#digest.update(this.#staged.subarray(0, this.#stagedBytes))
    this.#stagedBytes = 0
  }

  hash(): string {
    this.#flush()
    return this.#digest.copy().digest('hex')
  }
}
