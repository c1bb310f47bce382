import { type ZoneKeys, zoneKeysEntry } from '../entries/zone-keys.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'

/** What signs a zone; undefined for one that is not signed and shall not be. */
export function readZoneKeys(view: StateView, zone: string): ZoneKeys | undefined {
  return new StateOverlay(view).get(zoneKeysEntry, stateKeys.zoneKeys(zone))
}
