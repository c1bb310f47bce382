import { bytes, CodecError, concatBytes, type Decoded, optional, uint53, utf8, versioned } from '@cresset/core-codec'
import { keysBelow, layout, MAX_KEY_BYTES, type Store, storedKey, type Write } from '@cresset/network-storage'
import { accountOfKey, placeOfKey } from './account-row.ts'

/** Rows below a height: gone up to the key, or all of them when there is none. */
const sweepCodec = versioned(1, { below: uint53, next: optional(bytes({ maxBytes: MAX_KEY_BYTES })) })

const sweepKey = storedKey(layout.meta, utf8('account-index-sweep'))
const rowsAPortion = 512
const all = keysBelow(layout.accountIndex)
const notBegun: Decoded<typeof sweepCodec> = { below: 1, next: undefined }

/**
 * Deletes rows of forgotten blocks. Keys begin with the account, so it goes through all of them, in portions that each say how far it
 * is; what an account has kept of it is passed over.
 */
export class RowSweep {
  readonly #store: Store
  #state: Decoded<typeof sweepCodec>

  constructor(store: Store) {
    this.#store = store
    this.#state = this.#read()
  }

  /** Rows of blocks below are gone, or are going. */
  get below(): number {
    return this.#state.below
  }

  get isUnderWay(): boolean {
    return this.#state.next !== undefined
  }

  /** To go on with `portion`. */
  begin(below: number): void {
    this.#state = { below, next: all.gte }
  }

  /** All rows were deleted by another: there is nothing to sweep. */
  reset(): Write {
    this.#state = notBegun
    return { key: sweepKey, value: undefined }
  }

  /** Looks at some hundred rows and deletes the old ones among them, durably. */
  async portion(): Promise<void> {
    const { below, next } = this.#state
    if (next === undefined) return
    const writes: Write[] = []
    let last: Uint8Array | undefined
    let read = 0
    for (const [key] of this.#store.range({ gte: next, lt: all.lt, limit: rowsAPortion })) {
      read += 1
      last = key
      if (placeOfKey(key).height < below) writes.push({ key, value: undefined })
    }
    const state = { below, next: read < rowsAPortion ? undefined : keyAfter(last, below) }
    await this.#store.write([...writes, { key: sweepKey, value: sweepCodec.encode(state) }])
    this.#state = state
  }

  #read(): Decoded<typeof sweepCodec> {
    const stored = this.#store.get(sweepKey)
    if (stored === undefined) return notBegun
    try {
      return sweepCodec.decode(stored)
    } catch (error) {
      // Of another release: swept anew.
      if (error instanceof CodecError) return notBegun
      throw error
    }
  }
}

/** Where the next portion begins: behind an account of which it has seen a kept row, since those behind it are newer. */
function keyAfter(last: Uint8Array | undefined, below: number): Uint8Array | undefined {
  if (last === undefined) return undefined
  if (placeOfKey(last).height < below) return concatBytes(last, Uint8Array.of(0))
  return keysBelow(layout.accountIndex, accountOfKey(last)).lt
}
