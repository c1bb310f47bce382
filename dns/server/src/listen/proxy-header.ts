import { formatAddress, readUint16, readUint32, writeUint32 } from '@cresset/dns-wire'
import { crc32c } from './crc32c.ts'

/** A header of the PROXY protocol, version 2, in front of what a proxy passes on. */
export interface ProxyHeader {
  /** Address of whoever asked the proxy; undefined for what the proxy asks for itself (LOCAL). */
  readonly client: string | undefined
  /** Bytes of the header; what was passed on follows. */
  readonly length: number
}

/** With addresses, and room for what load balancers add of themselves; a longer one is refused. */
export const MAX_PROXY_HEADER_BYTES = 536

/** CR LF CR LF NUL CR LF QUIT LF: no protocol begins like this, nor does a DNS query of that many questions. */
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const FIXED_BYTES = 16
const VERSION = 2
const Command = { local: 0, proxy: 1 } as const
const Family = { inet: 1, inet6: 2 } as const
/** Source and destination, address and port of each. */
const ADDRESS_BYTES = { [Family.inet]: 12, [Family.inet6]: 36 } as const
const CRC32C_TYPE = 0x03
const TLV_HEADER_BYTES = 3
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

/**
 * Reads the header at the start of `bytes` (section 2.2 of the protocol's text). `incomplete` while more bytes can make it one. Whether
 * the proxy was asked by UDP or TCP does not matter: it may pass on by the one what came by the other.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' {
  for (let index = 0; index < SIGNATURE.length && index < bytes.length; index++)
    if (bytes[index] !== SIGNATURE[index]) return 'malformed'
  if (bytes.length < FIXED_BYTES) return 'incomplete'
  const length = FIXED_BYTES + readUint16(bytes, 14)
  const versionAndCommand = bytes[12] as number
  if (versionAndCommand >>> 4 !== VERSION || length > MAX_PROXY_HEADER_BYTES) return 'malformed'
  if (bytes.length < length) return 'incomplete'
  const header = bytes.subarray(0, length)
  const command = versionAndCommand & 15
  // Addresses that a proxy gives for its own questions mean nothing, and neither does what is behind them.
  if (command === Command.local) return { client: undefined, length }
  const family = (header[13] as number) >>> 4
  const protocol = (header[13] as number) & 15
  const isKnown = (family === Family.inet || family === Family.inet6) && (protocol === 1 || protocol === 2)
  if (command !== Command.proxy || !isKnown) return 'malformed'
  const additions = FIXED_BYTES + ADDRESS_BYTES[family]
  if (additions > length || !areGoodAdditions(header, additions)) return 'malformed'
  return { client: clientOf(header, family), length }
}

function clientOf(header: Uint8Array, family: (typeof Family)[keyof typeof Family]): string {
  if (family === Family.inet) return formatAddress(header.subarray(FIXED_BYTES, FIXED_BYTES + 4))
  const address = header.subarray(FIXED_BYTES, FIXED_BYTES + 16)
  // One client must not be two: it would have two shares of what is limited.
  const isMapped = MAPPED_PREFIX.every((byte, index) => address[index] === byte)
  return isMapped ? formatAddress(address.subarray(12)) : formatAddress(address)
}

/** Type, length, value, one after the other to the end; a checksum among them must be right. */
function areGoodAdditions(header: Uint8Array, start: number): boolean {
  let offset = start
  while (offset < header.length) {
    const value = offset + TLV_HEADER_BYTES
    const end = value > header.length ? Number.POSITIVE_INFINITY : value + readUint16(header, offset + 1)
    if (end > header.length) return false
    if (header[offset] === CRC32C_TYPE && (end - value !== 4 || !hasChecksum(header, value))) return false
    offset = end
  }
  return true
}

/** Over the header with zeros in the place of the checksum. */
function hasChecksum(header: Uint8Array, offset: number): boolean {
  // Not `slice`: of a socket's Buffer that is no copy.
  const cleared = Uint8Array.from(header)
  writeUint32(cleared, offset, 0)
  return crc32c(cleared) === readUint32(header, offset)
}
