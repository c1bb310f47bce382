import { RecordType } from '@cresset/dns-wire'
import { packedEntries } from '../journal/packed-entries.ts'
import type { ZoneDifference } from '../journal/zone-difference.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'
import type { TransferZone } from './transfer-source.ts'

/** RFC 5936 section 2.2: the SOA first and last. */
export function* wholeZone(zone: TransferZone, soa: ZoneEntry): Generator<ZoneEntry> {
  yield soa
  for (const entry of zone.entries()) if (entry.type !== RecordType.SOA) yield entry
  yield soa
}

/** RFC 1995 section 4: the new SOA, for each difference the old SOA with what goes and the new one with what comes, and the new SOA again. */
export function* changedRecords(soa: ZoneEntry, differences: readonly ZoneDifference[]): Generator<ZoneEntry> {
  yield soa
  for (const { fromSoa, toSoa, removed, added } of differences) {
    yield { ...soa, records: fromSoa }
    yield* packedEntries(removed)
    yield { ...soa, records: toSoa }
    yield* packedEntries(added)
  }
  yield soa
}
