/** One record as text; names are absolute and lower-case. */
export interface TextRecord {
  readonly owner: string
  readonly type: string
  readonly rdata: string
}

export interface TextZone {
  readonly apex: string
  readonly records: readonly TextRecord[]
}

export interface NaiveReply {
  rcode: string
  isAuthoritative: boolean
  answer: string[]
  authority: string[]
}

const parentOf = (name: string): string => name.slice(name.indexOf('.') + 1) || '.'
const isBelow = (name: string, ancestor: string): boolean => name.endsWith(`.${ancestor}`)

/**
 * The rules of RFC 1034 section 4.3.2, RFC 4592 and RFC 6672, written a second time over lists of text and with full scans, to compare the
 * server with. It shares no code with it.
 */
export function naiveAnswer(zones: readonly TextZone[], question: string, type: string): NaiveReply {
  const reply: NaiveReply = { rcode: 'NOERROR', isAuthoritative: false, answer: [], authority: [] }
  const seen: string[] = []
  let name = question
  for (;;) {
    const zone = nearest(zones, name, type)
    if (zone === undefined) {
      if (seen.length === 0) reply.rcode = 'REFUSED'
      return reply
    }
    const cut = topmost(zone, 'NS', (owner) => owner === name || isBelow(name, owner))
    const redirect = topmost(zone, 'DNAME', (owner) => isBelow(name, owner))
    const isCut = cut !== undefined && (redirect === undefined || cut.length <= redirect.length)
    if (isCut && !(cut === name && type === 'DS')) {
      reply.authority = recordsAt(zone, cut, 'NS', cut)
      return reply
    }
    reply.isAuthoritative = true
    if (redirect !== undefined) {
      const [line] = recordsAt(zone, redirect, 'DNAME', redirect) as [string]
      if (!reply.answer.includes(line)) reply.answer.push(line)
      seen.push(name)
      const target = name.slice(0, -redirect.length) + line.split(' ')[2]
      reply.answer.push(`${name} CNAME ${target}`)
      name = target
      if (type === 'CNAME' || seen.includes(name) || seen.length > 8) return reply
      continue
    }
    const source = sourceOf(zone, name)
    if (source === undefined) {
      reply.rcode = 'NXDOMAIN'
      reply.authority = recordsAt(zone, zone.apex, 'SOA', zone.apex)
      return reply
    }
    const found = recordsAt(zone, source, type, name)
    const alias = zone.records.find((record) => record.owner === source && record.type === 'CNAME')
    if (found.length > 0 || alias === undefined) {
      reply.answer.push(...found)
      if (found.length === 0) reply.authority = recordsAt(zone, zone.apex, 'SOA', zone.apex)
      return reply
    }
    reply.answer.push(`${name} CNAME ${alias.rdata}`)
    seen.push(name)
    name = alias.rdata
    if (seen.includes(name) || seen.length > 8) return reply
  }
}

/** RFC 4035 section 3.1.4.1: DS is asked of the zone above, if it is here. */
function nearest(zones: readonly TextZone[], name: string, type: string): TextZone | undefined {
  const holding = zones
    .filter(({ apex }) => name === apex || isBelow(name, apex))
    .sort((a, b) => b.apex.length - a.apex.length)
  return type === 'DS' && holding[0]?.apex === name ? (holding[1] ?? holding[0]) : holding[0]
}

/** The owner nearest to the apex, but not the apex itself, that has records of the type. */
function topmost(zone: TextZone, wanted: string, isWanted: (owner: string) => boolean): string | undefined {
  return zone.records
    .filter(({ type, owner }) => type === wanted && owner !== zone.apex && isWanted(owner))
    .map(({ owner }) => owner)
    .sort((a, b) => a.length - b.length)[0]
}

function exists(zone: TextZone, name: string): boolean {
  return name === zone.apex || zone.records.some(({ owner }) => owner === name || isBelow(owner, name))
}

/** The owner whose records answer for `name`: itself, the wildcard at its closest encloser, or none. */
function sourceOf(zone: TextZone, name: string): string | undefined {
  if (exists(zone, name)) return name
  let encloser = parentOf(name)
  while (!exists(zone, encloser)) encloser = parentOf(encloser)
  return exists(zone, `*.${encloser}`) ? `*.${encloser}` : undefined
}

function recordsAt(zone: TextZone, source: string, type: string, owner: string): string[] {
  return zone.records
    .filter((record) => record.owner === source && record.type === type)
    .map(({ rdata }) => `${owner} ${type} ${rdata}`)
}
