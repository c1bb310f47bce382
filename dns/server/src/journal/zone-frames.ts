import { RecordType, readUint32 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, rdatasOf, recordEnd, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { emptyZone } from '../zone-file/zone-builder.ts'
import { applyDifference, DifferenceMismatch } from './apply-difference.ts'
import type { JournalFrame } from './journal-frames.ts'
import { arePackedEntries, EntryPacker, isSoaRecord, packedEntries } from './packed-entries.ts'
import {
  readStoredChange,
  readStoredState,
  type StoredChange,
  type StoredState,
  writeStoredChange,
} from './stored-change.ts'
import type { ZoneDifference } from './zone-difference.ts'

export interface RestoredZone {
  readonly zone: MemoryZone
  readonly state: StoredState
  /** What led to it, in its order, as far back as it is known. */
  readonly differences: readonly ZoneDifference[]
}

/** In their order: history and entries are there as often as needed, changes and states follow as they happen. */
export const FRAME = { state: 1, history: 2, entries: 3, complete: 4, change: 5, newState: 6 } as const
/** Queries wait while as much is put together. */
const CHUNK_BYTES = 2 ** 18

/** A version, and the differences that led to it. */
export function* framesOf(
  zone: MemoryZone,
  history: readonly ZoneDifference[],
  state: StoredState,
): Generator<JournalFrame> {
  yield { kind: FRAME.state, payload: Buffer.from(JSON.stringify(state)) }
  for (const difference of history) yield { kind: FRAME.history, payload: writeStoredChange({ difference, state }) }
  let packer = new EntryPacker()
  for (const { name, records } of zone.entries()) {
    packer.add(name, records)
    if (packer.length < CHUNK_BYTES) continue
    yield { kind: FRAME.entries, payload: packer.finish() }
    packer = new EntryPacker()
  }
  if (packer.length > 0) yield { kind: FRAME.entries, payload: packer.finish() }
  yield { kind: FRAME.complete, payload: new Uint8Array() }
}

/** Puts a zone together from the frames of its file. */
export class ZoneRestoring {
  readonly #zone: MemoryZone
  readonly #differences: ZoneDifference[] = []
  #state: StoredState | undefined
  isComplete = false

  constructor(apex: Uint8Array) {
    this.#zone = emptyZone(apex)
  }

  /** False for a frame that does not follow those before it. */
  take({ kind, payload }: JournalFrame): boolean {
    switch (kind) {
      case FRAME.state:
        if (this.#state !== undefined) return false
        this.#state = readStoredState(payload)
        return this.#state !== undefined
      case FRAME.history: {
        const change = this.#isOpen ? readStoredChange(payload, this.#zone.apex) : undefined
        if (change !== undefined) this.#differences.push(change.difference)
        return change !== undefined
      }
      case FRAME.entries:
        return this.#isOpen && arePackedEntries(payload, this.#zone.apex) && this.#addEntries(payload)
      case FRAME.complete:
        if (!this.#isOpen) return false
        this.isComplete = true
        return true
      case FRAME.newState: {
        const state = this.isComplete ? readStoredState(payload) : undefined
        if (state !== undefined) this.#state = state
        return state !== undefined
      }
      case FRAME.change:
        return this.isComplete && this.#change(readStoredChange(payload, this.#zone.apex))
      default:
        return false
    }
  }

  get #isOpen(): boolean {
    return this.#state !== undefined && !this.isComplete
  }

  #addEntries(payload: Uint8Array): boolean {
    for (const { name, type, records } of packedEntries(payload)) {
      if (type !== RecordType.RRSIG) {
        this.#zone.put({ owner: name.slice(), type, ttl: ttlOf(records), rdatas: rdatasOf(records) })
        continue
      }
      for (let start = 0; start < records.length; start = recordEnd(records, start)) {
        const rdata = records.slice(start + RECORD_FIXED_BYTES, recordEnd(records, start))
        this.#zone.add(name.slice(), type, readUint32(records, start + 4), rdata)
      }
    }
    return true
  }

  #change(change: StoredChange | undefined): boolean {
    if (change === undefined) return false
    try {
      applyDifference(this.#zone, change.difference)
    } catch (error) {
      if (error instanceof DifferenceMismatch) return false
      throw error
    }
    this.#differences.push(change.difference)
    this.#state = change.state
    return true
  }

  result(): RestoredZone | undefined {
    const { soa } = this.#zone
    if (!this.isComplete || this.#state === undefined || soa === undefined || !isSoaRecord(soa)) return undefined
    return { zone: this.#zone, state: this.#state, differences: this.#differences }
  }
}
