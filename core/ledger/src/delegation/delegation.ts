import { certificateLimits } from '@cresset/core-certificates'
import { asciiText, bytes, type Decoded, list, optional, struct, uint32 } from '@cresset/core-codec'
import { publicKeyCodec } from '@cresset/core-crypto'

/** Bounds of a delegation: a referral with all its addresses fits a message over UDP in the common case, and over TCP in any. */
export const delegationLimits = {
  perName: 16,
  servers: 8,
  addressesPerServer: 4,
  signers: 8,
  /** Key tag, algorithm, digest type, and a digest of at most 48 bytes (RFC 6605); larger ones are not in use. */
  signerBytes: 64,
} as const

export const nameServerCodec = struct({
  /** Full name, without a final dot. */
  name: asciiText({ maxBytes: 300 }),
  /** Glue: for a server at or below the delegated place, and for no other. 4 or 16 bytes each. */
  addresses: list(bytes({ minBytes: 4, maxBytes: 16 }), { maxItems: delegationLimits.addressesPerServer }),
})
export type NameServer = Decoded<typeof nameServerCodec>

/** What a delegation consists of, in the transaction and in the state alike. */
export const delegationFields = {
  ttlSeconds: optional(uint32),
  servers: list(nameServerCodec, { minItems: 1, maxItems: delegationLimits.servers }),
  /** RDATA of DS records; none: the delegated zone is not signed. */
  signers: list(bytes({ maxBytes: delegationLimits.signerBytes }), { maxItems: delegationLimits.signers }),
  /** Who may change what is in the delegated zone. */
  updateKey: optional(publicKeyCodec),
  /** DER of the delegated zone's authority, issued by the name's domain certificate. */
  certificate: optional(bytes({ minBytes: 1, maxBytes: certificateLimits.bytes })),
}

const delegationCodec = struct(delegationFields)
export type DelegationContent = Decoded<typeof delegationCodec>
