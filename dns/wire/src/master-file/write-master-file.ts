import { compareBytes } from '@cresset/core-codec'
import type { Rrset } from '../message.ts'
import { compareNames, equalNames, isAtOrBelow } from '../name.ts'
import { formatName } from '../name-text.ts'
import { formatRdata } from '../rdata/text.ts'
import { formatRecordType, RecordType } from '../record-type.ts'

/** Owners up to this length stand in a column; longer ones push the rest of their line to the right. */
const MAX_COLUMN_CHARACTERS = 32
const SPACES = ' '.repeat(MAX_COLUMN_CHARACTERS)

/**
 * The lines of a master file (RFC 1035 section 5.1) that `readMasterFile` reads back as the same records: owners in canonical order
 * (RFC 4034 section 6.1) and relative to `origin`, types by number but for the SOA, which is first, data by its bytes. $TTL is the most frequent TTL. Two zones with the same
 * records have the same text.
 */
export function* writeMasterFile(origin: Uint8Array, rrsets: readonly Rrset[]): Generator<string> {
  const sorted = [...rrsets].sort((a, b) => compareNames(a.owner, b.owner) || placeOf(a.type) - placeOf(b.type))
  const usualTtl = mostFrequentTtl(sorted)
  yield `$ORIGIN ${formatName(origin)}`
  if (usualTtl !== undefined) yield `$TTL ${usualTtl}`
  const owners = sorted.map(({ owner }) => relativeName(owner, origin))
  const ownerWidth = widthOf(owners)
  const ttls = sorted.map(({ ttl }) => (ttl === usualTtl ? '' : String(ttl)))
  const ttlWidth = widthOf(ttls)
  const types = sorted.map(({ type }) => formatRecordType(type))
  const typeWidth = widthOf(types)
  for (const [index, { type, rdatas }] of sorted.entries()) {
    const cells = [
      padded(owners[index] as string, ownerWidth),
      ...(ttlWidth === 0 ? [] : [padded(ttls[index] as string, ttlWidth)]),
      padded(types[index] as string, typeWidth),
    ].join(' ')
    for (const rdata of [...rdatas].sort(compareBytes)) yield `${cells} ${formatRdata(type, rdata)}`
  }
}

/** Some readers want the SOA before all others. */
const placeOf = (type: number): number => (type === RecordType.SOA ? 0 : type)

/** `@` for the origin itself; a name outside it stays absolute. */
function relativeName(name: Uint8Array, origin: Uint8Array): string {
  if (equalNames(name, origin)) return '@'
  const text = formatName(name)
  if (!isAtOrBelow(name, origin) || origin.length === 1) return text
  return text.slice(0, -(formatName(origin).length + 1))
}

/** Of those that are as frequent, the lowest. */
function mostFrequentTtl(rrsets: readonly Rrset[]): number | undefined {
  const counts = new Map<number, number>()
  for (const { ttl, rdatas } of rrsets) counts.set(ttl, (counts.get(ttl) ?? 0) + rdatas.length)
  let best: number | undefined
  for (const [ttl, count] of counts) {
    const bestCount = best === undefined ? 0 : (counts.get(best) as number)
    if (best === undefined || count > bestCount || (count === bestCount && ttl < best)) best = ttl
  }
  return best
}

const widthOf = (texts: readonly string[]): number =>
  texts.reduce((width, text) => Math.min(MAX_COLUMN_CHARACTERS, Math.max(width, text.length)), 0)

const padded = (text: string, width: number): string => text + SPACES.slice(0, Math.max(0, width - text.length))
