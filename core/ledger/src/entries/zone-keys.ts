import { asciiText, bytes, type Decoded, hash32, list, optional, struct, uint32, uint53 } from '@cresset/core-codec'
import { publicKeyCodec } from '@cresset/core-crypto'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Bounds of what signs a zone. */
export const zoneKeyLimits = {
  /** Keys that the zone above or resolvers name. */
  anchors: 3,
  /** Anchors, also revoked ones, and keys of nodes. */
  keys: 40,
  signatures: 16,
  /** A DNSKEY of P-256. */
  dnskeyBytes: 68,
  /** An RRSIG with the longest name and 64 bytes of signature. */
  signatureBytes: 337,
} as const

/** A zone of genesis, or the reverse zone of an address range; without the last dot. */
export const zoneCodec = asciiText({ minBytes: 1, maxBytes: 253 })

export const dnskeyCodec = bytes({ minBytes: 36, maxBytes: zoneKeyLimits.dnskeyBytes })
export const zoneSignaturesCodec = list(bytes({ minBytes: 1, maxBytes: zoneKeyLimits.signatureBytes }), {
  minItems: 1,
  maxItems: zoneKeyLimits.signatures,
})

const listedKey = struct({
  /** RDATA of its DNSKEY record. */
  dnskey: dnskeyCodec,
  /** Who signs with it; absent for an anchor. */
  node: optional(hash32),
  /** Time of the block since which it is listed. */
  sinceMs: uint53,
})

const keySet = struct({
  /** Time of the block that made the zone a signed one. */
  signedSinceMs: uint53,
  ttlSeconds: uint32,
  keys: list(listedKey, { minItems: 1, maxItems: zoneKeyLimits.keys }),
  /** RDATA of the RRSIG records over the DNSKEY records, of which each holds for some time. */
  signatures: zoneSignaturesCodec,
})

const zoneKeysFields = {
  zone: zoneCodec,
  /** Block that wrote this. */
  height: uint53,
  /** How many sets of keys there were. It never goes back: what an anchor has signed for one of them lets in no other. */
  revision: uint53,
  /** Tagged keys of which one signs each change of the keys: those that a vote gave, then the anchors of the last set. */
  anchors: list(publicKeyCodec, { maxItems: zoneKeyLimits.anchors }),
  /** Absent until one of the anchors has signed it. */
  set: optional(keySet),
}

/** What signs a zone: its DNSKEY records, which all nodes serve alike (RFC 8901 section 2.1, model 1). */
export type ZoneKeys = Values<typeof zoneKeysFields>
export type ZoneKeySet = Decoded<typeof keySet>
export type ListedZoneKey = Decoded<typeof listedKey>
export const zoneKeysEntry: EntryType<ZoneKeys> = entryType('zoneKeys', zoneKeysFields)
