import { setTimeout as pause } from 'node:timers/promises'
import type { Unbound } from './unbound.ts'

/** Asks a resolver all the time, for what is there and for what is not, and keeps what was not answered as it should be. */
export class Asking {
  readonly failures: string[] = []
  answered = 0
  #isOver = false
  readonly #unbound: Unbound
  readonly #questions: (round: number) => Readonly<Record<string, string>>
  #done: Promise<void>

  /** `questions` are what to ask, such as `www.example.org A`, and the response codes that are expected. */
  constructor(unbound: Unbound, questions: (round: number) => Readonly<Record<string, string>>) {
    this.#unbound = unbound
    this.#questions = questions
    this.#done = this.#run()
  }

  async #run(): Promise<void> {
    for (let round = 0; !this.#isOver; round++) {
      for (const [question, expected] of Object.entries(this.#questions(round))) await this.#ask(question, expected)
      await pause(50)
    }
  }

  async #ask(question: string, expected: string): Promise<void> {
    const { rcode, isSecure } = await this.#unbound.ask(question)
    this.answered += 1
    if (rcode !== expected || !isSecure) this.failures.push(`${question}: ${rcode}${isSecure ? '' : ', not validated'}`)
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#done
  }

  /** Asks nothing while this is done. */
  async without(work: () => Promise<void>): Promise<void> {
    await this.end()
    await work()
    this.#isOver = false
    this.#done = this.#run()
  }
}
