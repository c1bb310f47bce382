import { timingSafeEqual } from 'node:crypto'
import { equalNames } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES } from '../records.ts'
import type { TsigKey } from './tsig-key.ts'
import {
  appendTsig,
  prefixedMac,
  readTsig,
  type TsigRecord,
  timers,
  tsigVariables,
  withOriginalId,
  withoutTsig,
} from './tsig-record.ts'

/** RFC 8945 section 3: codes in the record. */
export const TsigError = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

/** RFC 8945 section 10: seconds that clocks may differ. */
export const TSIG_FUDGE_SECONDS = 300
/** RFC 8945 section 5.2.2.1: fewer bytes than this, or than half of the hash, are no MAC at all. */
const LEAST_MAC_BYTES = 10
const NO_BYTES = new Uint8Array()

/** What becomes of a message that may be signed. */
export type TsigVerdict =
  /** There is no TSIG record. */
  | { readonly kind: 'unsigned' }
  /** It is as it must not be; the answer is FORMERR. */
  | { readonly kind: 'malformed' }
  /** The signature is good: `message` is what was signed, and `session` signs the answers. */
  | { readonly kind: 'good'; readonly message: Uint8Array; readonly session: TsigSession }
  /** It is not: the answer is NOTAUTH, through `session`, which adds the error to it. */
  | { readonly kind: 'refused'; readonly message: Uint8Array; readonly session: TsigSession }

/** Checks the signature of a query (RFC 8945 section 5.2). `nowSeconds` since 1970. */
export function checkTsig(query: Uint8Array, keys: readonly TsigKey[], nowSeconds: number): TsigVerdict {
  const record = readTsig(query)
  if (record === undefined) return { kind: 'unsigned' }
  if (record === 'malformed') return { kind: 'malformed' }
  const message = withoutTsig(query, record)
  const refuse = (error: number, key?: TsigKey): TsigVerdict => ({
    kind: 'refused',
    message,
    session: new TsigSession(record, key, error, nowSeconds),
  })
  const key = keys.find(
    ({ name, algorithmName }) => equalNames(name, record.keyName) && equalNames(algorithmName, record.algorithmName),
  )
  if (key === undefined) return refuse(TsigError.BADKEY)
  const expected = key.mac(withOriginalId(message, record), tsigVariables(record))
  const { mac } = record
  if (mac.length > expected.length || mac.length < Math.max(LEAST_MAC_BYTES, expected.length / 2))
    return { kind: 'malformed' }
  if (!timingSafeEqual(mac, expected.subarray(0, mac.length))) return refuse(TsigError.BADSIG)
  // Only who knows the key learns the server's time, and that it wants whole MACs.
  if (Math.abs(nowSeconds - record.timeSigned) > record.fudge) return refuse(TsigError.BADTIME, key)
  if (mac.length < expected.length) return refuse(TsigError.BADTRUNC, key)
  return { kind: 'good', message, session: new TsigSession(record, key, 0, nowSeconds) }
}

/** Signs the answers to one query, the first with the query's MAC, each further one with that of the one before. */
export class TsigSession {
  /** The key that the query was signed with, if its signature is good. */
  readonly key: TsigKey | undefined
  readonly #record: TsigRecord
  readonly #error: number
  readonly #nowSeconds: number
  #previousMac: Uint8Array
  #isFirst = true

  constructor(record: TsigRecord, key: TsigKey | undefined, error: number, nowSeconds: number) {
    this.#record = record
    this.key = key
    this.#error = error
    this.#nowSeconds = nowSeconds
    this.#previousMac = record.mac
  }

  /** Of the query: no other message has it. */
  get requestMac(): Uint8Array {
    return this.#record.mac
  }

  /** Seconds before and behind its time for which the query's signature is good. */
  get fudgeSeconds(): number {
    return this.#record.fudge
  }

  /** Bytes that signing adds to a message. */
  get overhead(): number {
    const { keyName, algorithmName } = this.#record
    const otherBytes = this.#error === TsigError.BADTIME ? 6 : 0
    return keyName.length + RECORD_FIXED_BYTES + algorithmName.length + 16 + (this.key?.macBytes ?? 0) + otherBytes
  }

  sign(message: Uint8Array): Uint8Array {
    const { keyName, algorithmName, originalId, timeSigned } = this.#record
    const isLate = this.#error === TsigError.BADTIME
    const record = {
      keyName,
      algorithmName,
      // RFC 8945 section 5.2.3: the client's time, and the server's beside it, so that the client can read it at all.
      timeSigned: isLate ? timeSigned : this.#nowSeconds,
      fudge: TSIG_FUDGE_SECONDS,
      originalId,
      error: this.#error,
      other: isLate ? timers({ timeSigned: this.#nowSeconds, fudge: 0 }).subarray(0, 6) : NO_BYTES,
    }
    if (this.key === undefined) return appendTsig(message, { ...record, mac: NO_BYTES })
    const mac = this.key.mac(
      prefixedMac(this.#previousMac),
      message,
      this.#isFirst ? tsigVariables(record) : timers(record),
    )
    this.#previousMac = mac
    this.#isFirst = false
    return appendTsig(message, { ...record, mac })
  }
}
