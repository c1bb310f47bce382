import { type Decoded, list, uint32, uint53, versioned } from '@cresset/core-codec'
import { signingBytes } from '@cresset/core-crypto'
import { dnskeyCodec, zoneCodec, zoneKeyLimits } from '../entries/zone-keys.ts'

/** The DNSKEY records of a zone, as one who publishes them gives them. */
export const zoneKeySetFields = {
  zone: zoneCodec,
  ttlSeconds: uint32,
  /** RDATA of the DNSKEY records. */
  keys: list(dnskeyCodec, { minItems: 1, maxItems: zoneKeyLimits.keys }),
}

const statement = versioned(1, { ...zoneKeySetFields, revision: uint53 })

/** `revision`: one more than that of the zone's set before, 1 for the first. */
export type ZoneKeyStatement = Decoded<typeof statement>

/** What an anchor signs to put other keys in the place of a zone's: an old set cannot be shown again by somebody else. */
export function zoneKeysBytes(chainId: string, keys: ZoneKeyStatement): Uint8Array {
  return signingBytes('zone-keys', chainId, statement.encode(keys))
}
