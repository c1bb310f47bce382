import { readRrsig } from '@cresset/dns-wire'

/** So long before the signatures over a zone's keys run out somebody must be told: who brings them may be away for a while. */
export const ZONE_SIGNATURES_WARNING_SECONDS = 14 * 86_400

/**
 * Until when the signatures of each anchor that has made some follow on one another, in seconds since 1970; the first of these ends when
 * there are several anchors. Now, when one has none that holds.
 */
export function signedAheadUntil(signatures: readonly Uint8Array[], nowSeconds: number): number | undefined {
  // RFC 4034 section 3.1.5: times count in a circle of 32 bits.
  const near = (seconds: number): number => nowSeconds + ((seconds - nowSeconds) | 0)
  const windows = new Map<number, { from: number; until: number }[]>()
  for (const rdata of signatures) {
    const signature = readRrsig(rdata)
    if (signature === undefined) continue
    const { keyTag, inception, expiration } = signature
    const own = windows.get(keyTag) ?? []
    own.push({ from: near(inception), until: near(expiration) })
    windows.set(keyTag, own)
  }
  const ends = [...windows.values()].map((own) => coveredUntil(own, nowSeconds))
  return ends.length === 0 ? undefined : Math.min(...ends)
}

function coveredUntil(
  windows: readonly { readonly from: number; readonly until: number }[],
  nowSeconds: number,
): number {
  let end = nowSeconds
  for (const { from, until } of [...windows].sort((a, b) => a.from - b.from))
    if (from <= end && until > end) end = until
  return end
}

/** One line for whoever operates a zone of the ledger, when the signatures over its keys run out soon or have run out; undefined while all is well. */
export function zoneSignatureProblem(
  zone: string,
  signatures: readonly Uint8Array[],
  nowSeconds: number,
): string | undefined {
  const until = signedAheadUntil(signatures, nowSeconds)
  if (until === undefined || until - nowSeconds >= ZONE_SIGNATURES_WARNING_SECONDS) return undefined
  const remedy = '"cresset zone publish" brings those that follow, and "cresset zone sign" makes more'
  if (until > nowSeconds)
    return `the signatures over the keys of ${zone} run out at ${timeText(until)}: then resolvers refuse all its names; ${remedy}`
  return `the signatures over the keys of ${zone} have run out: resolvers that validate refuse all its names; ${remedy}`
}

const timeText = (seconds: number): string =>
  new Date(seconds * 1_000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
