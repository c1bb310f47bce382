/** What was answered to signed messages a short while ago: one that comes again, lost or recorded, changes nothing a second time. */
export class UpdateReplays<Answer> {
  readonly #windowMs: number
  readonly #maxKept: number
  /** In the order in which they came. */
  readonly #answers = new Map<string, { readonly untilMs: number; readonly answer: Answer }>()

  /** `windowMs`: for so long a signature is good. */
  constructor(windowMs: number, maxKept: number) {
    this.#windowMs = windowMs
    this.#maxKept = maxKept
  }

  /** The answer to a message with this MAC; undefined when it is a new one. */
  find(mac: Uint8Array, nowMs: number): Answer | undefined {
    this.#forget(nowMs)
    return this.#answers.get(keyOf(mac))?.answer
  }

  /** Whether one more can be remembered; one that cannot must not be carried out. */
  hasRoom(nowMs: number): boolean {
    this.#forget(nowMs)
    return this.#answers.size < this.#maxKept
  }

  keep(mac: Uint8Array, answer: Answer, nowMs: number): void {
    this.#answers.set(keyOf(mac), { untilMs: nowMs + this.#windowMs, answer })
  }

  #forget(nowMs: number): void {
    for (const [key, { untilMs }] of this.#answers) {
      if (untilMs > nowMs) return
      this.#answers.delete(key)
    }
  }
}

const keyOf = (mac: Uint8Array): string => Buffer.from(mac).toString('latin1')
