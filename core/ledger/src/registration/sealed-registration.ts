import {
  amount,
  asciiText,
  bytes,
  type Codec,
  type Decoded,
  hash32,
  optional,
  uint53,
  versioned,
} from '@cresset/core-codec'
import { openBox, type Seal, sealBox, signatureCodec, signingBytes } from '@cresset/core-crypto'
import { certificateInformationCodec } from '../entries/registration.ts'

/** Which seal a registration is in: it cannot be used in another. */
export interface SealPlace {
  readonly chainId: string
  /** Account of the seal's first signer, and the sequence of its transaction. */
  readonly sender: Uint8Array
  readonly sequence: number
}

const registrationFields = {
  /** Only text of a name's length here; the rules for names follow when the seal is opened. */
  zone: asciiText({ maxBytes: 64 }),
  label: asciiText({ maxBytes: 64 }),
  /** Tagged. Its soundness is judged when the seal is opened. */
  primaryKey: bytes({ minBytes: 1, maxBytes: 40 }),
  certificateInformation: optional(certificateInformationCodec),
  /** In smallest units; whole quanta are taken. */
  deposit: amount,
}

const statementCodec = versioned(1, { sender: hash32, sequence: uint53, ...registrationFields })
export const sealedRegistrationCodec = versioned(1, { ...registrationFields, signature: signatureCodec })

/** What a seal hides. */
export type SealedRegistration = Decoded<typeof sealedRegistrationCodec>
export type UnsignedRegistration = Omit<SealedRegistration, 'signature'>

/** The associated data of a seal, without salt and commitment, which `sealBox` adds. */
export const sealPlaceCodec: Codec<SealPlace> = versioned(1, {
  chainId: asciiText({ maxBytes: 80 }),
  sender: hash32,
  sequence: uint53,
})

/** What the primary key signs. */
export function registrationSigningBytes(place: SealPlace, registration: UnsignedRegistration): Uint8Array {
  const { sender, sequence } = place
  const { zone, label, primaryKey, certificateInformation, deposit } = registration
  return signingBytes(
    'registration',
    place.chainId,
    statementCodec.encode({ sender, sequence, zone, label, primaryKey, certificateInformation, deposit }),
  )
}

/** Makes the body of a `seal`. `r` is 32 secret bytes, `salt` 16 public ones; see `sealSecretContext`. */
export function sealRegistration(
  place: SealPlace,
  registration: SealedRegistration,
  { r, salt }: { r: Uint8Array; salt: Uint8Array },
): Seal & { salt: Uint8Array } {
  const plaintext = sealedRegistrationCodec.encode(registration)
  return { ...sealBox({ r, salt, plaintext, associatedData: sealPlaceCodec.encode(place) }), salt }
}

/** The bytes that a seal hides, or undefined when it does not open in this place with this secret. */
export function openSealedRegistration(
  place: SealPlace,
  seal: Seal & { readonly salt: Uint8Array },
  r: Uint8Array,
): Uint8Array | undefined {
  const { salt, ciphertext, commitment } = seal
  return openBox({ r, salt, ciphertext, commitment, associatedData: sealPlaceCodec.encode(place) })
}

const secretContextCodec = versioned(1, {
  chainId: asciiText({ maxBytes: 80 }),
  sender: hash32,
  sequence: uint53,
  salt: bytes({ minBytes: 16, maxBytes: 16 }),
})

/**
 * r of a seal is HMAC-SHA-256(sender's secret key, these bytes), so that it is found again from the key and the ledger alone. A
 * token that only signs gives SHA-256 of its Ed25519 signature over them.
 */
export function sealSecretContext(place: SealPlace, salt: Uint8Array): Uint8Array {
  const { chainId, sender, sequence } = place
  return signingBytes('seal-secret', chainId, secretContextCodec.encode({ chainId, sender, sequence, salt }))
}
