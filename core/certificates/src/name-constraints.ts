import { asciiLowerCase } from '@cresset/core-codec'
import { CertificateError } from './certificate-error.ts'
import { certificateLimits } from './certificate-limits.ts'
import type { DerReader } from './der-reader.ts'
import { decodeDnsName, generalNameTags } from './general-names.ts'

/** An address range: `address` has no bit outside `mask`, and the mask's ones come first. 4 or 16 bytes each. */
export interface AddressRange {
  readonly address: Uint8Array
  readonly mask: Uint8Array
}

export interface NameSubtrees {
  /** Lower case. Each stands for itself and all names below; '' for every name. */
  readonly dnsNames: readonly string[]
  readonly addressRanges: readonly AddressRange[]
  /** GeneralName tags of subtrees of other forms: names of that form cannot be judged here. */
  readonly otherTags: readonly number[]
}

/** RFC 5280 4.2.1.10. */
export interface NameConstraints {
  readonly permitted: NameSubtrees
  readonly excluded: NameSubtrees
}

export type NameConstraintProblem =
  /** Not within the permitted subtrees of its form. */
  | 'name-not-permitted'
  /** Within an excluded subtree. */
  | 'name-excluded'
  /** The constraints limit a form of name that is present and not judged here. */
  | 'name-form-unknown'

export interface ConstrainedNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly Uint8Array[]
  readonly otherTags: readonly number[]
}

export function readNameConstraints(reader: DerReader): NameConstraints {
  const fields = reader.sequence()
  if (fields.isAtEnd()) throw new CertificateError('certificate-extension', 'no constraint')
  const permitted = readSubtrees(fields.optionalContext(0))
  const excluded = readSubtrees(fields.optionalContext(1))
  fields.end()
  return { permitted, excluded }
}

/** The first name that `constraints` do not allow decides. */
export function checkNames(names: ConstrainedNames, constraints: NameConstraints): NameConstraintProblem | undefined {
  const { permitted, excluded } = constraints
  for (const name of names.dnsNames) {
    const lower = asciiLowerCase(name)
    if (excluded.dnsNames.some((subtree) => mayBeWithin(lower, subtree))) return 'name-excluded'
    const isLimited = permitted.dnsNames.length > 0
    if (isLimited && !permitted.dnsNames.some((subtree) => isWithin(lower, subtree))) return 'name-not-permitted'
  }
  for (const address of names.ipAddresses) {
    if (excluded.addressRanges.some((range) => isInRange(address, range))) return 'name-excluded'
    const isLimited = permitted.addressRanges.length > 0
    if (isLimited && !permitted.addressRanges.some((range) => isInRange(address, range))) return 'name-not-permitted'
  }
  const isUnknown = (tag: number): boolean => permitted.otherTags.includes(tag) || excluded.otherTags.includes(tag)
  return names.otherTags.some(isUnknown) ? 'name-form-unknown' : undefined
}

function readSubtrees(list: DerReader | undefined): NameSubtrees {
  const dnsNames: string[] = []
  const addressRanges: AddressRange[] = []
  const otherTags: number[] = []
  if (list?.isAtEnd()) throw new CertificateError('certificate-extension', 'an empty list of subtrees')
  for (let count = 1; list !== undefined && !list.isAtEnd(); count++) {
    if (count > certificateLimits.names) throw new CertificateError('certificate-extension', 'too many subtrees')
    // minimum is DEFAULT 0 and maximum absent (RFC 5280 4.2.1.10), so a subtree is its base alone.
    const subtree = list.sequence()
    const { tag, content } = subtree.checkedAny()
    subtree.end()
    if (tag === generalNameTags.dnsName) dnsNames.push(decodeSubtreeName(content))
    else if (tag === generalNameTags.ipAddress) addressRanges.push(decodeAddressRange(content))
    else otherTags.push(tag)
  }
  return { dnsNames, addressRanges, otherTags }
}

// RFC 5280 gives `host.example`; a leading dot is an error there for DNS names, and readers disagree on its meaning.
function decodeSubtreeName(content: Uint8Array): string {
  const name = content.length === 0 ? '' : asciiLowerCase(decodeDnsName(content))
  if (name.startsWith('.') || name.includes('*')) throw new CertificateError('certificate-extension', 'a DNS subtree')
  return name
}

function decodeAddressRange(content: Uint8Array): AddressRange {
  if (content.length !== 8 && content.length !== 32)
    throw new CertificateError('certificate-extension', 'an IP subtree')
  const half = content.length / 2
  const address = content.subarray(0, half)
  const mask = content.subarray(half)
  let hasEnded = false
  for (let bit = 0; bit < half * 8; bit++) {
    const isSet = ((mask[bit >> 3] as number) & (0x80 >> (bit & 7))) !== 0
    if (isSet && hasEnded) throw new CertificateError('certificate-extension', 'a mask with holes')
    if (!isSet) hasEnded = true
  }
  if (address.some((byte, index) => (byte & ~(mask[index] as number)) !== 0)) {
    throw new CertificateError('certificate-extension', 'an address beyond its mask')
  }
  return { address, mask }
}

function isWithin(name: string, subtree: string): boolean {
  return subtree === '' || name === subtree || name.endsWith(`.${subtree}`)
}

// A wildcard also stands for the excluded name one label below its base.
function mayBeWithin(name: string, subtree: string): boolean {
  if (isWithin(name, subtree)) return true
  if (!name.startsWith('*.')) return false
  const firstDot = subtree.indexOf('.')
  return firstDot !== -1 && subtree.slice(firstDot) === name.slice(1)
}

function isInRange(address: Uint8Array, range: AddressRange): boolean {
  return (
    address.length === range.address.length &&
    address.every((byte, index) => (byte & (range.mask[index] as number)) === range.address[index])
  )
}
