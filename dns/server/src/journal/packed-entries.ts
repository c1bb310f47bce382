import { nameEnd, readUint16, readUint32, writeUint32 } from '@cresset/dns-wire'
import type { ZoneEntry } from '../store/memory-zone.ts'

const LENGTH_BYTES = 4
const FIRST_BYTES = 256

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
