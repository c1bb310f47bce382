import { RecordType, type Rrset, readUint16, readUint32 } from '@cresset/dns-wire'
import { encodeRecords, rdatasOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { FRESH_SECONDS } from './times.ts'
import type { ZoneKey } from './zone-key.ts'

/** RFC 4034 section 3.1, from the start of the RDATA. */
const ALGORITHM_OFFSET = 2
const EXPIRATION_OFFSET = 8
const INCEPTION_OFFSET = 12
const TAG_OFFSET = 16

/**
 * Signatures of a zone's version before, for the RRsets that are as they were: a change of one record is then a difference of a few
 * records to secondaries, and not of a whole zone.
 */
export class KeptSignatures {
  readonly #previous: MemoryZone
  readonly #keys: readonly ZoneKey[]
  readonly #nowSeconds: number

  /** Of the keys, those count that the version before was signed with. */
  constructor(previous: MemoryZone, keys: readonly ZoneKey[], nowSeconds: number) {
    const dnskeys = rdatasOf(previous.rrset(previous.apexOwner, RecordType.DNSKEY) ?? new Uint8Array())
    this.#previous = previous
    this.#keys = keys.filter(
      ({ dnskey, tag }) =>
        dnskeys.some((other) => Buffer.compare(other, dnskey) === 0) &&
        // A signature names its key by the tag alone.
        keys.filter((other) => other.tag === tag).length === 1,
    )
    this.#nowSeconds = nowSeconds
  }

  /** RDATA of the RRSIG by the key over just these records. */
  find(rrset: Rrset, key: ZoneKey): Uint8Array | undefined {
    const previous = this.#previous
    const owner = previous.find(rrset.owner, 0)
    if (owner < 0 || !this.#keys.includes(key)) return undefined
    const present = previous.rrset(owner, rrset.type)
    if (present === undefined || Buffer.compare(present, encodeRecords(rrset)) !== 0) return undefined
    const signatures = rdatasOf(previous.signatures(owner, rrset.type) ?? new Uint8Array())
    return signatures.find((rdata) => this.#isFresh(rdata) && isBy(rdata, key))?.slice()
  }

  #isFresh(rdata: Uint8Array): boolean {
    const now = this.#nowSeconds
    return readUint32(rdata, EXPIRATION_OFFSET) - now >= FRESH_SECONDS && readUint32(rdata, INCEPTION_OFFSET) <= now
  }
}

function isBy(rdata: Uint8Array, { algorithm, tag }: ZoneKey): boolean {
  return rdata[ALGORITHM_OFFSET] === algorithm && readUint16(rdata, TAG_OFFSET) === tag
}
