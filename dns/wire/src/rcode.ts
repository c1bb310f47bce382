/** Response codes (RFC 1035 section 4.1.1, RFC 6891 section 9), operation codes and extended errors (RFC 8914). */

export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  NOTAUTH: 9,
  BADVERS: 16,
} as const

export const Opcode = { QUERY: 0, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const

export const ExtendedError = {
  OTHER: 0,
  STALE_ANSWER: 3,
  DNSSEC_BOGUS: 6,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  /** RFC 9824 section 9. */
  INVALID_QUERY_TYPE: 30,
} as const

const nameByRcode = new Map<number, string>(Object.entries(Rcode).map(([name, rcode]) => [rcode, name]))

/** The code's mnemonic, or `RCODE` and its number. */
export function formatRcode(rcode: number): string {
  return nameByRcode.get(rcode) ?? `RCODE${rcode}`
}
