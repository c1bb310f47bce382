import { concatBytes } from '@cresset/core-codec'
import { formatAddress, parseIpv4, parseIpv6 } from '../address-text.ts'
import { readUint16, writeUint16 } from '../integers.ts'
import { WireError } from '../wire-error.ts'
import { formatBase64, parseBase64 } from './binary-fields.ts'
import type { Field } from './field.ts'
import { parseInteger } from './integer-fields.ts'
import {
  checkServiceParameters,
  readProtocolIds,
  readServiceParameters,
  ServiceKey,
  type ServiceParameter,
  writeServiceParameters,
} from './service-parameters.ts'
import { decodeString, quoteString } from './tokens.ts'

const nameByKey = new Map<number, string>(Object.entries(ServiceKey).map(([name, key]) => [key, name]))
const COMMA = 0x2c
const BACKSLASH = 0x5c

/** Service parameters up to the end, `key=value` each (RFC 9460 section 2.1). */
export const serviceParametersField: Field = {
  check(rdata, offset) {
    const parameters = readServiceParameters(rdata.subarray(offset))
    if (parameters === undefined) return 'rdata-truncated'
    return checkServiceParameters(parameters) ?? rdata.length
  },
  format: (rdata, offset, end) =>
    (readServiceParameters(rdata.subarray(offset, end)) ?? []).map(formatParameter).join(' '),
  parse(tokens) {
    const parameters = tokens.takeRest().map(parseParameter)
    const problem = new Set(parameters.map(({ key }) => key)).size < parameters.length
    if (problem) throw new WireError('rdata-syntax', 'a service parameter is given twice')
    return writeServiceParameters(parameters)
  },
}

function formatKey(key: number): string {
  return nameByKey.get(key) ?? `key${key}`
}

function parseKey(text: string): number {
  const known = Object.entries(ServiceKey).find(([name]) => name === text)
  if (known !== undefined) return known[1]
  const generic = /^key(0|[1-9][0-9]{0,4})$/.exec(text)?.[1]
  if (generic === undefined) throw new WireError('rdata-syntax', 'a service parameter has an unknown key')
  return parseInteger(generic, 65_534, 'service parameter key')
}

function formatParameter({ key, value }: ServiceParameter): string {
  if (value.length === 0) return formatKey(key)
  return `${formatKey(key)}=${formatValue(key, value)}`
}

function formatValue(key: number, value: Uint8Array): string {
  switch (key) {
    case ServiceKey.mandatory:
      return split(value, 2)
        .map((part) => formatKey(readUint16(part, 0)))
        .join(',')
    case ServiceKey.alpn:
      return quoteString(joinByCommas(readProtocolIds(value) ?? []))
    case ServiceKey.port:
      return String(readUint16(value, 0))
    case ServiceKey.ipv4hint:
      return split(value, 4).map(formatAddress).join(',')
    case ServiceKey.ipv6hint:
      return split(value, 16).map(formatAddress).join(',')
    case ServiceKey.ech:
      return formatBase64(value)
    default:
      return quoteString(value)
  }
}

function parseParameter(token: string): ServiceParameter {
  const equals = token.indexOf('=')
  const key = parseKey(equals < 0 ? token : token.slice(0, equals))
  if (equals < 0) return { key, value: new Uint8Array() }
  return { key, value: parseValue(key, decodeString(token.slice(equals + 1))) }
}

function parseValue(key: number, value: Uint8Array): Uint8Array {
  const text = String.fromCharCode(...value)
  switch (key) {
    case ServiceKey.mandatory:
      return concatBytes(
        ...text
          .split(',')
          .map(parseKey)
          .sort((a, b) => a - b)
          .map(twoBytes),
      )
    case ServiceKey.alpn:
      return concatBytes(...splitByCommas(value).map(protocolId))
    case ServiceKey.port:
      return twoBytes(parseInteger(text, 65_535, 'port'))
    case ServiceKey.ipv4hint:
      return concatBytes(...text.split(',').map((part) => addressOf(parseIpv4(part))))
    case ServiceKey.ipv6hint:
      return concatBytes(...text.split(',').map((part) => addressOf(parseIpv6(part))))
    case ServiceKey.ech:
      return parseBase64(text)
    default:
      return value
  }
}

function twoBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(2)
  writeUint16(bytes, 0, value)
  return bytes
}

function addressOf(address: Uint8Array | undefined): Uint8Array {
  if (address === undefined) throw new WireError('rdata-syntax', 'an address hint is not an address')
  return address
}

function protocolId(id: Uint8Array): Uint8Array {
  if (id.length === 0 || id.length > 255) throw new WireError('rdata-syntax', 'a protocol id has 1 to 255 bytes')
  return Uint8Array.of(id.length, ...id)
}

function split(value: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.floor(value.length / size) }, (_, index) =>
    value.subarray(index * size, (index + 1) * size),
  )
}

/** RFC 9460 appendix A.1: inside a list, commas and backslashes of an item are escaped once more. */
function joinByCommas(items: readonly Uint8Array[]): Uint8Array {
  const escaped = (item: Uint8Array): number[] =>
    [...item].flatMap((byte) => (byte === COMMA || byte === BACKSLASH ? [BACKSLASH, byte] : [byte]))
  return Uint8Array.from(items.flatMap((item, index) => (index === 0 ? escaped(item) : [COMMA, ...escaped(item)])))
}

function splitByCommas(value: Uint8Array): Uint8Array[] {
  const items: number[][] = [[]]
  for (let index = 0; index < value.length; index++) {
    const byte = value[index] as number
    if (byte === BACKSLASH && index + 1 < value.length) items.at(-1)?.push(value[++index] as number)
    else if (byte === COMMA) items.push([])
    else items.at(-1)?.push(byte)
  }
  return items.map((item) => Uint8Array.from(item))
}
