/** Tells a person what happens, a line at a time, with the time that each step took. */
export class Narration {
  readonly #write: (text: string) => unknown
  readonly #color: boolean
  #step = 0

  constructor(write: (text: string) => unknown, color: boolean) {
    this.#write = write
    this.#color = color
  }

  #paint(code: number, text: string): string {
    return this.#color ? `\x1b[${code}m${text}\x1b[0m` : text
  }

  title(text: string): void {
    this.#write(`${this.#paint(1, text)}\n\n`)
  }

  line(text: string): void {
    this.#write(`     ${text}\n`)
  }

  command(text: string): void {
    this.#write(`     ${this.#paint(36, text)}\n`)
  }

  blank(): void {
    this.#write('\n')
  }

  /** Runs one step. The step's lines come under its heading, then how long it took. */
  async step<T>(heading: string, work: () => Promise<T>): Promise<T> {
    this.#step += 1
    this.#write(`${this.#paint(1, `${String(this.#step).padStart(2)}.`)}  ${heading}\n`)
    const startedMs = performance.now()
    try {
      const result = await work()
      this.#write(`     ${this.#paint(32, '✓')} ${((performance.now() - startedMs) / 1000).toFixed(2)} s\n\n`)
      return result
    } catch (error) {
      this.#write(
        `     ${this.#paint(31, '✗')} ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`,
      )
      throw error
    }
  }
}
