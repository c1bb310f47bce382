import { equalBytes } from '@cresset/core-codec'
import {
  type AddressClaim,
  type AddressRange,
  addressClaimsEntry,
  addressRangesEntry,
  type ConfirmedHost,
} from '../entries/address.ts'
import type { HostPlace } from '../names/host-place.ts'
import { type PublishedHost, readPublishedHost } from '../published-host.ts'
import type { BlockPoint } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { addressesOf } from './address-claims.ts'
import { rangeOf } from './address-range.ts'

export interface AddressView {
  readonly address: Uint8Array
  /** The range that it lies in, and whose holder confirms hosts. */
  readonly range: AddressRange | undefined
  /** Hosts that publish the address, oldest first. Whoever has a name can claim any address. */
  readonly claims: readonly AddressClaim[]
  /** Hosts that publish it and are not among `claims`. With 0 the list is complete. */
  readonly unlisted: number
  /** Hosts that the holder of the address confirmed: what its PTR records say. */
  readonly confirmed: readonly ConfirmedHost[]
}

/** What is published at an address. Needs the address's one entry and the ranges, so that their two proofs show it complete. */
export function readAddress(view: StateView, address: Uint8Array): AddressView {
  const state = new StateOverlay(view)
  const found = state.get(addressClaimsEntry, stateKeys.addressClaims(address))
  const { claims, unlisted, confirmed } = found ?? { claims: [], unlisted: 0, confirmed: [] }
  return { address, range: rangeOf(state, address), claims, unlisted, confirmed }
}

/** Who holds which addresses. */
export function readAddressRanges(view: StateView): readonly AddressRange[] {
  return new StateOverlay(view).get(addressRangesEntry, stateKeys.addressRanges)?.ranges ?? []
}

/**
 * What a look-up by name and address together says:
 * - `match`: the host's record holds the address.
 * - `address-differs`: the host is published, at other addresses.
 * - `name-differs`: the host is not published; the address is that of others.
 * - `both-unknown`: neither is on the ledger.
 */
export const pairCodes = ['match', 'address-differs', 'name-differs', 'both-unknown'] as const
export type PairCode = (typeof pairCodes)[number]

export interface PairView {
  readonly code: PairCode
  /** Only when both halves are right. */
  readonly published: PublishedHost | undefined
}

/** Look-up by name and address: it answers with the host only if the record holds the pair. */
export function readPair(
  view: StateView,
  place: Pick<HostPlace, 'name' | 'host'>,
  address: Uint8Array,
  at: BlockPoint,
): PairView {
  const published = readPublishedHost(view, place, at)
  if (published !== undefined) {
    const isHeld = addressesOf(published.entry.servers).some((other) => equalBytes(other, address))
    return isHeld ? { code: 'match', published } : { code: 'address-differs', published: undefined }
  }
  const { claims, unlisted } = readAddress(view, address)
  return { code: claims.length + unlisted > 0 ? 'name-differs' : 'both-unknown', published: undefined }
}
