import { formatRcode, HEADER_BYTES, nameEnd, RecordType, readUint16 } from '@cresset/dns-wire'

/** Codes that an authoritative server gives (RFC 1035, RFC 2136, RFC 6891, RFC 7873). */
export const codeNames: ReadonlyMap<number, string> = new Map([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [6, 'YXDOMAIN'],
  [7, 'YXRRSET'],
  [8, 'NXRRSET'],
  [9, 'NOTAUTH'],
  [10, 'NOTZONE'],
  [16, 'BADVERS'],
  [23, 'BADCOOKIE'],
])

export function codeName(code: number): string {
  return codeNames.get(code) ?? formatRcode(code)
}

/** The response code with the upper bits of the OPT record (RFC 6891 section 6.1.3), of a response of this server. */
export function responseCode(response: Uint8Array): number {
  const low = (response[3] as number) & 15
  // Codes over 15 come without records, so that the OPT record follows on the question.
  const hasRecords = readUint16(response, 6) !== 0 || readUint16(response, 8) !== 0
  if (hasRecords || readUint16(response, 10) === 0) return low
  const opt = readUint16(response, 4) === 0 ? HEADER_BYTES : nameEnd(response, HEADER_BYTES) + 4
  const isOpt = response[opt] === 0 && readUint16(response, opt + 1) === RecordType.OPT
  return isOpt ? ((response[opt + 5] as number) << 4) | low : low
}
