import { createHash } from 'node:crypto'
import { equalNames, RecordType, readUint16 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd } from '../records.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'

/** RFC 8976 section 5.3. */
export const ZonemdHash = { SHA384: 1, SHA512: 2 } as const
export type ZonemdHash = (typeof ZonemdHash)[keyof typeof ZonemdHash]

const HASH_NAMES = { [ZonemdHash.SHA384]: 'sha384', [ZonemdHash.SHA512]: 'sha512' } as const

interface OwnerRecords {
  readonly name: Uint8Array
  readonly key: Uint8Array
  readonly records: Uint8Array[]
}

/**
 * The digest of a zone by the scheme SIMPLE (RFC 8976 section 3.3): all its records in canonical order, but for the ZONEMD at the apex and
 * the signatures over it. The zone does not change meanwhile. Yields again and again, so that the caller can give the processor back.
 */
export function* zoneDigest(zone: MemoryZone, algorithm: ZonemdHash): Generator<void, Uint8Array> {
  const owners = new Map<string, OwnerRecords>()
  for (const entry of zone.entries()) {
    yield
    if (isDigest(zone, entry)) continue
    const { name, records } = entry
    const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')
    const owner = owners.get(text) ?? { name, key: canonicalKey(name), records: [] }
    owners.set(text, owner)
    for (let start = 0; start < records.length; start = recordEnd(records, start))
      owner.records.push(records.subarray(start, recordEnd(records, start)))
  }
  const hash = createHash(HASH_NAMES[algorithm])
  for (const { name, records } of [...owners.values()].sort((a, b) => Buffer.compare(a.key, b.key))) {
    yield
    for (const record of records.sort(compareRecords)) hash.update(name).update(record)
  }
  return hash.digest()
}

/** RFC 8976 section 3.3.1.1: what the digest is over cannot hold it. */
function isDigest(zone: MemoryZone, { name, type, records }: ZoneEntry): boolean {
  const covered = type === RecordType.RRSIG ? readUint16(records, RECORD_FIXED_BYTES) : type
  return covered === RecordType.ZONEMD && equalNames(name, zone.apex)
}

/** By type, then by RDATA (RFC 8976 section 3.3.1, RFC 4034 section 6.3), which is kept in canonical form. */
function compareRecords(a: Uint8Array, b: Uint8Array): number {
  const order = readUint16(a, 0) - readUint16(b, 0)
  return order === 0 ? Buffer.compare(a.subarray(RECORD_FIXED_BYTES), b.subarray(RECORD_FIXED_BYTES)) : order
}
