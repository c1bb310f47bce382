import { utf8 } from '@cresset/core-codec'
import { taggedHash } from '@cresset/core-crypto'

/** The page that an owner's records stand in: the first `bits` bits (0 to 8) of a hash, so that pages fill evenly whatever the names. */
export function recordPageOf(owner: string, bits: number): number {
  const [first] = taggedHash('cresset/record-page/v1', utf8(owner))
  return (first as number) >> (8 - bits)
}
