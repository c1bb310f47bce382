import type { ZoneLoad } from '@cresset/dns-server'
import type { ZoneKeyFolder } from './zone-key-folder.ts'

export interface KeyRollsOptions {
  readonly keys: ZoneKeyFolder
  /** Signs one zone by its keys as they are now, behind the work that is under way. */
  resign(apex: Uint8Array): Promise<readonly ZoneLoad[]>
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
    const due = this.#due()
    try {
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
    return this.#options.keys.events().flatMap(({ apex, atMs }) => (atMs !== undefined && atMs <= nowMs ? [apex] : []))
  }

  #dueInMs(): number | undefined {
    const times = this.#options.keys.events().flatMap(({ atMs }) => atMs ?? [])
    return times.length === 0 ? undefined : Math.min(...times) - Date.now()
  }
}
