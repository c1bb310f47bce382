import { reverseZone } from '@cresset/dns-wire'
import type { BlockContext } from '../block-context.ts'
import { addressRangesEntry } from '../entries/address.ts'
import { stateKeys } from '../state-keys.ts'

/** Whether the ledger answers for a zone: one of genesis, or the reverse zone of an address range. */
export function isLedgerZone({ state, zones }: Pick<BlockContext, 'state' | 'zones'>, zone: string): boolean {
  if (zones.zones.includes(zone)) return true
  const ranges = state.get(addressRangesEntry, stateKeys.addressRanges)?.ranges ?? []
  return ranges.some(({ prefix, prefixBits }) => reverseZone(prefix, prefixBits) === zone)
}
