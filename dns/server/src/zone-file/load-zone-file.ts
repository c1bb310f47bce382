import { basename } from 'node:path'
import {
  lowerCaseName,
  type MasterFile,
  parseAbsoluteName,
  RecordType,
  ROOT_NAME,
  readMasterFile,
  WireError,
} from '@cresset/dns-wire'
import { soaSerial } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { type FileStamp, openMasterFile, ZoneFileError } from './open-master-file.ts'
import { Slice } from './slice.ts'
import { ZoneBuilder, type ZoneRemark } from './zone-builder.ts'

export { type FileStamp, isChanged, type OpenedMasterFile, openMasterFile, ZoneFileError } from './open-master-file.ts'

export interface ZoneFileResult {
  readonly apex: Uint8Array
  /** Absent when there is an error. */
  readonly zone: MemoryZone | undefined
  readonly records: number
  /** Of the SOA; 0 without one. */
  readonly serial: number
  /** RDATA of the DS records for the zone above, of a zone that is signed here. */
  readonly signers?: readonly Uint8Array[]
  /** The file and those that it includes, as they were when they were read. */
  readonly files: readonly FileStamp[]
  /** The first `MAX_REMARKS` errors, and as many warnings. */
  readonly remarks: readonly ZoneRemark[]
  readonly errors: number
  readonly warnings: number
}

const MAX_REMARKS = 100

/**
 * Reads a master file and all that it includes from its folder. `apex` is the zone's lower-case name; without it the owner of the
 * first SOA is taken, and the file's own name completes names before the first $ORIGIN.
 * @throws ZoneFileError
 */
export async function loadZoneFile(path: string, apex?: Uint8Array): Promise<ZoneFileResult> {
  const { main, include, files } = openMasterFile(path)
  const own = apex ?? apexOf(main, include)
  const builder = new ZoneBuilder(own)
  const remarks = new Remarks()
  const slice = new Slice()
  for (const item of readMasterFile(main, { origin: own, include })) {
    if (slice.isOver()) await slice.next()
    const { file, line } = item
    if (item.kind === 'problem') remarks.add({ severity: 'error', file, line, message: item.message })
    else remarks.add(builder.add(item))
  }
  for (const remark of builder.remarks()) {
    if (slice.isOver()) await slice.next()
    remarks.add(remark)
  }
  const { zone } = builder
  const soa = zone.rrset(zone.apexOwner, RecordType.SOA)
  return {
    apex: own,
    zone: remarks.errors === 0 ? zone : undefined,
    records: builder.records,
    serial: soa === undefined ? 0 : soaSerial(soa),
    files,
    ...remarks.result,
  }
}

class Remarks {
  readonly #remarks: ZoneRemark[] = []
  errors = 0
  warnings = 0

  add(remark: ZoneRemark | undefined): void {
    if (remark === undefined) return
    const isError = remark.severity === 'error'
    const count = isError ? ++this.errors : ++this.warnings
    if (count <= MAX_REMARKS) this.#remarks.push(remark)
  }

  get result() {
    return { remarks: this.#remarks, errors: this.errors, warnings: this.warnings }
  }
}

function apexOf(main: MasterFile, include: (path: string) => MasterFile | string): Uint8Array {
  const origin = originOfFileName(main.name)
  for (const item of readMasterFile(main, { origin, include }))
    if (item.kind === 'record' && item.type === RecordType.SOA) return item.owner
  throw new ZoneFileError(`${main.name} has no SOA that can be read; name the zone with --zone`)
}

/** `db.example.org`, `example.org.zone` and `example.org` are usual for example.org. */
function originOfFileName(path: string): Uint8Array {
  const text = basename(path)
    .replace(/^db\./, '')
    .replace(/\.(zone|db|txt|signed|hosts)$/g, '')
  try {
    return lowerCaseName(parseAbsoluteName(text))
  } catch (error) {
    if (error instanceof WireError) return ROOT_NAME
    throw error
  }
}
