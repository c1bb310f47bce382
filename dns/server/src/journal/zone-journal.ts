import { soaSerial } from '../records.ts'
import { isSerialAfter } from '../serial.ts'
import { differenceBytes, type ZoneDifference } from './zone-difference.ts'

/** A secondary that missed more than this takes the zone. */
const DEFAULT_MAX_DIFFERENCES = 100

/** The last differences of one zone, in their order, in memory: after a restart secondaries take the zone once. */
export class ZoneJournal {
  readonly #maxDifferences: number
  #differences: ZoneDifference[] = []
  #bytes = 0

  /** `maxDifferences`: how many are kept at most. Default 100. */
  constructor(maxDifferences = DEFAULT_MAX_DIFFERENCES) {
    this.#maxDifferences = maxDifferences
  }

  /** Appends the difference to the next version. Undefined: there is none, and what came before leads nowhere any more. */
  add(difference: ZoneDifference | undefined): void {
    const last = this.#differences.at(-1)
    const isNext = last === undefined || difference === undefined || isSameSoa(last.toSoa, difference.fromSoa)
    if (difference === undefined || !isNext || !isRising(difference)) this.#clear()
    // To a secondary a serial that did not rise is no change.
    if (difference === undefined || !isRising(difference)) return
    this.#differences.push(difference)
    this.#bytes += differenceBytes(difference)
    // RFC 1995 section 4: a chain that is no shorter than the zone is of no use.
    while (this.#differences.length > 0 && this.#isTooLong(difference.zoneBytes)) this.#dropOldest()
  }

  /** All differences from the version with this serial to the last one; undefined when they are not there. */
  since(serial: number): readonly ZoneDifference[] | undefined {
    const index = this.#differences.findIndex(({ fromSoa }) => soaSerial(fromSoa) === serial)
    return index < 0 ? undefined : this.#differences.slice(index)
  }

  /** All that are kept, in their order. */
  get all(): readonly ZoneDifference[] {
    return this.#differences
  }

  #isTooLong(zoneBytes: number): boolean {
    return this.#differences.length > this.#maxDifferences || this.#bytes >= zoneBytes
  }

  #dropOldest(): void {
    const oldest = this.#differences.shift()
    if (oldest !== undefined) this.#bytes -= differenceBytes(oldest)
  }

  #clear(): void {
    this.#differences = []
    this.#bytes = 0
  }
}

function isRising({ fromSoa, toSoa }: ZoneDifference): boolean {
  return isSerialAfter(soaSerial(toSoa), soaSerial(fromSoa))
}

function isSameSoa(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
