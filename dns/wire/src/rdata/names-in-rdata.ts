import { RecordType } from '../record-type.ts'

/** Where names stand in the RDATA of the types whose names may be, or once were, compressed. */
export interface NamesInRdata {
  /** Bytes before the first name. */
  readonly prefixBytes: number
  /** Names that follow one another. */
  readonly names: number
  /** RFC 3597 section 4: only the types of RFC 1035 may be compressed when sent. */
  readonly compressible: boolean
}

const namesByType = new Map<number, NamesInRdata>([
  [RecordType.NS, { prefixBytes: 0, names: 1, compressible: true }],
  [RecordType.CNAME, { prefixBytes: 0, names: 1, compressible: true }],
  [RecordType.SOA, { prefixBytes: 0, names: 2, compressible: true }],
  [RecordType.PTR, { prefixBytes: 0, names: 1, compressible: true }],
  [RecordType.MX, { prefixBytes: 2, names: 1, compressible: true }],
  // RFC 3597 section 4: receivers should still decompress these.
  [RecordType.RP, { prefixBytes: 0, names: 2, compressible: false }],
  [RecordType.AFSDB, { prefixBytes: 2, names: 1, compressible: false }],
  [RecordType.SRV, { prefixBytes: 6, names: 1, compressible: false }],
])

/** Undefined for types whose RDATA is copied byte for byte. */
export function namesInRdata(type: number): NamesInRdata | undefined {
  return namesByType.get(type)
}
