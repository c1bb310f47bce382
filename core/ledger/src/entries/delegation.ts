import { asciiText, bytes, type Decoded, hash32, optional, uint53 } from '@cresset/core-codec'
import { hostLimits } from '../actions.ts'
import { delegationFields } from '../delegation/delegation.ts'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const domainCertificateFields = {
  name: nameCodec,
  /** Block that set it. */
  height: uint53,
  /** DER; the name's record has its digest. */
  certificate: bytes({ minBytes: 1, maxBytes: hostLimits.certificateBytes }),
}

/** The authority of a name. */
export type DomainCertificate = Values<typeof domainCertificateFields>
export const domainCertificateEntry: EntryType<DomainCertificate> = entryType(
  'domainCertificate',
  domainCertificateFields,
)

const delegationEntryFields = {
  name: nameCodec,
  /** Relative, never empty. */
  host: asciiText({ minBytes: 1, maxBytes: 253 }),
  revision: uint53,
  /** `recordHash` of the delegation's record before; absent when it is new. */
  predecessor: optional(hash32),
  /** Block that wrote this revision. */
  height: uint53,
  ...delegationFields,
}

/** A host handed to other name servers, with everything below it. */
export type Delegation = Values<typeof delegationEntryFields>
export const delegationEntry: EntryType<Delegation> = entryType('delegation', delegationEntryFields)
