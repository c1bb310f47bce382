import { packedEntries } from '../journal/packed-entries.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'
import type { TransferZone } from '../transfer/transfer-source.ts'

/** A zone as it was under one serial, whatever becomes of it: what owners have is replaced, and never changed. */
export class ZoneVersion implements TransferZone {
  readonly apex: Uint8Array
  readonly soa: Uint8Array
  readonly #owners: readonly Uint8Array[]

  /** `owners`: what each owner has, packed. */
  constructor(apex: Uint8Array, soa: Uint8Array, owners: readonly Uint8Array[]) {
    this.apex = apex
    this.soa = soa
    this.#owners = owners
  }

  *entries(): Generator<ZoneEntry> {
    for (const owner of this.#owners) yield* packedEntries(owner)
  }
}
