import assert from 'node:assert/strict'
import { feeEveryBlocks, topUpsUntil } from './steady-load.ts'

export interface Sample {
  readonly height: number
  /** Keys and values of everything that is not history. */
  readonly stateBytes: number
  /** JavaScript objects after a collection. */
  readonly heapBytes: number
  readonly bufferBytes: number
  readonly fileBytes: number
}

/**
 * Names of the steady load differ in what they hold, and a sample meets them in any phase: what is left of that in the greatest of many
 * samples is far below this.
 */
const stateTolerance = 0.1
/** The ledger keeps a row a fee block for 400 days of ledger time, which is longer than any run. Three integers and its part of a page. */
const feeRowBytes = 32
/** A renewal is kept for good: its entry, and with it the way from the root, which the tree wrote as one record with it. */
const renewalBytes = 1_500
/** Code that gets hot and is compiled again, and the lists that V8 itself grows. */
const heapSlackBytes = 8 * 2 ** 20
/** The state tree moves its branches together when this much of applied updates is loose (`MAX_LOOSE_BYTES`). */
const bufferSlackBytes = 32 * 2 ** 20

/** Compares the greatest samples of the last quarter after the warm-up with those of its first quarter. */
export function assertPlateau(samples: readonly Sample[], warmUpBlocks: number): void {
  const steady = samples.filter(({ height }) => height > warmUpBlocks)
  const quarter = Math.floor(steady.length / 4)
  assert(quarter >= 3, `only ${steady.length} samples after the warm-up of ${warmUpBlocks} blocks`)
  const first = steady.slice(0, quarter)
  const last = steady.slice(-quarter)
  const begin = (first[0] as Sample).height
  const end = (last.at(-1) as Sample).height
  const blocks = end - begin
  const meantBytes = (blocks / feeEveryBlocks) * feeRowBytes + (topUpsUntil(end) - topUpsUntil(begin)) * renewalBytes
  const compare = (what: keyof Sample, slackBytes: (firstBytes: number) => number): void => {
    const early = Math.max(...first.map((sample) => sample[what]))
    const late = Math.max(...last.map((sample) => sample[what]))
    const most = early + slackBytes(early)
    assert(late <= most, `${what} grew from ${early} to ${late} in ${blocks} blocks, more than to ${Math.round(most)}`)
  }
  compare('stateBytes', (early) => early * stateTolerance + meantBytes)
  compare('heapBytes', () => heapSlackBytes)
  compare('bufferBytes', () => bufferSlackBytes)
}
