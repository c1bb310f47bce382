import { HEADER_BYTES, lowerCaseByte, MAX_NAME_BYTES, nameEnd, Rcode, readUint16 } from '@cresset/dns-wire'
import { skipName } from '../skip-name.ts'

/** What a response is like to whoever is flooded with it: each kind has a limit of its own, so that one does not starve another. */
export const ResponseKind = { positive: 0, denial: 1, referral: 2, error: 3 } as const

export type ResponseKindNumber = (typeof ResponseKind)[keyof typeof ResponseKind]

const AUTHORITATIVE = 0x04
const TRUNCATED = 0x02

/** The kind of a response of this server. An alias counts as what its last name is. */
export function responseKind(response: Uint8Array): ResponseKindNumber {
  const rcode = (response[3] as number) & 15
  if (rcode === Rcode.NXDOMAIN) return ResponseKind.denial
  // BADVERS looks like a positive one without records, as its upper bits are in the OPT record; it is as small.
  if (rcode !== Rcode.NOERROR) return ResponseKind.error
  const flags = response[2] as number
  if ((flags & TRUNCATED) !== 0 || readUint16(response, 6) > 0 || readUint16(response, 8) === 0)
    return ResponseKind.positive
  // A name without data is denied too, and with compact denial (RFC 9824) a name that is not there is one.
  return (flags & AUTHORITATIVE) === 0 ? ResponseKind.referral : ResponseKind.denial
}

/**
 * Writes the lower-case name of the zone that denies into `target` from `start` on: the owner of the first record of the authority
 * section, which is its SOA. Gives the offset behind it; `start` when there is none.
 */
export function writeDenyingZone(response: Uint8Array, target: Uint8Array, start: number): number {
  if (readUint16(response, 8) === 0) return start
  let offset = readUint16(response, 4) === 0 ? HEADER_BYTES : nameEnd(response, HEADER_BYTES) + 4
  for (let left = readUint16(response, 6); left > 0; left--) {
    const fixed = skipName(response, offset)
    offset = fixed + 10 + readUint16(response, fixed + 8)
  }
  return writeExpanded(response, offset, target, start)
}

/** Of a name that this server compressed: pointers go back, so following them ends. */
function writeExpanded(message: Uint8Array, offset: number, target: Uint8Array, start: number): number {
  let from = offset
  let to = start
  while (to - start < MAX_NAME_BYTES) {
    const length = message[from] as number
    if (length >= 0xc0) {
      from = readUint16(message, from) & 0x3fff
      continue
    }
    for (let index = 0; index <= length; index++) target[to++] = lowerCaseByte(message[from++] as number)
    if (length === 0) break
  }
  return to
}
