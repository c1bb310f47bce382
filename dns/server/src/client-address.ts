import { parseIpv6 } from '@cresset/dns-wire'

const DOT = 0x2e
const ZERO = 0x30
const MAPPED = '::ffff:'

/**
 * 4 or 16 bytes of a client's address as the system writes it: an IPv4 client of an IPv6 socket has a mapped address, and a link-local
 * one comes with the interface that it was heard on. Undefined for what is no address.
 */
export function clientAddressBytes(address: string): Uint8Array | undefined {
  if (!address.includes(':')) return ipv4Bytes(address, 0)
  if (address.startsWith(MAPPED) && address.includes('.')) return ipv4Bytes(address, MAPPED.length)
  return parseIpv6(address.replace(/%.*$/, ''))
}

/** As `parseIpv4`, without the lists and expressions that each query would pay for. */
function ipv4Bytes(text: string, start: number): Uint8Array | undefined {
  const bytes = new Uint8Array(4)
  let index = 0
  let digits = 0
  let value = 0
  for (let at = start; at <= text.length; at++) {
    const code = at === text.length ? DOT : text.charCodeAt(at)
    if (code === DOT) {
      if (digits === 0 || index === 4) return undefined
      bytes[index++] = value
      digits = 0
      value = 0
    } else {
      const digit = code - ZERO
      // A zero in front is no decimal to everybody.
      if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return undefined
      value = value * 10 + digit
      digits += 1
      if (value > 255) return undefined
    }
  }
  return index === 4 ? bytes : undefined
}

/** Of an IPv6 address, those of its network. */
const NETWORK_BYTES = 8

/** One household or host: an IPv4 address, or the /64 that an IPv6 client chooses its address from. */
export function clientKey(address: string): string {
  return clientAddressBytes(address)?.subarray(0, NETWORK_BYTES).join('.') ?? address
}
