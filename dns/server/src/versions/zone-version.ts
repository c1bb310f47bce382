import { packedEntries } from '../journal/packed-entries.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'
import type { TransferZone } from '../transfer/transfer-source.ts'
import type { OwnerChunk } from './owner-versions.ts'

/** A zone as it was under one serial, whatever becomes of it: what owners have is replaced, and never changed. */
export class ZoneVersion implements TransferZone {
  readonly apex: Uint8Array
  readonly soa: Uint8Array
  readonly #owners: readonly OwnerChunk[]

  /** `owners`: what each owner has, packed. */
  constructor(apex: Uint8Array, soa: Uint8Array, owners: readonly OwnerChunk[]) {
    this.apex = apex
    this.soa = soa
    this.#owners = owners
  }

  *entries(): Generator<ZoneEntry> {
    for (const chunk of this.#owners) for (const owner of chunk) if (owner !== undefined) yield* packedEntries(owner)
  }
}
