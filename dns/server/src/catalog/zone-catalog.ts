import { compareNames, equalNames, RecordType } from '@cresset/dns-wire'
import { differenceOf } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource } from '../transfer/transfer-source.ts'
import type { ZoneSource } from '../zone-source.ts'
import { catalogZone } from './catalog-zone.ts'

/** The catalog of the zones that a server has, for secondaries that set themselves up by it (RFC 9432). */
export class ZoneCatalog implements TransferSource {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly #store = new ZoneStore()
  readonly #journal = new ZoneJournal()
  #members: readonly Uint8Array[] | undefined
  #generation = 0

  /** Throws RangeError for an apex that is too long. */
  constructor(apex: Uint8Array) {
    this.apex = apex
    catalogZone(apex, [apex], 0)
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

  /** True when it lists just these zones, by their apexes. */
  hasMembers(apexes: readonly Uint8Array[]): boolean {
    const members = [...apexes].sort(compareNames)
    const present = this.#members
    return (
      present?.length === members.length &&
      members.every((name, index) => equalNames(name, present[index] as Uint8Array))
    )
  }

  /** Puts a catalog of these zones in the place of the one before. Secondaries take it when the serial is greater than any before. */
  setMembers(apexes: readonly Uint8Array[], serial: number): void {
    const members = [...apexes].sort(compareNames)
    const old = this.zone(this.apex)
    const zone = catalogZone(this.apex, members, serial)
    const steps = old && differenceOf(old, zone)
    let step = steps?.next()
    while (steps !== undefined && step?.done === false) step = steps.next()
    this.#generation += 1
    this.#store.replace(zone, this.#generation)
    this.#journal.add(step?.done === true ? step.value : undefined)
    this.#members = members
  }

  zone(apex: Uint8Array) {
    return this.#store.zone(apex)
  }

  differences(apex: Uint8Array, serial: number) {
    return equalNames(apex, this.apex) ? this.#journal.since(serial) : undefined
  }
}
