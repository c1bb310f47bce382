import type { ListedZoneKey, ZoneKeySet, ZoneKeys } from '../entries/zone-keys.ts'
import { zoneKeysEntry } from '../entries/zone-keys.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'

/** For a key to reach the resolvers that ask, besides the time for which they remember the keys before. */
const propagationMs = 60_000

/** What signs a zone; undefined for one that is not signed and shall not be. */
export function readZoneKeys(view: StateView, zone: string): ZoneKeys | undefined {
  return new StateOverlay(view).get(zoneKeysEntry, stateKeys.zoneKeys(zone))
}

export interface ActiveZoneKeys {
  /** Keys of nodes that may sign: no resolver remembers a set without them. */
  readonly keys: readonly ListedZoneKey[]
  /** Block time at which one more may; absent when all do. */
  readonly nextMs: number | undefined
}

/** Who signs a zone at a time of blocks. All may at once where nothing was signed before. */
export function activeZoneKeys({ keys, signedSinceMs, ttlSeconds }: ZoneKeySet, timeMs: number): ActiveZoneKeys {
  const ofNodes = keys.filter(({ node }) => node !== undefined)
  const fromMs = ({ sinceMs }: ListedZoneKey): number =>
    sinceMs === signedSinceMs ? sinceMs : sinceMs + ttlSeconds * 1_000 + propagationMs
  const waiting = ofNodes.map(fromMs).filter((fromTimeMs) => fromTimeMs > timeMs)
  return {
    keys: ofNodes.filter((key) => fromMs(key) <= timeMs),
    nextMs: waiting.length === 0 ? undefined : Math.min(...waiting),
  }
}
