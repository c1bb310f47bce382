import { CertificateError } from './certificate-error.ts'
import { certificateLimits } from './certificate-limits.ts'
import { DerReader } from './der-reader.ts'
import { type GeneralNames, readGeneralNames } from './general-names.ts'
import { type NameConstraints, readNameConstraints } from './name-constraints.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { contextConstructed, contextPrimitive } from './tags.ts'

/** Names of the bits of KeyUsage in their order (RFC 5280 4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsage = (typeof keyUsages)[number]

export interface BasicConstraints {
  readonly isAuthority: boolean
  /** Authorities that may stand between this one and the leaf; without limit when absent. */
  readonly pathLength: number | undefined
}

/** What certificates say beyond version 1. An absent extension is `undefined`. */
export interface Extensions {
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: readonly KeyUsage[] | undefined
  /** Dotted object identifiers. */
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly subjectAltName: GeneralNames | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  /** keyIdentifier of the AuthorityKeyIdentifier. */
  readonly authorityKeyIdentifier: Uint8Array | undefined
  /** Object identifiers of all extensions marked critical, in order. */
  readonly critical: readonly string[]
  /** Those of `critical` that this reader does not know: a verifier refuses a certificate that has any. */
  readonly unknownCritical: readonly string[]
}

/** RFC 5280 4.2, from the contents of `[3] EXPLICIT`; `undefined` reads as no extensions. */
export function readExtensions(wrapped: DerReader | undefined): Extensions {
  const values = new Map<string, Uint8Array>()
  const critical: string[] = []
  if (wrapped !== undefined) {
    const list = wrapped.sequence()
    wrapped.end()
    if (list.isAtEnd()) throw new CertificateError('certificate-extension', 'an empty list')
    while (!list.isAtEnd()) {
      const extension = list.sequence()
      const identifier = extension.objectIdentifier()
      if (extension.booleanDefaultFalse()) critical.push(identifier)
      const value = extension.octetString()
      extension.end()
      if (values.has(identifier)) throw new CertificateError('certificate-extension', `${identifier} twice`)
      if (values.size === certificateLimits.extensions) throw new CertificateError('certificate-extension', 'too many')
      values.set(identifier, value)
    }
  }
  const read = <T>(identifier: string, form: (reader: DerReader) => T): T | undefined => {
    const value = values.get(identifier)
    if (value === undefined) return undefined
    const reader = new DerReader(value)
    const result = form(reader)
    reader.end()
    return result
  }
  return {
    basicConstraints: read(objectIdentifiers.basicConstraints, readBasicConstraints),
    keyUsage: read(objectIdentifiers.keyUsage, readKeyUsage),
    extendedKeyUsage: read(objectIdentifiers.extendedKeyUsage, readExtendedKeyUsage),
    subjectAltName: read(objectIdentifiers.subjectAltName, (reader) => readGeneralNames(reader.sequence())),
    nameConstraints: read(objectIdentifiers.nameConstraints, readNameConstraints),
    subjectKeyIdentifier: read(objectIdentifiers.subjectKeyIdentifier, (reader) => reader.octetString()),
    authorityKeyIdentifier: read(objectIdentifiers.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    critical,
    unknownCritical: critical.filter((identifier) => !knownExtensions.has(identifier)),
  }
}

const knownExtensions: ReadonlySet<string> = new Set([
  objectIdentifiers.basicConstraints,
  objectIdentifiers.keyUsage,
  objectIdentifiers.extendedKeyUsage,
  objectIdentifiers.subjectAltName,
  objectIdentifiers.nameConstraints,
  objectIdentifiers.subjectKeyIdentifier,
  objectIdentifiers.authorityKeyIdentifier,
])

function readBasicConstraints(reader: DerReader): BasicConstraints {
  const fields = reader.sequence()
  const isAuthority = fields.booleanDefaultFalse()
  const pathLength = fields.isAtEnd() ? undefined : fields.smallInteger(0xff)
  fields.end()
  // RFC 5280 4.2.1.9: a path length needs CA:TRUE.
  if (pathLength !== undefined && !isAuthority) {
    throw new CertificateError('certificate-extension', 'a path length without authority')
  }
  return { isAuthority, pathLength }
}

function readKeyUsage(reader: DerReader): KeyUsage[] {
  const { unusedBits, bytes } = reader.bitString()
  const bitCount = bytes.length * 8 - unusedBits
  const isSet = (bit: number): boolean => ((bytes[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0
  // X.690 11.2.2: a named bit list ends with a bit that is set; RFC 5280 4.2.1.3: at least one is.
  if (bitCount === 0 || bitCount > keyUsages.length || !isSet(bitCount - 1)) {
    throw new CertificateError('certificate-extension', 'key usage bits')
  }
  return keyUsages.filter((_, bit) => bit < bitCount && isSet(bit))
}

function readExtendedKeyUsage(reader: DerReader): string[] {
  const list = reader.sequence()
  const purposes: string[] = []
  while (!list.isAtEnd()) purposes.push(list.objectIdentifier())
  if (purposes.length === 0) throw new CertificateError('certificate-extension', 'no purpose')
  return purposes
}

function readAuthorityKeyIdentifier(reader: DerReader): Uint8Array | undefined {
  const fields = reader.sequence()
  const keyIdentifier = fields.nextTag() === contextPrimitive(0) ? fields.primitive(contextPrimitive(0)) : undefined
  // authorityCertIssuer [1] and authorityCertSerialNumber [2] come together or not at all.
  if (fields.nextTag() === contextConstructed(1)) {
    readGeneralNames(fields.constructed(contextConstructed(1)))
    fields.integer(contextPrimitive(2))
  }
  fields.end()
  return keyIdentifier
}
