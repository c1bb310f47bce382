import type { VoteRecord } from '@cresset/network-consensus/interface'

/** A vote record that counts how often the disk was waited for. */
export class CountedVoteRecord implements VoteRecord {
  readonly #record: VoteRecord
  flushes = 0

  constructor(record: VoteRecord) {
    this.#record = record
  }

  read(): readonly Uint8Array[] {
    return this.#record.read()
  }

  append(record: Uint8Array): Promise<void> {
    this.flushes++
    return this.#record.append(record)
  }

  compact(records: readonly Uint8Array[]): Promise<void> {
    this.flushes++
    return this.#record.compact(records)
  }
}
