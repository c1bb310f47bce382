import {
  checkRdata,
  isAtOrBelow,
  isLowerCaseName,
  nameEnd,
  RecordClass,
  RecordType,
  readUint16,
  readUint32,
  writeUint32,
} from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd, ttlOf } from '../records.ts'
import { MAX_RRSET_BYTES, type ZoneEntry } from '../store/memory-zone.ts'

const LENGTH_BYTES = 4
const FIRST_BYTES = 256
const CLASS_OFFSET = 2
/** RFC 4034 section 3.1: what stands before the signer's name. */
const RRSIG_HEAD_BYTES = 18

/** Entries one after another in one piece of memory: owner's name, length of the records, records. An object for each would take several times as much. */
export class EntryPacker {
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(name: Uint8Array, records: Uint8Array): void {
    const start = this.#length
    const end = start + packedBytes(name, records)
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#bytes.set(name, start)
    writeUint32(this.#bytes, start + name.length, records.length)
    this.#bytes.set(records, start + name.length + LENGTH_BYTES)
    this.#length = end
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#length = 0
  }
}

/** Bytes of one entry. */
export function packedBytes(name: Uint8Array, records: Uint8Array): number {
  return name.length + LENGTH_BYTES + records.length
}

/** Views of what was packed. */
export function* packedEntries(bytes: Uint8Array): Generator<ZoneEntry> {
  for (let start = 0; start < bytes.length; ) {
    const nameStop = nameEnd(bytes, start)
    const recordsStart = nameStop + LENGTH_BYTES
    const end = recordsStart + readUint32(bytes, nameStop)
    const records = bytes.subarray(recordsStart, end)
    yield { name: bytes.subarray(start, nameStop), type: readUint16(records, 0), records }
    start = end
  }
}

/** True when the bytes are entries of the zone as `packedEntries` takes them: of what comes from a disk nothing is believed. */
export function arePackedEntries(bytes: Uint8Array, apex: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; ) {
    const nameStop = nameEnd(bytes, start)
    const recordsStart = nameStop + LENGTH_BYTES
    if (nameStop < 0 || recordsStart > bytes.length) return false
    const name = bytes.subarray(start, nameStop)
    const end = recordsStart + readUint32(bytes, nameStop)
    if (end > bytes.length || !isLowerCaseName(name) || !isAtOrBelow(name, apex)) return false
    if (!areAlike(bytes.subarray(recordsStart, end))) return false
    start = end
  }
  return true
}

/** True for the records of one RRset, or signatures over one, in the form of `records.ts`. */
function areAlike(records: Uint8Array): boolean {
  if (records.length < RECORD_FIXED_BYTES || records.length > MAX_RRSET_BYTES) return false
  const type = readUint16(records, 0)
  let covered: number | undefined
  let at = 0
  while (at + RECORD_FIXED_BYTES <= records.length) {
    const end = recordEnd(records, at)
    if (readUint16(records, at) !== type || readUint16(records, at + CLASS_OFFSET) !== RecordClass.IN) return false
    if (end > records.length || ttlOf(records.subarray(at)) !== ttlOf(records)) return false
    if (type === RecordType.RRSIG) {
      const rdata = records.subarray(at + RECORD_FIXED_BYTES, end)
      if (rdata.length < RRSIG_HEAD_BYTES) return false
      covered ??= readUint16(rdata, 0)
      if (readUint16(rdata, 0) !== covered) return false
    }
    at = end
  }
  return at === records.length
}

/** True for one SOA record that is well-formed. */
export function isSoaRecord(record: Uint8Array): boolean {
  if (!areAlike(record) || readUint16(record, 0) !== RecordType.SOA || recordEnd(record, 0) !== record.length)
    return false
  const fault = checkRdata(RecordType.SOA, record.subarray(RECORD_FIXED_BYTES))
  return fault === undefined || fault === 'rdata-name-case'
}
