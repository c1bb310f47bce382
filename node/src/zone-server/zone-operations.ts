import { type PlanUpdate, type UpdateOutcome, ZoneFileError, type ZoneFiles, type ZoneLoad } from '@cresset/dns-server'
import { equalNames, formatName } from '@cresset/dns-wire'
import type { ZoneKeyFolder } from './keys/zone-key-folder.ts'
import type { ServedZone, ServedZones, ZoneFileWork } from './served-zone.ts'

/** Signatures hold three days: two days are left when they are made again. */
const RESIGN_MS = 86_400_000
/** Until it is tried again, when a zone could not be signed. */
const RETRY_MS = 3_600_000
/** Updates of one zone that make one version of it: each waits for all of them. */
const MAX_TOGETHER = 32

interface WaitingUpdate {
  readonly plan: PlanUpdate
  readonly resolve: (outcome: UpdateOutcome) => void
  readonly reject: (error: unknown) => void
}

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
  readonly #keys: ZoneKeyFolder | undefined
  #isClosed = false
  /** Ends the wait for the next signing. */
  #wake: () => void = () => undefined
  #last: Promise<unknown> = Promise.resolve()
  #nextSigningMs: number | undefined
  /** Not yet begun, by their zone. */
  readonly #updates = new Map<string, WaitingUpdate[]>()

  /** `onLoads` is told of what became of zones, whoever asked for it; `keys` are those of zones that are signed here. */
  constructor(
    zones: ZoneFiles,
    onLoads: (loads: readonly ZoneLoad[]) => void,
    lists: ZoneLists,
    keys?: ZoneKeyFolder | undefined,
  ) {
    this.#zones = zones
    this.#onLoads = onLoads
    this.#lists = lists
    this.#keys = keys
  }

  /** When zones are signed again, since 1970; undefined when they are not signed here. */
  get nextSigningMs(): number | undefined {
    return this.#nextSigningMs
  }

  status(): readonly ServedZone[] {
    const keys = this.#keys
    const all = this.#zones.status()
    return keys === undefined ? all : all.map((status) => ({ ...status, keyLife: keys.life(status.apex) }))
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

  /** Leaves a zone as it is, behind the work that is under way. False when there is no such zone. Rejects with ZoneFileError when its changes by updates cannot be written to its file. */
  async freeze(apex: Uint8Array): Promise<boolean> {
    let isFrozen = false
    await this.#after(async () => {
      isFrozen = await this.#zones.freeze(apex)
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

  /** Makes a key that takes the place of a zone's key, and lists it. Rejects with ZoneFileError when that cannot be. */
  rollKey(apex: Uint8Array): Promise<readonly ZoneLoad[]> {
    return this.#after(async () => {
      const status = this.#zones.status().find((zone) => equalNames(zone.apex, apex))
      const text = formatName(apex)
      if (this.#keys === undefined) throw new ZoneFileError(`${text} is not signed here: give --sign to "dns serve"`)
      if (status?.isFrozen === true) throw new ZoneFileError(`${text} is frozen: thaw it before its key is replaced`)
      await this.#keys.roll(apex)
      return this.#resignOne(apex)
    })
  }

  /** Takes a person's word that the zone above names the new key. Rejects with ZoneFileError when it is too early. */
  async confirmKey(apex: Uint8Array): Promise<void> {
    await this.#after(async () => {
      if (this.#keys === undefined) throw new ZoneFileError(`${formatName(apex)} is not signed here`)
      await this.#keys.confirm(apex)
      return []
    })
  }

  /** Signs a zone by its keys as they are now; none when there is no such zone. */
  resignOne(apex: Uint8Array): Promise<readonly ZoneLoad[]> {
    return this.#after(() => this.#resignOne(apex))
  }

  async #resignOne(apex: Uint8Array): Promise<readonly ZoneLoad[]> {
    const load = await this.#zones.resignOne(apex)
    return load === undefined ? [] : [load]
  }

  /**
   * Carries out an update behind the work that is under way, together with others of its zone that wait, which costs little more than one
   * of them alone.
   */
  async update(apex: Uint8Array, plan: PlanUpdate): Promise<UpdateOutcome> {
    return await new Promise<UpdateOutcome>((resolve, reject) => {
      const name = formatName(apex)
      const waiting = this.#updates.get(name)
      if (waiting !== undefined && waiting.length < MAX_TOGETHER) {
        waiting.push({ plan, resolve, reject })
        return
      }
      const together: WaitingUpdate[] = [{ plan, resolve, reject }]
      this.#updates.set(name, together)
      this.#after(async () => {
        // Whoever comes now is too late.
        if (this.#updates.get(name) === together) this.#updates.delete(name)
        const plans = together.map((update) => update.plan)
        const outcomes = await this.#zones.updateTogether(apex, plans)
        // What follows from it, such as messages to secondaries, need not be waited for.
        for (const [index, update] of together.entries()) update.resolve(outcomes[index] as UpdateOutcome)
        return outcomes.some(({ kind }) => kind === 'changed') ? [{ apex, path: '', outcome: 'loaded' }] : []
      }).catch((error) => {
        for (const update of together) update.reject(error)
      })
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

  /** Ends when the work under way has ended, which needs its files open. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    // What went wrong was told to who asked for it.
    await this.#last.catch(() => undefined)
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
    const loads = this.#last.then(work, work).then(async (done) => {
      const loads = [...done, ...(await this.#zones.signal())]
      this.#onLoads(loads)
      return loads
    })
    this.#last = loads
    return loads
  }
}
