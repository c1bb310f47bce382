import { amount, asciiText, type Decoded, fixedBytes, hash32, optional, struct, uint53 } from '@cresset/core-codec'
import { publicKeyCodec, SEAL_SALT_BYTES, SEALED_BYTES } from '@cresset/core-crypto'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

export const nameCodec = asciiText({ minBytes: 1, maxBytes: 64 })

/** Issuer key and SHA-256 of the certificate (DER) that the first `publish` of a name must show. */
export const certificateInformationCodec = struct({ issuerKey: publicKeyCodec, digest: hash32 })
export type CertificateInformation = Decoded<typeof certificateInformationCodec>

const sealQueueFields = {
  /** Order number of the oldest unsettled seal or claim; 0 when there is none. */
  head: uint53,
  /** Order number of the youngest; 0 when there is none. */
  tail: uint53,
  /** Order number that the next seal gets; the first one is 1. */
  nextOrder: uint53,
}

/** The seals and claims that are not settled, in the order in which the seals were made. */
export type SealQueue = Values<typeof sealQueueFields>
export const sealQueueEntry: EntryType<SealQueue> = entryType('sealQueue', sealQueueFields)

const sealPositionFields = {
  /** Order numbers of the neighbours; 0 for none. */
  previous: uint53,
  next: uint53,
  sender: hash32,
  sequence: uint53,
  /** Absent while the seal is open; then the name that it claims. */
  claimedName: optional(nameCodec),
}

export type SealPosition = Values<typeof sealPositionFields>
export const sealPositionEntry: EntryType<SealPosition> = entryType('sealPosition', sealPositionFields)

const sealFields = {
  order: uint53,
  salt: fixedBytes(SEAL_SALT_BYTES),
  commitment: hash32,
  ciphertext: fixedBytes(SEALED_BYTES),
  bond: amount,
  /** Ledger time and height of the block that holds it. */
  ledgerTimeMs: uint53,
  height: uint53,
}

/** An open seal. */
export type SealEntry = Values<typeof sealFields>
export const sealEntry: EntryType<SealEntry> = entryType('seal', sealFields)

const openSealCountFields = { count: uint53 }
export type OpenSealCount = Values<typeof openSealCountFields>
export const openSealCountEntry: EntryType<OpenSealCount> = entryType('openSealCount', openSealCountFields)

const claimFields = {
  name: nameCodec,
  order: uint53,
  /** Who made the seal, pays the deposit and gets the bond back. */
  sender: hash32,
  sequence: uint53,
  primaryKey: publicKeyCodec,
  certificateInformation: optional(certificateInformationCodec),
  depositQuanta: uint53,
  /** What `depositQuanta` cost when they left the sender. */
  deposit: amount,
  bond: amount,
}

/** The oldest revealed seal for a name, until every older seal is settled. */
export type Claim = Values<typeof claimFields>
export const claimEntry: EntryType<Claim> = entryType('claim', claimFields)
