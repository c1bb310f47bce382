import { parseIpv4, parseIpv6 } from '@cresset/dns-wire'

/**
 * 4 or 16 bytes of a client's address as the system writes it: an IPv4 client of an IPv6 socket has a mapped address, and a link-local
 * one comes with the interface that it was heard on. Undefined for what is no address.
 */
export function clientAddressBytes(address: string): Uint8Array | undefined {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1]
  return parseIpv4(mapped ?? address) ?? parseIpv6(address.replace(/%.*$/, ''))
}
