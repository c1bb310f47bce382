import { CertificateError } from './certificate-error.ts'
import { type DerReader, decodeString } from './der-reader.ts'
import { objectIdentifier, sequence, setOf, utf8String } from './der-writer.ts'
import { objectIdentifiers } from './object-identifier.ts'

export interface DistinguishedName {
  /** DER of the whole Name: names are compared as these bytes. */
  readonly der: Uint8Array
  /** The last commonName, if it is a UTF8String, PrintableString or IA5String. */
  readonly commonName: string | undefined
}

export interface DistinguishedNameParts {
  readonly organization?: string
  readonly commonName: string
}

/** RFC 5280 Name: a SEQUENCE of SETs of one or more typed values. */
export function readDistinguishedName(reader: DerReader): DistinguishedName {
  const { encoding } = reader.element(0x30)
  const parts = reader.inside(encoding).sequence()
  let commonName: string | undefined
  while (!parts.isAtEnd()) {
    const values = parts.setOf()
    if (values.length === 0) throw new CertificateError('certificate-name', 'an empty relative name')
    for (const value of values) {
      const typeAndValue = parts.inside(value).sequence()
      const type = typeAndValue.objectIdentifier()
      const { tag, content } = typeAndValue.checkedAny()
      typeAndValue.end()
      if (type === objectIdentifiers.commonName) commonName = decodeString(tag, content) ?? commonName
    }
  }
  return { der: encoding, commonName }
}

export function buildDistinguishedName(name: DistinguishedNameParts): Uint8Array {
  const attribute = (type: string, text: string): Uint8Array =>
    setOf(sequence(objectIdentifier(type), utf8String(text)))
  const commonName = attribute(objectIdentifiers.commonName, name.commonName)
  if (name.organization === undefined) return sequence(commonName)
  return sequence(attribute(objectIdentifiers.organizationName, name.organization), commonName)
}
