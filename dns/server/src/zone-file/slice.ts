import { setImmediate } from 'node:timers/promises'

/** Queries are answered between two slices. */
const SLICE_MS = 8
/** Time is looked at once for so many steps. */
const STEPS_A_LOOK = 16

/** Gives the event loop back every few milliseconds. */
export class Slice {
  #startedMs = performance.now()
  #looks = 0

  isOver(): boolean {
    this.#looks += 1
    return this.#looks % STEPS_A_LOOK === 0 && performance.now() - this.#startedMs > SLICE_MS
  }

  async next(): Promise<void> {
    await setImmediate()
    this.#startedMs = performance.now()
  }
}

/** Runs steps to their end; queries are answered in between. */
export async function finishSliced<T>(steps: Generator<unknown, T>): Promise<T> {
  const slice = new Slice()
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value
    if (slice.isOver()) await slice.next()
  }
}
