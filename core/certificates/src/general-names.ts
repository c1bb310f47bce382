import { CertificateError } from './certificate-error.ts'
import { certificateLimits } from './certificate-limits.ts'
import { type DerReader, decodeAscii } from './der-reader.ts'
import { contextConstructed, contextPrimitive } from './tags.ts'

/** Tags of GeneralName (RFC 5280 4.2.1.6) that are read to their value. */
export const generalNameTags = {
  dnsName: contextPrimitive(2),
  directoryName: contextConstructed(4),
  ipAddress: contextPrimitive(7),
} as const

const knownTags: ReadonlySet<number> = new Set([
  contextConstructed(0), // otherName
  contextPrimitive(1), // rfc822Name
  generalNameTags.dnsName,
  contextConstructed(3), // x400Address
  generalNameTags.directoryName,
  contextConstructed(5), // ediPartyName
  contextPrimitive(6), // uniformResourceIdentifier
  generalNameTags.ipAddress,
  contextPrimitive(8), // registeredID
])

export interface GeneralNames {
  /** As written; compare after ASCII lower case. */
  readonly dnsNames: readonly string[]
  /** 4 or 16 bytes each. */
  readonly ipAddresses: readonly Uint8Array[]
  /** Tags of names of other forms. */
  readonly otherTags: readonly number[]
}

export function readGeneralNames(list: DerReader): GeneralNames {
  const dnsNames: string[] = []
  const ipAddresses: Uint8Array[] = []
  const otherTags: number[] = []
  let count = 0
  while (!list.isAtEnd()) {
    count += 1
    if (count > certificateLimits.names) throw new CertificateError('certificate-extension', 'too many names')
    const { tag, content } = list.checkedAny()
    if (tag === generalNameTags.dnsName) dnsNames.push(decodeDnsName(content))
    else if (tag === generalNameTags.ipAddress) {
      if (content.length !== 4 && content.length !== 16) {
        throw new CertificateError('certificate-extension', `an address of ${content.length} bytes`)
      }
      ipAddresses.push(content)
    } else if (knownTags.has(tag)) otherTags.push(tag)
    else throw new CertificateError('certificate-extension', 'an unknown form of name')
  }
  if (count === 0) throw new CertificateError('certificate-extension', 'no name')
  return { dnsNames, ipAddresses, otherTags }
}

/** Visible ASCII, at least one character: a blank or a zero byte in a name has fooled readers before. */
export function decodeDnsName(content: Uint8Array): string {
  if (content.length === 0) throw new CertificateError('certificate-extension', 'an empty DNS name')
  return decodeAscii(content, (byte) => byte > 0x20 && byte < 0x7f)
}
