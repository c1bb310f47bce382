/** How long signatures hold: an answer of before can be shown again for so long. */
const VALID_SECONDS = 3 * 86_400
/** Clocks of resolvers differ. */
const BACKDATED_SECONDS = 3_600
/** Not all at once: signatures that end together would be made together. */
const JITTER_SECONDS = 6 * 3_600
/** Signatures that end before this are made again: half of the time that they hold. */
export const FRESH_SECONDS = VALID_SECONDS / 2

/** When a signature holds, in seconds since 1970. */
export interface SignatureTimes {
  readonly inception: number
  readonly expiration: number
}

/** When a signature made now holds. `index` is any number of its place, by which neighbours end far from each other. */
export function timesOf(nowSeconds: number, index: number): SignatureTimes {
  // Spread evenly by the golden ratio.
  const jitter = Math.floor(((index * 0.618_033_988_749_895) % 1) * JITTER_SECONDS)
  return { inception: nowSeconds - BACKDATED_SECONDS, expiration: nowSeconds + VALID_SECONDS - jitter }
}
