import type { LocalNetwork } from '../network/local-network.ts'
import { saturate } from './load.ts'
import { type Reading, read } from './reading.ts'
import type { Transfers } from './transfers.ts'

export interface FullLoadOptions {
  readonly warmUpSeconds: number
  /** Measured, after the warm-up. */
  readonly seconds: number
  /** Transfers signed beforehand for each of these seconds. */
  readonly presign: number
  /** Kept waiting in the pools. */
  readonly waiting: number
  progress(line: string): void
}

export interface FullLoad {
  readonly before: Reading
  readonly after: Reading
  /** Bytes of a signed transfer. */
  readonly bytes: number
}

const VALID_MS = 6 * 3_600_000

/** Gives a network all that it takes, and reads the validators' counters at both ends of the time that is measured. */
export async function fullLoad(
  network: LocalNetwork,
  transfers: Transfers,
  { warmUpSeconds, seconds, presign, waiting, progress }: FullLoadOptions,
): Promise<FullLoad> {
  const count = (seconds + warmUpSeconds) * presign
  progress(`signing ${count} transfers`)
  const signed = transfers.sign(count, await network.chainId(), Date.now() + VALID_MS)
  const bytes = signed[0]!.length
  progress(`full load for ${warmUpSeconds} + ${seconds} s`)
  const startMs = performance.now()
  const isOver = (afterSeconds: number): boolean => performance.now() - startMs > afterSeconds * 1_000
  const reading = new Promise<Reading>((resolve, reject) => {
    setTimeout(() => read(network).then(resolve, reject), warmUpSeconds * 1_000)
  })
  reading.catch(() => undefined)
  const taken = await saturate(network, signed, { waiting, untilMs: () => isOver(warmUpSeconds + seconds) })
  transfers.takeBack(count - taken)
  if (taken === count) throw new Error(`all ${count} transfers were used up; raise --presign`)
  return { before: await reading, after: await read(network), bytes }
}
