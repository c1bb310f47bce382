import { createHmac } from 'node:crypto'
import { parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { tsigKey } from './hostile-zones.ts'

/** A message before its form is broken: each part on its own, so that parts can be doubled, moved and lied about. */
export interface MessageParts {
  id: number
  flags: number
  questions: Uint8Array[]
  answers: Uint8Array[]
  authorities: Uint8Array[]
  additionals: Uint8Array[]
}

export const HMAC_SHA256 = parseAbsoluteName('hmac-sha256.')

export const uint16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value)
export const uint32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

export interface RecordParts {
  readonly owner: Uint8Array
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly rdata: Uint8Array
  /** What RDLENGTH says; default the truth. */
  readonly length?: number
}

export function record({ owner, type, class: itsClass, ttl, rdata, length = rdata.length }: RecordParts): Uint8Array {
  return concat(owner, uint16(type), uint16(itsClass), uint32(ttl), uint16(length), rdata)
}

/** The message, with counts as they are. */
export function assemble({ id, flags, questions, answers, authorities, additionals }: MessageParts): Uint8Array {
  const sections = [questions, answers, authorities, additionals]
  const counts = sections.map((section) => uint16(section.length))
  return concat(uint16(id), uint16(flags), ...counts, ...sections.flat())
}

export interface TsigParts {
  readonly keyName: Uint8Array
  readonly algorithm: Uint8Array
  readonly timeSigned: number
  readonly fudge: number
  readonly macBytes: number
  /** What the length of the MAC says; default the truth. */
  readonly macLength?: number
  readonly error: number
  readonly other: Uint8Array
  readonly otherLength?: number
  readonly class: number
  readonly ttl: number
}

/** The TSIG record over a message (RFC 8945 section 4.2), written a second time for these tests. */
export function tsigRecord(message: Uint8Array, tsig: TsigParts): Uint8Array {
  const time = concat(uint16(Math.floor(tsig.timeSigned / 2 ** 32)), uint32(tsig.timeSigned >>> 0), uint16(tsig.fudge))
  const end = concat(uint16(tsig.error), uint16(tsig.other.length), tsig.other)
  const variables = concat(tsig.keyName, uint16(255), uint32(0), tsig.algorithm, time, end)
  const mac = createHmac('sha256', tsigKey.secret).update(message).update(variables).digest()
  const given = concat(mac, new Uint8Array(64)).subarray(0, tsig.macBytes)
  const rdata = concat(
    concat(tsig.algorithm, time, uint16(tsig.macLength ?? given.length), given, message.subarray(0, 2)),
    concat(uint16(tsig.error), uint16(tsig.otherLength ?? tsig.other.length), tsig.other),
  )
  return record({ owner: tsig.keyName, type: RecordType.TSIG, class: tsig.class, ttl: tsig.ttl, rdata })
}
