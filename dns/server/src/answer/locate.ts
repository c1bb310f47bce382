import { RecordType } from '@cresset/dns-wire'
import { NO_OWNER, type Owner, type Zone } from '../zone-source.ts'

/**
 * Where a name stands in a zone (RFC 1034 section 4.3.2 step 3).
 *
 * `exact`: `owner` has the name. `wildcard`: the name does not exist and `owner` is the wildcard that covers it (RFC 4592); the name
 * of its closest encloser starts at `offset`.
 * `cut`: the name is at or below a delegation; `owner` is the cut, and its name starts at `offset`. `redirect`: the name is below a
 * DNAME (RFC 6672) that `owner` has, whose name starts at `offset`. `absent`: none of these; `owner` is the closest encloser, whose
 * name starts at `offset`.
 */
export interface Location {
  readonly kind: 'exact' | 'wildcard' | 'cut' | 'redirect' | 'absent'
  readonly owner: Owner
  readonly offset: number
}

/** Finds the lower-case wire name at `bytes[offset]`, which is at or below the zone's apex. */
export function locate(zone: Zone, bytes: Uint8Array, offset: number): Location {
  let end = offset
  while (bytes[end] !== 0) end += 1 + (bytes[end] as number)
  const apexOffset = end + 1 - zone.apex.length
  const labelStarts: number[] = []
  for (let start = offset; start < apexOffset; start += 1 + (bytes[start] as number)) labelStarts.push(start)
  let encloser = zone.apexOwner
  let encloserOffset = apexOffset
  for (let index = labelStarts.length - 1; index >= 0; index--) {
    if (zone.rrset(encloser, RecordType.DNAME) !== undefined)
      return { kind: 'redirect', owner: encloser, offset: encloserOffset }
    const start = labelStarts[index] as number
    const owner = zone.find(bytes, start)
    if (owner === NO_OWNER) {
      const wildcard = zone.findWildcard(encloser)
      return wildcard === NO_OWNER
        ? { kind: 'absent', owner: encloser, offset: encloserOffset }
        : { kind: 'wildcard', owner: wildcard, offset: encloserOffset }
    }
    if (zone.rrset(owner, RecordType.NS) !== undefined) return { kind: 'cut', owner, offset: start }
    encloser = owner
    encloserOffset = start
  }
  return { kind: 'exact', owner: encloser, offset }
}
