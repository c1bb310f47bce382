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
  /** Entries of each kind that belongs to blocks. */
  readonly history: ReadonlyMap<string, number>
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

/** As for the state: what the kept blocks hold differs by the phase of the load in which they were made. */
const historyTolerance = 0.1
const historySlackEntries = 16
/** Pages that a commit frees are used again by later ones, in other sizes. */
const fileTolerance = 0.05
const fileSlackBytes = 2 ** 19
/**
 * An entry that is kept for good while its neighbours are pruned has a page to itself, because LMDB joins pages only when they are less than
 * a quarter full, and one of half a page has further ones.
 */
export const renewalFileBytes = 2 * 4_096

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
  const renewals = topUpsUntil(end) - topUpsUntil(begin)
  const meantBytes = (bytesOfRenewal: number): number =>
    (blocks / feeEveryBlocks) * feeRowBytes + renewals * bytesOfRenewal
  const compareBy = (what: string, read: (sample: Sample) => number, slack: (first: number) => number): void => {
    const early = Math.max(...first.map(read))
    const late = Math.max(...last.map(read))
    const most = early + slack(early)
    assert(late <= most, `${what} grew from ${early} to ${late} in ${blocks} blocks, more than to ${Math.round(most)}`)
  }
  const compare = (what: Exclude<keyof Sample, 'history'>, slackBytes: (firstBytes: number) => number): void =>
    compareBy(what, (sample) => sample[what], slackBytes)
  compare('stateBytes', (early) => early * stateTolerance + meantBytes(renewalBytes))
  compare('heapBytes', () => heapSlackBytes)
  compare('bufferBytes', () => bufferSlackBytes)
  compare('fileBytes', (early) => early * fileTolerance + fileSlackBytes + meantBytes(renewalFileBytes))
  for (const kind of (last.at(-1) as Sample).history.keys()) {
    const entries = ({ history }: Sample): number => history.get(kind) ?? 0
    compareBy(`entries of ${kind}`, entries, (early) => early * historyTolerance + historySlackEntries)
  }
}
