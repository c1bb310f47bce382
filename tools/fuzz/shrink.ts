/** Makes a failing input smaller: cuts ever smaller pieces, then zeroes bytes, as long as it still fails. */
export async function shrink(
  input: Uint8Array,
  fails: (bytes: Uint8Array) => Promise<boolean>,
  maxTries = 2_000,
): Promise<Uint8Array> {
  let best = input
  let tries = 0
  const keeps = async (candidate: Uint8Array): Promise<boolean> => {
    tries++
    if (!(await fails(candidate))) return false
    best = candidate
    return true
  }
  // Not every failure repeats; what cannot be repeated cannot be made smaller.
  if (!(await keeps(input))) return input
  for (let piece = best.length >> 1; piece >= 1; piece >>= 1) {
    for (let at = 0; at + piece <= best.length && tries < maxTries; ) {
      const candidate = new Uint8Array(best.length - piece)
      candidate.set(best.subarray(0, at))
      candidate.set(best.subarray(at + piece), at)
      if (!(await keeps(candidate))) at += piece
    }
  }
  for (let at = 0; at < best.length && tries < maxTries; at++) {
    if (best[at] === 0) continue
    const candidate = Uint8Array.from(best)
    candidate[at] = 0
    await keeps(candidate)
  }
  return best
}
