interface Entry {
  readonly atMs: number
  readonly order: number
  readonly name: string
  readonly run: () => void
  cancelled: boolean
}

/** What happens when, in simulated milliseconds; ties go to what was planned first. A binary heap. */
export class Schedule {
  readonly #heap: Entry[] = []
  #order = 0
  nowMs = 0

  /** Returns a function that cancels. */
  after(delayMs: number, name: string, run: () => void): () => void {
    const entry: Entry = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, name, run, cancelled: false }
    this.#heap.push(entry)
    this.#up(this.#heap.length - 1)
    return () => {
      entry.cancelled = true
    }
  }

  /** Takes the next entry and moves the time to it; undefined when nothing is left before `untilMs`. */
  take(untilMs: number): { name: string; run: () => void } | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs)
        return undefined
      }
      this.#removeFirst()
      if (first.cancelled) continue
      this.nowMs = first.atMs
      return first
    }
  }

  #before(a: Entry, b: Entry): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  #up(start: number): void {
    const heap = this.#heap
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      const here = heap[at] as Entry
      const above = heap[parent] as Entry
      if (!this.#before(here, above)) return
      heap[at] = above
      heap[parent] = here
      at = parent
    }
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (left < heap.length && this.#before(heap[left] as Entry, heap[least] as Entry)) least = left
      if (right < heap.length && this.#before(heap[right] as Entry, heap[least] as Entry)) least = right
      if (least === at) return
      const moved = heap[at] as Entry
      heap[at] = heap[least] as Entry
      heap[least] = moved
      at = least
    }
  }
}
