import { compareNames, equalNames, RecordType } from '@cresset/dns-wire'
import { differenceOf } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource } from '../transfer/transfers.ts'
import type { ZoneSource } from '../zone-source.ts'
import { catalogZone } from './catalog-zone.ts'

/** The catalog of the zones that a server has, for secondaries that set themselves up by it (RFC 9432). */
export class ZoneCatalog implements TransferSource {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly #store = new ZoneStore()
  readonly #journal = new ZoneJournal()
  readonly #firstSerial: number
  #members: readonly Uint8Array[] | undefined
  #serial = 0
  #generation = 0

  /** The serial is kept nowhere: `firstSerial` is greater than any of an earlier run, such as the time in seconds. Throws RangeError for an apex that is too long. */
  constructor(apex: Uint8Array, firstSerial: number) {
    this.apex = apex
    this.#firstSerial = firstSerial
    catalogZone(apex, [apex], firstSerial)
  }

  /** For those alone who may take zones: the catalog is no part of what the world asks for (RFC 9432 section 6). */
  get source(): ZoneSource {
    return this.#store
  }

  /** Its SOA record; undefined before the first `setMembers`. */
  get soa(): Uint8Array | undefined {
    const zone = this.zone(this.apex)
    return zone?.rrset(zone.apexOwner, RecordType.SOA)
  }

  /** Puts a catalog of these zones, by their apexes, in the place of the one before; false when it has them already. */
  setMembers(apexes: readonly Uint8Array[]): boolean {
    const members = [...apexes].sort(compareNames)
    const before = this.#members
    if (
      before?.length === members.length &&
      members.every((name, index) => equalNames(name, before[index] as Uint8Array))
    )
      return false
    const old = this.zone(this.apex)
    this.#serial = before === undefined ? this.#firstSerial : (this.#serial + 1) >>> 0
    const zone = catalogZone(this.apex, members, this.#serial)
    const steps = old && differenceOf(old, zone)
    let step = steps?.next()
    while (steps !== undefined && step?.done === false) step = steps.next()
    this.#generation += 1
    this.#store.replace(zone, this.#generation)
    this.#journal.add(step?.done === true ? step.value : undefined)
    this.#members = members
    return true
  }

  zone(apex: Uint8Array) {
    return this.#store.zone(apex)
  }

  differences(apex: Uint8Array, serial: number) {
    return equalNames(apex, this.apex) ? this.#journal.since(serial) : undefined
  }
}
