import { asciiLowerCase, utf8 } from '@cresset/core-codec'
import { type PublicKey, sha256 } from '@cresset/core-crypto'
import {
  bitString,
  boolean,
  element,
  explicit,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from './der-writer.ts'
import { type KeyUsage, keyUsages } from './extensions.ts'
import { generalNameTags } from './general-names.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { contextConstructed, contextPrimitive } from './tags.ts'

/** Leftmost 160 bits of SHA-256 over the tagged key, in the spirit of RFC 7093: unique to the key is all that is asked. */
export function keyIdentifierOf(key: PublicKey): Uint8Array {
  return sha256(key).slice(0, 20)
}

export function basicConstraints(value: { isAuthority: boolean; pathLength?: number }): Uint8Array {
  const parts: Uint8Array[] = []
  if (value.isAuthority) parts.push(boolean(true))
  if (value.pathLength !== undefined) parts.push(smallInteger(value.pathLength))
  return extension(objectIdentifiers.basicConstraints, true, sequence(...parts))
}

/** A named bit list: it ends with the last bit set. */
export function keyUsage(...usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => keyUsages.indexOf(usage))
  const last = Math.max(...bits)
  const bytes = new Uint8Array(1 + (last >> 3))
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7))
  return extension(objectIdentifiers.keyUsage, true, bitString(bytes, 7 - (last & 7)))
}

export function extendedKeyUsage(...purposes: readonly string[]): Uint8Array {
  return extension(objectIdentifiers.extendedKeyUsage, false, sequence(...purposes.map(objectIdentifier)))
}

export function subjectAltName(dnsNames: readonly string[]): Uint8Array {
  return extension(objectIdentifiers.subjectAltName, false, sequence(...dnsNames.map(dnsName)))
}

/** Permits `dnsNames` and all below them; excludes every IPv4 and IPv6 address, which permitting DNS names does not. */
export function nameConstraints(dnsNames: readonly string[]): Uint8Array {
  const anyAddress = (addressBytes: number): Uint8Array =>
    sequence(element(generalNameTags.ipAddress, new Uint8Array(2 * addressBytes)))
  return extension(
    objectIdentifiers.nameConstraints,
    true,
    sequence(
      explicit(0, ...dnsNames.map((name) => sequence(dnsName(name)))),
      element(contextConstructed(1), anyAddress(4), anyAddress(16)),
    ),
  )
}

export function subjectKeyIdentifier(identifier: Uint8Array): Uint8Array {
  return extension(objectIdentifiers.subjectKeyIdentifier, false, octetString(identifier))
}

export function authorityKeyIdentifier(identifier: Uint8Array): Uint8Array {
  const value = sequence(element(contextPrimitive(0), identifier))
  return extension(objectIdentifiers.authorityKeyIdentifier, false, value)
}

function dnsName(name: string): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(name)) throw new RangeError(`not a DNS name: ${JSON.stringify(name)}`)
  return element(generalNameTags.dnsName, utf8(asciiLowerCase(name)))
}

function extension(identifier: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  const critical = isCritical ? [boolean(true)] : []
  return sequence(objectIdentifier(identifier), ...critical, octetString(value))
}
