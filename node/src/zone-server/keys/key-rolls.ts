import type { ZoneLoad } from '@cresset/dns-server'
import type { ZoneKeyFolder } from './zone-key-folder.ts'

export interface KeyRollsOptions {
  readonly keys: ZoneKeyFolder
  /** Signs one zone by its keys as they are now, behind the work that is under way. */
  resign(apex: Uint8Array): Promise<readonly ZoneLoad[]>
  /** Looks at what secondaries have. */
  look?(): Promise<void>
  /** Told of what became of zones. */
  readonly tell: (loads: readonly ZoneLoad[]) => void
}

/** A zone that is frozen, or could not be signed, is tried again after this time. */
const RETRY_MS = 60_000
/** No timer counts longer than 24 days, and clocks are set. */
const LONGEST_WAIT_MS = 3_600_000

/** Has zones signed again when it is a key's time. */
export class KeyRolls {
  readonly #options: KeyRollsOptions
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #isStepping = false

  constructor(options: KeyRollsOptions) {
    this.#options = options
  }

  /** To be called when the life of a key went on. */
  wake(): void {
    if (!this.#isStepping) this.#wait(this.#dueInMs())
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #wait(ms: number | undefined): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || ms === undefined) return
    this.#timer = setTimeout(() => void this.#step(), Math.min(Math.max(ms, 0), LONGEST_WAIT_MS))
  }

  async #step(): Promise<void> {
    this.#isStepping = true
    let due: Uint8Array[] = []
    try {
      await this.#options.look?.()
      due = this.#due()
      for (const apex of due) {
        if (this.#isClosed) return
        // A zone that is frozen would be told of each minute.
        const loads = (await this.#options.resign(apex)).filter(({ outcome }) => outcome !== 'frozen')
        if (loads.length > 0) this.#options.tell(loads)
      }
    } finally {
      this.#isStepping = false
    }
    const isStuck = this.#due().some((apex) => due.includes(apex))
    this.#wait(isStuck ? RETRY_MS : this.#dueInMs())
  }

  #due(): Uint8Array[] {
    const nowMs = Date.now()
    return this.#options.keys.events().flatMap(({ apex, atMs, waitsFor }) => {
      const isDue = atMs !== undefined && atMs <= nowMs && waitsFor === undefined
      return isDue ? [apex] : []
    })
  }

  #dueInMs(): number | undefined {
    const nowMs = Date.now()
    const waits = this.#options.keys.events().flatMap(({ atMs, waitsFor }) => {
      if (atMs === undefined) return []
      return waitsFor === undefined ? atMs - nowMs : RETRY_MS
    })
    return waits.length === 0 ? undefined : Math.min(...waits)
  }
}
