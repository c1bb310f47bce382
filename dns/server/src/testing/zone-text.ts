import {
  lowerCaseName,
  parseAbsoluteName,
  parseName,
  parseRdataTokens,
  parseRecordType,
  type Rrset,
  tokenize,
} from '@cresset/dns-wire'
import { ZoneStore } from '../store/zone-store.ts'

/**
 * RRsets of a master file as tests write it: $ORIGIN, $TTL, an owner left out repeats the last, parentheses join lines. A mistake in
 * the text throws.
 */
export function readZoneText(apex: string, text: string): Rrset[] {
  const rrsets = new Map<string, { owner: Uint8Array; type: number; ttl: number; rdatas: Uint8Array[] }>()
  let origin = lowerCaseName(parseAbsoluteName(apex))
  let defaultTtl = 3600
  let owner = origin
  for (const line of joinLines(text)) {
    const tokens = tokenize(line)
    if (tokens.length === 0) continue
    if (tokens[0] === '$ORIGIN') origin = lowerCaseName(parseName(tokens[1] as string, origin))
    else if (tokens[0] === '$TTL') defaultTtl = Number(tokens[1])
    else {
      if (!/^\s/.test(line)) owner = lowerCaseName(parseName(tokens.shift() as string, origin))
      const ttl = /^\d+$/.test(tokens[0] as string) ? Number(tokens.shift()) : defaultTtl
      if (tokens[0] === 'IN') tokens.shift()
      const type = parseRecordType(tokens.shift() as string)
      if (type === undefined) throw new Error(`no record type in: ${line}`)
      const key = `${owner.join('.')}/${type}`
      const rrset = rrsets.get(key) ?? { owner, type, ttl, rdatas: [] }
      rrsets.set(key, rrset)
      rrset.rdatas.push(parseRdataTokens(type, tokens, origin))
    }
  }
  return [...rrsets.values()]
}

function joinLines(text: string): string[] {
  const lines: string[] = []
  let open = 0
  for (const line of text.split('\n')) {
    const code = line.replace(/"[^"]*"/g, '').replace(/;.*/, '')
    if (open > 0) lines[lines.length - 1] += `\n${line}`
    else lines.push(line)
    open += code.split('(').length - code.split(')').length
  }
  return lines
}

/** A store that holds the zones, each under its apex. */
export function storeOf(zones: Readonly<Record<string, string>>): ZoneStore {
  const store = new ZoneStore({ hashKey: [1, 2] })
  const changes = Object.entries(zones).map(([apex, text]) => ({
    apex: lowerCaseName(parseAbsoluteName(apex)),
    put: readZoneText(apex, text),
  }))
  store.apply(changes, 1)
  return store
}
