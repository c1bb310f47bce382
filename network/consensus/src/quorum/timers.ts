import type { Clock } from '../interface/index.ts'

/** Timers by name: one that is set again counts from then on. */
export class Timers<Name extends string> {
  readonly #clock: Pick<Clock, 'after'>
  readonly #cancels = new Map<Name, () => void>()

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  set(name: Name, delayMs: number, run: () => void): void {
    this.#cancels.get(name)?.()
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(name)
      run()
    })
    this.#cancels.set(name, cancel)
  }

  cancelAll(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
