import { readUint32 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { Slice } from './slice.ts'
import { emptyZone } from './zone-builder.ts'

/** A zone with the same records and signatures, in memory of its own: whoever takes the first one as a whole goes on with it. */
export async function copyZone(zone: MemoryZone): Promise<MemoryZone> {
  const copy = emptyZone(zone.apex)
  const slice = new Slice()
  for (const { name, type, records } of zone.entries()) {
    if (slice.isOver()) await slice.next()
    const owner = name.slice()
    for (let start = 0; start < records.length; start = recordEnd(records, start)) {
      const rdata = records.slice(start + RECORD_FIXED_BYTES, recordEnd(records, start))
      copy.add(owner, type, readUint32(records, start + 4), rdata)
    }
  }
  return copy
}
