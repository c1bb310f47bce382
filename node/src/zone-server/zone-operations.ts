import type { ZoneFiles, ZoneLoad, ZoneStatus } from '@cresset/dns-server'
import type { ServedZones, ZoneFileWork } from './served-zone.ts'

/** Signatures hold three days: two days are left when they are made again. */
const RESIGN_MS = 86_400_000
/** Until it is tried again, when a zone could not be signed. */
const RETRY_MS = 3_600_000

/** Which zones there are. */
export interface ZoneLists {
  /** Gives the zones the list as it is now. Rejects with StartError when it is none. */
  read(): Promise<void>
  /** Tells others which zones are served; gives what did not work. */
  publish(): Promise<readonly ZoneLoad[]>
}

/** What is done with zones while they are served. One work at a time: the second of two must not put an older zone in the place of a newer. */
export class ZoneOperations implements ServedZones, ZoneFileWork {
  readonly #zones: ZoneFiles
  readonly #onLoads: (loads: readonly ZoneLoad[]) => void
  readonly #lists: ZoneLists
  #isClosed = false
  /** Ends the wait for the next signing. */
  #wake: () => void = () => undefined
  #last: Promise<unknown> = Promise.resolve()
  #nextSigningMs: number | undefined

  /** `onLoads` is told of what became of zones, whoever asked for it. */
  constructor(zones: ZoneFiles, onLoads: (loads: readonly ZoneLoad[]) => void, lists: ZoneLists) {
    this.#zones = zones
    this.#onLoads = onLoads
    this.#lists = lists
  }

  /** When zones are signed again, since 1970; undefined when they are not signed here. */
  get nextSigningMs(): number | undefined {
    return this.#nextSigningMs
  }

  status(): readonly ZoneStatus[] {
    return this.#zones.status()
  }

  /** Reads the list of zones and the files that changed. Rejects with StartError, and changes nothing, when the list is none. */
  reload(): Promise<readonly ZoneLoad[]> {
    return this.#after(async () => {
      await this.#lists.read()
      return [...(await this.#zones.load()), ...(await this.#lists.publish())]
    })
  }

  /** Reads the file of one zone, if it changed; none when there is no such zone. */
  reloadOne(apex: Uint8Array): Promise<readonly ZoneLoad[]> {
    return this.#after(async () => {
      const load = await this.#zones.loadOne(apex)
      return load === undefined ? [] : [load]
    })
  }

  /** Leaves a zone as it is, behind the work that is under way. False when there is no such zone. */
  async freeze(apex: Uint8Array): Promise<boolean> {
    let isFrozen = false
    await this.#after(async () => {
      isFrozen = this.#zones.freeze(apex)
      return []
    })
    return isFrozen
  }

  /** Does what was due meanwhile; none when there is no such zone. */
  thaw(apex: Uint8Array): Promise<readonly ZoneLoad[]> {
    return this.#after(async () => {
      const load = await this.#zones.thaw(apex)
      return load === undefined ? [] : [load]
    })
  }

  /** Signs all zones again each day, until it is closed; `tell` hears of each time. */
  async signDaily(tell: (loads: readonly ZoneLoad[]) => void): Promise<void> {
    for (let waitMs = RESIGN_MS; ; ) {
      this.#nextSigningMs = Date.now() + waitMs
      await this.#wait(waitMs)
      if (this.#isClosed) return
      const loads = await this.#after(() => this.#zones.resign())
      tell(loads)
      waitMs = loads.some(({ outcome }) => outcome === 'kept') ? RETRY_MS : RESIGN_MS
    }
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isClosed) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }

  #after(work: () => Promise<readonly ZoneLoad[]>): Promise<readonly ZoneLoad[]> {
    // What went wrong with an earlier one was told to who asked for it.
    const loads = this.#last.then(work, work).then((loads) => {
      this.#onLoads(loads)
      return loads
    })
    this.#last = loads
    return loads
  }
}
