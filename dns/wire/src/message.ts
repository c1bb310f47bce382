/** A DNS message in parts, for clients and tests; the server's hot path reads and writes bytes instead. */

export interface Question {
  /** Uncompressed wire name, case as it was sent. */
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
}

export interface ResourceRecord {
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
  readonly ttl: number
  /** Names inside are uncompressed. */
  readonly rdata: Uint8Array
}

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

/** The OPT record of RFC 6891 section 6. */
export interface Edns {
  readonly udpPayloadBytes: number
  readonly version: number
  /** DO: the sender wants DNSSEC records (RFC 3225). */
  readonly dnssecOk: boolean
  /** CO: the sender knows NXNAME, and takes it together with NXDOMAIN (RFC 9824 section 5.1). Default false. */
  readonly compactOk?: boolean
  readonly options: readonly EdnsOption[]
}

export interface MessageFlags {
  readonly isResponse: boolean
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionDesired: boolean
  readonly recursionAvailable: boolean
  readonly authenticData: boolean
  readonly checkingDisabled: boolean
}

export interface Message {
  readonly id: number
  readonly opcode: number
  /** Twelve bits: the header's four and the OPT record's eight. */
  readonly rcode: number
  readonly flags: MessageFlags
  readonly questions: readonly Question[]
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  /** Without the OPT record, which is `edns`. */
  readonly additionals: readonly ResourceRecord[]
  readonly edns: Edns | undefined
}

/** Records of one owner and type: the unit that is compiled, signed and replaced. */
export interface Rrset {
  /** Lower-case wire name. */
  readonly owner: Uint8Array
  readonly type: number
  readonly ttl: number
  /** At least one; names inside are uncompressed. */
  readonly rdatas: readonly Uint8Array[]
}

/** Bits of the header's second 16-bit word (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6). */
export const HeaderFlag = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const

/** The DO bit in the OPT record's TTL field. */
export const EDNS_DO = 0x8000
/** The CO bit beside it (RFC 9824 section 5.1). */
export const EDNS_CO = 0x4000
