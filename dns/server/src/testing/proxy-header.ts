import { writeUint16 } from '@cresset/dns-wire'

export interface ProxyHeaderParts {
  readonly versionAndCommand?: number
  readonly familyAndProtocol?: number
  /** Addresses, ports and additions. */
  readonly rest: readonly number[]
  /** Bytes that it says it has behind the first 16. */
  readonly restBytes?: number
}

/** A header of the PROXY protocol as a test needs it, good or not. By default PROXY, UDP over IPv4. */
export function proxyHeader(parts: ProxyHeaderParts): Uint8Array {
  const { versionAndCommand = 0x21, familyAndProtocol = 0x12, rest, restBytes = rest.length } = parts
  const header = new Uint8Array(16 + rest.length)
  header.set([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])
  header[12] = versionAndCommand
  header[13] = familyAndProtocol
  writeUint16(header, 14, restBytes)
  header.set(rest, 16)
  return header
}

/** The rest of one from this IPv4 client to a server. */
export function ipv4Rest(...client: readonly number[]): number[] {
  return [...client, 192, 0, 2, 53, 0x12, 0x34, 0, 53]
}
