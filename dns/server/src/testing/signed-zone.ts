import { lowerCaseName, parseAbsoluteName, readMasterFile } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneBuilder } from '../zone-file/zone-builder.ts'

/** A zone from a master file, signatures and chain included. A mistake in the text throws. */
export function zoneOf(apex: string, text: string): MemoryZone {
  const origin = lowerCaseName(parseAbsoluteName(apex))
  const builder = new ZoneBuilder(origin)
  for (const item of readMasterFile({ name: apex, text }, { origin })) {
    const remark = item.kind === 'record' ? builder.add(item) : item
    if (remark !== undefined) throw new Error(`${apex}:${remark.line}: ${remark.message}`)
  }
  return builder.zone
}
