import type { SignatureTimes } from '../sign/times.ts'
import type { ZoneKey } from '../sign/zone-key.ts'
import type { CompactDenial } from '../zone-source.ts'

/**
 * Times change once an hour, so that a question has one answer meanwhile. A denial is old when the zone changes, and nobody keeps it for longer than the
 * SOA says: it holds for less than signatures over records do.
 */
const STEP_SECONDS = 3_600
const BACKDATED_SECONDS = 3_600
const VALID_SECONDS = 86_400

/** Compact denial by keys of this server, which sign in the threads of the process. `nowSeconds` since 1970. */
export function keyDenial(keys: readonly ZoneKey[], nowSeconds: () => number): CompactDenial {
  const keyOf = new Map(keys.map((key) => [key.tag, key]))
  return {
    keys,
    times: () => timesAt(nowSeconds()),
    sign: (requests) => Promise.all(requests.map(({ key, bytes }) => (keyOf.get(key.tag) as ZoneKey).signLater(bytes))),
  }
}

function timesAt(nowSeconds: number): SignatureTimes {
  const step = nowSeconds - (nowSeconds % STEP_SECONDS)
  return { inception: step - BACKDATED_SECONDS, expiration: step + STEP_SECONDS + VALID_SECONDS }
}
