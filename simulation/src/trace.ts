import { createHash } from 'node:crypto'

/** A running digest of everything that happens: two runs of one seed must give the same. */
export class Trace {
  readonly #digest = createHash('sha256')
  readonly #now: () => number
  readonly #print: boolean
  count = 0

  constructor(now: () => number, print: boolean) {
    this.#now = now
    this.#print = print
  }

  note(what: string, ...parts: readonly (string | number | Uint8Array)[]): void {
    this.count++
    this.#digest.update(`${this.#now()} ${what}`)
    for (const part of parts) this.#digest.update(typeof part === 'object' ? part : ` ${part}`)
    if (this.#print && what !== 'frame') {
      const texts = parts.map((part) =>
        typeof part === 'object' ? Buffer.from(part).toString('hex').slice(0, 12) : part,
      )
      process.stderr.write(`${this.#now().toFixed(0).padStart(7)} ms  ${what} ${texts.join(' ')}\n`)
    }
  }

  hash(): string {
    return this.#digest.copy().digest('hex')
  }
}
