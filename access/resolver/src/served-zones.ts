import type { Genesis } from '@cresset/core-chain'
import { isAtOrBelow, lowerCaseName, parseAbsoluteName, reverseZone } from '@cresset/dns-wire'

/** A zone that the ledger decides: one of names, or one of addresses that genesis gave to an organization. */
export interface ServedZone {
  readonly text: string
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly isReverse: boolean
}

export function servedZones(genesis: Genesis): ServedZone[] {
  const reverse = genesis.addressRanges.map(({ prefix, prefixBits }) => reverseZone(prefix, prefixBits))
  return [
    ...genesis.zones.map((text) => ({ text, isReverse: false })),
    ...[...new Set(reverse)].map((text) => ({ text, isReverse: true })),
  ].map((zone) => ({ ...zone, apex: lowerCaseName(parseAbsoluteName(zone.text)) }))
}

/** The zone with the longest apex that a wire name is at or below. */
export function zoneOf(zones: readonly ServedZone[], name: Uint8Array): ServedZone | undefined {
  let found: ServedZone | undefined
  for (const zone of zones) {
    if (isAtOrBelow(name, zone.apex) && zone.apex.length > (found?.apex.length ?? 0)) found = zone
  }
  return found
}
