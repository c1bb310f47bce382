import assert from 'node:assert/strict'
import type { ZoneSource } from '../zone-source.ts'
import { ask } from './ask.ts'

/** A response as the appendices of RFC 4035 and RFC 5155 print it: `owner TYPE RDATA` in each section, in any order. */
export interface RfcResponse {
  readonly rcode?: string
  /** `aa` unless it is a referral. */
  readonly flags?: string
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
}

/** An RRSIG as the zones of the appendices have it, but for the signature. */
export function rfcSignature(covered: string, labels: number, times: string, keyTag: number): string {
  return `RRSIG ${covered} 5 ${labels} 3600 ${times} ${keyTag} example. AAAA`
}

/**
 * What the appendices add to answers and a minimal response leaves out: the zone's own servers behind an answer, which no RFC asks
 * for, with their addresses. A reader that came here has them.
 */
const ownServers = /^(example\. (NS ns[12]\.example\.|RRSIG NS 1)|ns[12]\.example\. (A .*|RRSIG A 2))$/

/** Asks with DO, and compares which records stand in which section. */
export function assertRfcResponse(source: ZoneSource, question: string, expected: RfcResponse): void {
  const reply = ask(source, question, { dnssecOk: true })
  assert.equal(reply.rcode, expected.rcode ?? 'NOERROR', question)
  assert.equal(reply.flags, expected.flags ?? 'aa', question)
  assert.equal(reply.message.edns?.dnssecOk, true)
  for (const section of ['answer', 'authority', 'additional'] as const) {
    const wanted = (expected[section] ?? []).filter((line) => section === 'answer' || !ownServers.test(line))
    assert.deepEqual(reply[section].map(shortened).sort(), [...wanted].sort(), `${question}: ${section}`)
  }
}

/** Without the TTL, which is 3600 everywhere, and of a signature what it covers and how many labels. */
function shortened(line: string): string {
  const [owner, ttl, ...rest] = line.split(' ')
  assert.equal(ttl, '3600', line)
  return [owner, ...(rest[0] === 'RRSIG' ? ['RRSIG', rest[1], rest[3]] : rest)].join(' ')
}
