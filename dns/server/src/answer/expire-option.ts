import { writeUint32 } from '@cresset/dns-wire'

/** IANA "DNS EDNS0 Option Codes" (RFC 7314 section 4). */
export const EXPIRE_OPTION = 9
export const EXPIRE_BYTES = 4

/** RFC 7314 section 3.1: a primary answers with what its SOA says; `seconds` is that field. */
export function expireOption(seconds: number): Uint8Array {
  const data = new Uint8Array(EXPIRE_BYTES)
  writeUint32(data, 0, seconds)
  return data
}
