import type { Random } from '../../tools/fuzz/random.ts'
import { concat, uint16 } from './message-parts.ts'

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const PROXY = 0x21
const LOCAL = 0x20
const UDP_IPV4 = 0x12
const UDP_IPV6 = 0x22

function header(command: number, family: number, rest: Uint8Array, length = rest.length): Uint8Array {
  return concat(SIGNATURE, Uint8Array.of(command, family), uint16(length), rest)
}

/** Of a client with an IPv4 address of documentation, as a good proxy writes it. */
export function goodProxyHeader(clientByte: number): Uint8Array {
  return header(PROXY, UDP_IPV4, Uint8Array.of(192, 0, 2, clientByte, 127, 0, 0, 1, 0x30, 0x39, 0, 53))
}

/** A header of the PROXY protocol, version 2: half of them good, the others wrong in one way. */
export function hostileProxyHeader(random: Random): Uint8Array {
  const good = random.oneIn(2) ? goodProxyHeader(random.below(256)) : header(PROXY, UDP_IPV6, random.bytes(36))
  switch (random.below(16)) {
    case 0:
      return new Uint8Array()
    case 1:
      return good.subarray(0, random.below(good.length))
    case 2: {
      good[random.below(good.length)] = random.below(256)
      return good
    }
    case 3:
      return header(random.below(256), random.below(256), random.bytes(random.below(60)))
    case 4:
      return header(PROXY, UDP_IPV4, good.subarray(16), random.below(65_536))
    case 5:
      // Additions of all types, with lengths that fit or do not, and checksums that are none.
      return header(PROXY, UDP_IPV4, concat(goodProxyHeader(1).subarray(16), additions(random)))
    case 6:
      return header(LOCAL, 0, random.bytes(random.below(40)))
    case 7:
      return concat(good, good)
    default:
      return good
  }
}

function additions(random: Random): Uint8Array {
  const all = Array.from({ length: 1 + random.below(8) }, () => {
    const value = random.bytes(random.below(40))
    const length = random.oneIn(4) ? random.below(600) : value.length
    return concat(Uint8Array.of(random.oneIn(2) ? 3 : random.below(256)), uint16(length), value)
  })
  return concat(...all)
}
