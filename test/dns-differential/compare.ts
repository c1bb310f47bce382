import {
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  lowerCaseName,
  type Message,
  parseMessage,
  type ResourceRecord,
} from '@cresset/dns-wire'

/** A response as it is compared: sets of lines, names in lower case. */
export interface Comparable {
  readonly rcode: string
  readonly isAuthoritative: boolean
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

export interface Difference {
  readonly section: keyof Comparable
  /** Lines that only the peer has. */
  readonly missing: readonly string[]
  /** Lines that only we have. */
  readonly extra: readonly string[]
}

export function comparable(response: Uint8Array): Comparable {
  const message: Message = parseMessage(response)
  return {
    rcode: formatRcode(message.rcode),
    isAuthoritative: message.flags.authoritative,
    answer: lines(message.answers),
    authority: lines(message.authorities),
    additional: lines(message.additionals),
  }
}

function lines(records: readonly ResourceRecord[]): string[] {
  return (
    records
      .map(
        ({ name, type, ttl, rdata }) =>
          `${formatName(lowerCaseName(name))} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata).toLowerCase()}`,
      )
      // As the zones are made: text can be cut at dots.
      .map((line) => line.replaceAll('\\.', '\\046'))
      .sort()
  )
}

export function differences(ours: Comparable, theirs: Comparable): Difference[] {
  const found: Difference[] = []
  if (ours.rcode !== theirs.rcode) found.push({ section: 'rcode', missing: [theirs.rcode], extra: [ours.rcode] })
  if (ours.isAuthoritative !== theirs.isAuthoritative)
    found.push({
      section: 'isAuthoritative',
      missing: [String(theirs.isAuthoritative)],
      extra: [String(ours.isAuthoritative)],
    })
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const missing = theirs[section].filter((line) => !ours[section].includes(line))
    const extra = ours[section].filter((line) => !theirs[section].includes(line))
    const hasRepeats = new Set(ours[section]).size < ours[section].length
    if (missing.length > 0 || extra.length > 0 || hasRepeats) found.push({ section, missing, extra })
  }
  return found
}
