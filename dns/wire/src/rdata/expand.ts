import { concatBytes } from '@cresset/core-codec'
import { readName } from '../name-read.ts'
import { WireError } from '../wire-error.ts'
import { namesInRdata } from './names-in-rdata.ts'

/**
 * Copies the RDATA at `start` out of a message, with names uncompressed for the types that may have them compressed.
 * Throws `WireError`: truncated, label-type, pointer, name-too-long.
 */
export function expandRdata(type: number, message: Uint8Array, start: number, length: number): Uint8Array {
  const layout = namesInRdata(type)
  // Dynamic updates (RFC 2136) carry records of any type without RDATA.
  if (layout === undefined || length === 0) return message.slice(start, start + length)
  const end = start + length
  let offset = start + layout.prefixBytes
  if (offset > end) throw new WireError('truncated', 'RDATA ends before its name')
  const parts = [message.subarray(start, offset)]
  for (let count = 0; count < layout.names; count++) {
    const { name, end: nameEnd } = readName(message, offset)
    if (nameEnd > end) throw new WireError('truncated', 'a name runs past the end of its RDATA')
    parts.push(name)
    offset = nameEnd
  }
  parts.push(message.subarray(offset, end))
  return concatBytes(...parts)
}
