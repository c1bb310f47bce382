import { asciiText, bytes, type Decoded, hash32, list, struct, text, uint, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Hosts that an address's entry lists; more are counted. */
export const maxClaimsPerAddress = 16
/** Of these, hosts of one name. */
export const maxListedHostsPerName = 2
/** PTR records of one address. */
export const maxConfirmedPerAddress = 16
export const maxAddressRanges = 256

const address = bytes({ minBytes: 4, maxBytes: 16 })
const hostText = asciiText({ maxBytes: 253 })
const confirmedHost = struct({ name: nameCodec, host: hostText })
const addressClaim = struct({ name: nameCodec, host: hostText, sinceLedgerMs: uint53 })

const claimsFields = {
  address,
  /** Hosts that publish the address, oldest first. Anybody can: they are claims. */
  claims: list(addressClaim, { maxItems: maxClaimsPerAddress }),
  /** How many more publish it and found no place. */
  unlisted: uint53,
  /** Hosts that the holder of the address's range confirmed, and that still publish it. */
  confirmed: list(confirmedHost, { maxItems: maxConfirmedPerAddress }),
}

export type ConfirmedHost = Decoded<typeof confirmedHost>
export type AddressClaim = Decoded<typeof addressClaim>
/** All there is about an address, so that one proof shows it complete. Absent when nobody publishes it. */
export type AddressClaims = Values<typeof claimsFields>
export const addressClaimsEntry: EntryType<AddressClaims> = entryType('addressClaims', claimsFields)

const addressRange = struct({
  /** 4 or 16 bytes, of which the first `prefixBits` bits count; the others are 0. */
  prefix: address,
  prefixBits: uint(128),
  organization: text({ maxBytes: 128 }),
  /** Account that confirms hosts. */
  holder: hash32,
})
const rangesFields = { ranges: list(addressRange, { minItems: 1, maxItems: maxAddressRanges }) }

export type AddressRange = Decoded<typeof addressRange>
/** Who holds which addresses, as genesis says. Absent when it gives none. */
export type AddressRanges = Values<typeof rangesFields>
export const addressRangesEntry: EntryType<AddressRanges> = entryType('addressRanges', rangesFields)
