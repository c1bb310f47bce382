import { concatBytes } from '@cresset/core-codec'
import { readUint16, writeUint16 } from '../integers.ts'

/** Keys of service parameters (RFC 9460 section 14.3.2, RFC 9461, RFC 9540). */
export const ServiceKey = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
  dohpath: 7,
  ohttp: 8,
} as const

const INVALID_KEY = 65_535

export interface ServiceParameter {
  readonly key: number
  readonly value: Uint8Array
}

/** Splits parameters; undefined when one runs past the end. */
export function readServiceParameters(bytes: Uint8Array): ServiceParameter[] | undefined {
  const parameters: ServiceParameter[] = []
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return undefined
    const end = offset + 4 + readUint16(bytes, offset + 2)
    if (end > bytes.length) return undefined
    parameters.push({ key: readUint16(bytes, offset), value: bytes.subarray(offset + 4, end) })
    offset = end
  }
  return parameters
}

/** Parameters on the wire, sorted by key (RFC 9460 section 2.2). */
export function writeServiceParameters(parameters: readonly ServiceParameter[]): Uint8Array {
  const sorted = [...parameters].sort((a, b) => a.key - b.key)
  const parts = sorted.flatMap(({ key, value }) => {
    const head = new Uint8Array(4)
    writeUint16(head, 0, key)
    writeUint16(head, 2, value.length)
    return [head, value]
  })
  return concatBytes(...parts)
}

/** An `alpn` value: protocol ids, each behind its length byte. Undefined when one is empty or runs past the end. */
export function readProtocolIds(value: Uint8Array): Uint8Array[] | undefined {
  const ids: Uint8Array[] = []
  for (let offset = 0; offset < value.length; ) {
    const length = value[offset] as number
    const end = offset + 1 + length
    if (length === 0 || end > value.length) return undefined
    ids.push(value.subarray(offset + 1, end))
    offset = end
  }
  return ids
}

/**
 * Why parameters are malformed (RFC 9460 sections 2.2, 7 and 8): `rdata-order` when keys do not strictly rise,
 * `rdata-parameter` when a value does not fit its key, or a key needs another that is missing.
 */
export function checkServiceParameters(
  parameters: readonly ServiceParameter[],
): 'rdata-order' | 'rdata-parameter' | undefined {
  let previous = -1
  for (const { key } of parameters) {
    if (key <= previous) return 'rdata-order'
    previous = key
  }
  const keys = new Set(parameters.map((parameter) => parameter.key))
  const isEveryWellFormed = parameters.every(({ key, value }) => isWellFormed(key, value, keys))
  return isEveryWellFormed ? undefined : 'rdata-parameter'
}

function isWellFormed(key: number, value: Uint8Array, keys: ReadonlySet<number>): boolean {
  switch (key) {
    case ServiceKey.mandatory:
      return isMandatoryList(value, keys)
    case ServiceKey.alpn:
      return value.length > 0 && readProtocolIds(value) !== undefined
    case ServiceKey['no-default-alpn']:
      // Section 7.1.1: without alpn there would be no protocol at all.
      return value.length === 0 && keys.has(ServiceKey.alpn)
    case ServiceKey.port:
      return value.length === 2
    case ServiceKey.ipv4hint:
      return value.length > 0 && value.length % 4 === 0
    case ServiceKey.ipv6hint:
      return value.length > 0 && value.length % 16 === 0
    case ServiceKey.ech:
      return value.length > 0
    case ServiceKey.dohpath:
      return isDohPath(value)
    case ServiceKey.ohttp:
      return value.length === 0
    default:
      return key !== INVALID_KEY
  }
}

/** Section 8: keys strictly rise, are present, and are not `mandatory` itself. */
function isMandatoryList(value: Uint8Array, keys: ReadonlySet<number>): boolean {
  if (value.length === 0 || value.length % 2 !== 0) return false
  let previous: number = ServiceKey.mandatory
  for (let offset = 0; offset < value.length; offset += 2) {
    const key = readUint16(value, offset)
    if (key <= previous || !keys.has(key)) return false
    previous = key
  }
  return true
}

/** RFC 9461 section 5: a relative URI template that contains the variable "dns"; here in printable ASCII only. */
function isDohPath(value: Uint8Array): boolean {
  if (value[0] !== 0x2f || value.some((byte) => byte <= 0x20 || byte >= 0x7f)) return false
  return /\{[?&]?([^{}]*,)?dns(,[^{}]*)?\}/.test(String.fromCharCode(...value))
}
