import { asciiText, type Decoded, fixedBytes, hash32, list, optional, struct, uint53 } from '@cresset/core-codec'
import { publicKeyCodec, taggedHash, X25519_KEY_BYTES } from '@cresset/core-crypto'
import { hostFields, hostLimits } from '../actions.ts'
import { delegationLimits } from '../delegation/delegation.ts'
import { type EntryType, entryType } from './entry-type.ts'
import { certificateInformationCodec, nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

export const maxHostsPerName = 64
/** Of all its hosts together: what ending a name costs is bounded. */
export const maxAddressesPerName = 128
/** Of the records of all its hosts, each rounded up to a whole one: they end together, in one block. */
export const maxKibibytesPerName = 256
/** Of the texts of its hosts and delegations: short transactions rewrite the name's record and do not pay for its bytes. */
export const maxListedBytesPerName = 4_096
const hostText = asciiText({ maxBytes: 253 })

/** What a name is while somebody owns it. */
const registrationCodec = struct({
  primaryKey: publicKeyCodec,
  /** Block and ledger time of the grant, and the place of its seal. */
  height: uint53,
  ledgerTimeMs: uint53,
  order: uint53,
  /** Absent when there was none, or once the first `publish` has matched it. */
  certificateInformation: optional(certificateInformationCodec),
  /** Published hosts, sorted, with how many addresses each has and how long its record was when it was last changed, rounded up. */
  hosts: list(struct({ host: hostText, addresses: uint53, kibibytes: uint53 }), { maxItems: maxHostsPerName }),
  /** Hosts handed to other name servers, sorted: the ledger has nothing at or below them. */
  delegations: list(hostText, { maxItems: delegationLimits.perName }),
  /** SHA-256 of the domain certificate. */
  domainCertificate: optional(hash32),
  /** X25519, for those who send sealed things to the name. */
  encryptionKey: optional(fixedBytes(X25519_KEY_BYTES)),
})
export type Registration = Decoded<typeof registrationCodec>

/** What a name holds for its owner when nothing was said yet. */
export const emptyHoldings = {
  hosts: [],
  delegations: [],
  domainCertificate: undefined,
  encryptionKey: undefined,
} satisfies Partial<Registration>

const nameFields = {
  name: nameCodec,
  /** Counts the changes of this entry from 1, over all its owners. */
  revision: uint53,
  /** `recordHash` of the entry before; absent in the first. */
  predecessor: optional(hash32),
  /** Block that wrote this revision. */
  height: uint53,
  /** Counts the keys that have owned the name from 1, over all its registrations: an agreement that names it holds for one owner. */
  ownerships: uint53,
  /** Absent when the name was given up or has expired. */
  registration: optional(registrationCodec),
  /** From this ledger time on the name is free; 0 while it is registered. */
  freeAtLedgerMs: uint53,
}

/** A name from its first registration on, for ever: its history is a chain of hashes. */
export type NameEntry = Values<typeof nameFields>
export const nameEntry: EntryType<NameEntry> = entryType('name', nameFields)

const retiringKey = struct({ publicKey: publicKeyCodec, untilLedgerMs: uint53 })
export type RetiringKey = Decoded<typeof retiringKey>

const hostEntryFields = {
  name: nameCodec,
  /** Relative: `www`, or empty for the name itself. */
  host: hostText,
  revision: uint53,
  /** `recordHash` of the host's record before; absent when it is new. */
  predecessor: optional(hash32),
  /** Block that wrote this revision. */
  height: uint53,
  ...hostFields,
  /** Old keys that DNS shows beside those of the servers; the sweep takes them out. */
  retiringKeys: list(retiringKey, { maxItems: hostLimits.retiringKeys }),
}

/** Everything published for one host. */
export type HostEntry = Values<typeof hostEntryFields>
export const hostEntry: EntryType<HostEntry> = entryType('host', hostEntryFields)

/** By which a record names the one before it: covers its complete encoding. */
export function recordHash<T>(type: EntryType<T>, value: T): Uint8Array {
  return encodedRecordHash(type.codec.encode(value))
}

/** `recordHash` of an encoded entry. */
export function encodedRecordHash(encoded: Uint8Array): Uint8Array {
  return taggedHash('cresset/record/v1', encoded)
}
