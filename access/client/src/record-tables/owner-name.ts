import { equalNames, formatName } from '@cresset/dns-wire'

/** The labels of an owner above a name that it is at or below, as the ledger writes hosts: `www`, or empty for the name itself. */
export function relativeOwner(owner: Uint8Array, apex: Uint8Array): string {
  return equalNames(owner, apex) ? '' : formatName(owner).slice(0, -(formatName(apex).length + 1))
}
