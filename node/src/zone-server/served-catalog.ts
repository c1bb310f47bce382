import { ZoneCatalog, ZoneFileError, type ZoneLoad } from '@cresset/dns-server'
import { KeyFileError, makeFolder } from '@cresset/keys'
import { ZoneSigningFolder } from './zone-signing.ts'

/** The catalog of what a server has, with a serial that rises with each change of it, also over restarts: it is kept in the folder of the keys. */
export class ServedCatalog {
  readonly zone: ZoneCatalog
  readonly #folder: string

  /** Throws RangeError for an apex that is too long. */
  constructor({ apex, folder }: { readonly apex: Uint8Array; readonly folder: string }) {
    this.zone = new ZoneCatalog(apex)
    this.#folder = folder
  }

  /** Lists the zones that are served now. Gives what became of it, when its serial cannot be kept: then the list from before goes on. */
  async list(zones: { status(): readonly { readonly apex: Uint8Array }[] }): Promise<ZoneLoad | undefined> {
    const members = zones.status().map(({ apex }) => apex)
    if (this.zone.hasMembers(members)) return undefined
    try {
      await makeFolder(this.#folder)
      // The time is greater than any serial of before, if the folder is a new one.
      const seconds = Math.floor(Date.now() / 1_000) >>> 0
      this.zone.setMembers(members, await new ZoneSigningFolder(this.#folder).serialFor(this.zone.apex, seconds))
      return undefined
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (!(error instanceof ZoneFileError) && !(error instanceof KeyFileError) && code === undefined) throw error
      const { message } = error as Error
      return { apex: this.zone.apex, path: this.#folder, outcome: 'kept', reason: message }
    }
  }
}
