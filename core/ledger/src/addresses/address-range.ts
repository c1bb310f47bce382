import { type AddressRange, addressRangesEntry } from '../entries/address.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/** Whether an address begins with the bits of a prefix; `prefix` has the address's length, its other bits are 0. */
export function isWithin(
  address: Uint8Array,
  { prefix, prefixBits }: Pick<AddressRange, 'prefix' | 'prefixBits'>,
): boolean {
  if (address.length !== prefix.length) return false
  for (let bit = 0; bit < prefixBits; bit += 8) {
    const shift = Math.max(0, 8 - (prefixBits - bit))
    const difference = (address[bit / 8] as number) ^ (prefix[bit / 8] as number)
    if (difference >> shift !== 0) return false
  }
  return true
}

/** The range that an address lies in; ranges do not lie within each other. */
export function rangeOf(state: Pick<StateOverlay, 'get'>, address: Uint8Array): AddressRange | undefined {
  return state.get(addressRangesEntry, stateKeys.addressRanges)?.ranges.find((range) => isWithin(address, range))
}
