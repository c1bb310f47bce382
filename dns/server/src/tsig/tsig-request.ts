import { timingSafeEqual } from 'node:crypto'
import { equalNames, readUint16 } from '@cresset/dns-wire'
import type { TsigKey } from './tsig-key.ts'
import {
  appendTsig,
  prefixedMac,
  readTsig,
  type TsigRecord,
  tsigVariables,
  withOriginalId,
  withoutTsig,
} from './tsig-record.ts'
import { TSIG_FUDGE_SECONDS, TsigError } from './tsig-session.ts'

/** What is wrong with a response; `unsigned` also for one whose signature another server could not make. */
export type TsigResponseFault = 'unsigned' | 'malformed' | 'other key' | 'bad signature' | 'bad time' | 'refused key'

/** What the TSIG record of a query says besides its MAC. */
export function requestRecord(
  message: Uint8Array,
  key: TsigKey,
  nowSeconds: number,
): Omit<TsigRecord, 'start' | 'mac'> {
  return {
    keyName: key.name,
    algorithmName: key.algorithmName,
    timeSigned: nowSeconds,
    fudge: TSIG_FUDGE_SECONDS,
    originalId: readUint16(message, 0),
    error: 0,
    other: new Uint8Array(),
  }
}

/** A query of our own, signed (RFC 8945 section 5.1), and the check of its one response (section 5.3). */
export class TsigRequest {
  /** The query with its TSIG record. */
  readonly bytes: Uint8Array
  readonly #key: TsigKey
  readonly #mac: Uint8Array

  constructor(message: Uint8Array, key: TsigKey, nowSeconds: number) {
    const record = requestRecord(message, key, nowSeconds)
    this.#key = key
    this.#mac = key.mac(message, tsigVariables(record))
    this.bytes = appendTsig(message, { ...record, mac: this.#mac })
  }

  /** Undefined when the response is signed by the same key over this query, at about this time. A MAC cut short is not taken. */
  faultOf(response: Uint8Array, nowSeconds: number): TsigResponseFault | undefined {
    const record = readTsig(response)
    if (record === undefined) return 'unsigned'
    if (record === 'malformed') return 'malformed'
    // Section 5.3.2: who does not know the key, or finds the signature bad, cannot sign that.
    if (record.error === TsigError.BADKEY || record.error === TsigError.BADSIG) return 'refused key'
    const key = this.#key
    if (!equalNames(record.keyName, key.name) || !equalNames(record.algorithmName, key.algorithmName))
      return 'other key'
    const signed = withOriginalId(withoutTsig(response, record), record)
    const expected = key.mac(prefixedMac(this.#mac), signed, tsigVariables(record))
    if (record.mac.length !== expected.length || !timingSafeEqual(record.mac, expected)) return 'bad signature'
    const isLate = Math.abs(nowSeconds - record.timeSigned) > record.fudge
    return isLate || record.error === TsigError.BADTIME ? 'bad time' : undefined
  }
}
