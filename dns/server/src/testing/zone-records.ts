import { formatName, formatRdata, formatRecordType, readUint32 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd } from '../records.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'

/** Each record of the entries as one line `owner TTL TYPE RDATA`. */
export function linesOf(entries: Iterable<ZoneEntry>): string[] {
  const lines: string[] = []
  for (const { name, type, records } of entries) {
    for (let start = 0; start < records.length; start = recordEnd(records, start)) {
      const rdata = records.subarray(start + RECORD_FIXED_BYTES, recordEnd(records, start))
      const ttl = readUint32(records, start + 4)
      lines.push(`${formatName(name)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`)
    }
  }
  return lines
}
