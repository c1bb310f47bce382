import assert from 'node:assert/strict'
import {
  buildQuery,
  isAtOrBelow,
  lowerCaseName,
  parseAbsoluteName,
  parseMessage,
  RecordType,
  readUint16,
} from '@cresset/dns-wire'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'

export const name = 'dns-answer'

const ZONE = `
@ SOA ns host 1 2 3 4 5
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www TXT "${'x'.repeat(255)}" "${'y'.repeat(255)}" "${'z'.repeat(255)}" "${'w'.repeat(255)}" "${'v'.repeat(255)}"
www HTTPS 1 . port=8443
_8443._tcp.www TLSA 3 1 1 ${'ab'.repeat(32)}
alias CNAME b.wild
*.wild CNAME alias
*.w MX 10 www
sub NS ns.sub
ns.sub A 192.0.2.2
a.b.c SRV 1 2 3 www
`
const store = storeOf({ 'a.': ZONE, 'sub.a.': ZONE, 'b.': ZONE })
const apexes = ['a', 'b'].map(parseAbsoluteName)

export const seeds: readonly Uint8Array[] = ['www.a', 'x.wild.b', 'q.sub.a', 'x.w.a', 'b.c.b', 'no.a'].flatMap((text) =>
  [RecordType.A, RecordType.MX, RecordType.HTTPS, RecordType.ANY, RecordType.TXT].map((type, id) =>
    buildQuery({
      id,
      name: parseAbsoluteName(text),
      type,
      dnssecOk: id % 2 === 0,
      udpPayloadBytes: [0, 512, 4096][id % 3] as number,
    }),
  ),
)

/** Whatever the packet is, `answer` gives nothing, or one message that fits, belongs to the query, and is all from the zones. */
export function run(bytes: Uint8Array): void {
  const before = bytes.slice()
  for (const [transport, limit] of [
    ['udp', 1232],
    ['tcp', 65_535],
  ] as const) {
    const response = answer(bytes, store, { transport })
    assert.deepEqual(bytes, before)
    if (response === undefined) {
      assert(bytes.length < 12 || (bytes[2] as number) >= 0x80, 'a query got no response')
      continue
    }
    assert(response.length <= limit)
    const message = parseMessage(response)
    assert(message.flags.isResponse)
    assert.equal(message.id, readUint16(bytes, 0))
    assert.equal(response.length <= 512 || transport === 'tcp' || message.edns !== undefined, true)
    for (const { name: owner } of [...message.answers, ...message.authorities, ...message.additionals]) {
      assert(apexes.some((apex) => isAtOrBelow(lowerCaseName(owner), apex)))
    }
    if (message.rcode !== 0 && message.rcode !== 3) assert.equal(message.answers.length + message.authorities.length, 0)
  }
}
