import type { VoteRecord } from '@cresset/network-consensus/interface'

/** A vote record for nodes that keep nothing: tests. It survives as long as its owner. */
export class MemoryVoteRecord implements VoteRecord {
  #records: readonly Uint8Array[] = []

  read(): readonly Uint8Array[] {
    return this.#records
  }

  append(record: Uint8Array): Promise<void> {
    this.#records = [...this.#records, record.slice()]
    return Promise.resolve()
  }

  compact(records: readonly Uint8Array[]): Promise<void> {
    this.#records = records.map((record) => record.slice())
    return Promise.resolve()
  }
}
