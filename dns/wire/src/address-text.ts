import { readUint16, writeUint16 } from './integers.ts'

/** IP addresses as text: four bytes for IPv4, sixteen for IPv6. */

/** Dotted quad without leading zeros; undefined when it is not one. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255))
    return undefined
  return Uint8Array.from(parts, Number)
}

/** RFC 4291 section 2.2, all three forms, without a zone; undefined when it is none. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] as string, halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : []
  if (head === undefined || tail === undefined) return undefined
  const zeros = 8 - head.length - tail.length
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined
  const bytes = new Uint8Array(16)
  const groups = [...head, ...new Array<number>(zeros).fill(0), ...tail]
  for (const [index, group] of groups.entries()) writeUint16(bytes, 2 * index, group)
  return bytes
}

function parseGroups(text: string, isTail: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      // Only the last 32 bits may be written as a dotted quad.
      const quad = isTail && index === parts.length - 1 ? parseIpv4(part) : undefined
      if (quad === undefined) return undefined
      groups.push(readUint16(quad, 0), readUint16(quad, 2))
    }
  }
  return groups
}

/** Either form; undefined when the text is no address. */
export function parseAddress(text: string): Uint8Array | undefined {
  return parseIpv4(text) ?? parseIpv6(text)
}

/** Text of 4 or 16 bytes; IPv6 as RFC 5952 section 4 recommends. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => readUint16(address, 2 * index))
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return `::ffff:${address.slice(12).join('.')}`
  const { start, length } = longestZeroRun(groups)
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length += 1
    if (length > best.length) best = { start, length }
  }
  return best
}
