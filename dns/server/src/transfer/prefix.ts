import { parseIpv4, parseIpv6 } from '@cresset/dns-wire'
import { clientAddressBytes } from '../client-address.ts'

/** Addresses that begin alike, e.g. `192.0.2.0/24`. */
export interface Prefix {
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array
  readonly bits: number
}

/** A prefix from text; an address alone is one of full length. Undefined when it is none, or has bits behind its length. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const bytes = parseIpv4(address) ?? parseIpv6(address)
  if (bytes === undefined || rest.length > 0) return undefined
  const bits = length === undefined ? bytes.length * 8 : /^(0|[1-9][0-9]{0,2})$/.test(length) ? Number(length) : -1
  if (bits < 0 || bits > bytes.length * 8) return undefined
  const isClean = bytes.every((byte, index) => (byte & ~maskByte(bits, index)) === 0)
  return isClean ? { bytes, bits } : undefined
}

/** Whether the address of a client, as the system gives it, is in one of the prefixes. */
export function isInPrefixes(address: string, prefixes: readonly Prefix[]): boolean {
  const bytes = clientAddressBytes(address)
  if (bytes === undefined) return false
  return prefixes.some(
    (prefix) =>
      prefix.bytes.length === bytes.length &&
      prefix.bytes.every((byte, index) => byte === ((bytes[index] as number) & maskByte(prefix.bits, index))),
  )
}

function maskByte(bits: number, index: number): number {
  const own = Math.min(8, Math.max(0, bits - 8 * index))
  return (0xff << (8 - own)) & 0xff
}
