/** The name below which DNS keeps what an address is called: RFC 1035 section 3.5 for IPv4, RFC 3596 section 2.5 for IPv6. */

const ipv4Zone = 'in-addr.arpa'
const ipv6Zone = 'ip6.arpa'

function digitsOf(address: Uint8Array): string[] {
  if (address.length === 4) return Array.from(address, String)
  return Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).flatMap((pair) => [...pair])
}

/** `192.0.2.7` → `7.2.0.192.in-addr.arpa`; 4 or 16 bytes. */
export function reverseName(address: Uint8Array): string {
  return reverseZone(address, 8 * address.length)
}

/** The zone of all addresses that begin with `bits` bits: whole bytes for IPv4, whole hex digits for IPv6. */
export function reverseZone(prefix: Uint8Array, bits: number): string {
  const isIpv4 = prefix.length === 4
  const digits = digitsOf(prefix).slice(0, bits / (isIpv4 ? 8 : 4))
  return [...digits.reverse(), isIpv4 ? ipv4Zone : ipv6Zone].join('.')
}

/** The address of a whole reverse name, in lower case and without the last dot; undefined when it is none. */
export function parseReverseName(name: string): Uint8Array | undefined {
  const isIpv4 = name.endsWith(`.${ipv4Zone}`)
  if (!isIpv4 && !name.endsWith(`.${ipv6Zone}`)) return undefined
  const labels = name
    .slice(0, -1 - (isIpv4 ? ipv4Zone : ipv6Zone).length)
    .split('.')
    .reverse()
  const bytes = isIpv4
    ? labels
    : labels.flatMap((digit, index) => (index % 2 === 0 ? [digit + (labels[index + 1] ?? '')] : []))
  if (labels.length !== (isIpv4 ? 4 : 32)) return undefined
  const form = isIpv4 ? /^(0|[1-9][0-9]{0,2})$/ : /^[0-9a-f]{2}$/
  if (!bytes.every((byte) => form.test(byte))) return undefined
  const values = bytes.map((byte) => Number.parseInt(byte, isIpv4 ? 10 : 16))
  return values.every((value) => value <= 255) ? Uint8Array.from(values) : undefined
}
