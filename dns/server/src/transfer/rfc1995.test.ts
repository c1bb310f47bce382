import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  type Message,
  parseAbsoluteName,
  parseMessage,
  RecordType,
  readUint16,
  writeUint16,
} from '@cresset/dns-wire'
import { differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import type { MessageStream } from '../listen/listener.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { readReply } from '../testing/ask.ts'
import { signQuery } from '../testing/sign-query.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { TsigKey } from '../tsig/tsig-key.ts'
import { checkTsig } from '../tsig/tsig-session.ts'
import { parsePrefix } from './prefix.ts'
import { answerTransfer, isTransferQuery, newTransferCounters } from './transfers.ts'

/** RFC 1995 section 7, which has these three versions of a zone. */
const soa = (serial: number): string =>
  `@ 60 SOA ns.nic oper.nic ${serial} 600 600 3600000 604800\n@ 60 NS ns.nic\nns.nic 60 A 133.69.136.1\n`
const filler = Array.from({ length: 20 }, (_, index) => `filler${index} 60 TXT "some text"\n`).join('')
const versions = [
  `${soa(1)}nezu 60 A 133.69.136.5\n${filler}`,
  `${soa(2)}jain-bb 60 A 133.69.136.4\njain-bb 60 A 192.41.197.2\n${filler}`,
  `${soa(3)}jain-bb 60 A 133.69.136.3\njain-bb 60 A 192.41.197.2\n${filler}`,
].map((text) => zoneOf('jain.ad.jp', text))
const [first, second, third] = versions as [MemoryZone, MemoryZone, MemoryZone]
const prefixes = [parsePrefix('192.0.2.0/24')!]
const NOW = 1_800_000_000
const key = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', new Uint8Array(32).fill(7))

function difference(before: MemoryZone, after: MemoryZone): ZoneDifference {
  const steps = differenceOf(before, after)
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value as ZoneDifference
}
const chain = [difference(first, second), difference(second, third)]
const source = {
  zone: () => third,
  differences: (_apex: Uint8Array, serial: number) =>
    serial === 1 ? chain : serial === 2 ? chain.slice(1) : undefined,
}

/** A query for the changes since a serial. */
function ixfr(
  serial: number,
  options: { udpPayloadBytes?: number; ednsOptions?: { code: number; data: Uint8Array }[] } = {},
) {
  const plain = buildQuery({ id: 4711, name: third.apex, type: RecordType.IXFR, udpPayloadBytes: 0 })
  const edns = buildQuery({ id: 4711, name: third.apex, type: RecordType.IXFR, ...options })
  const own = zoneOf('jain.ad.jp', soa(serial))
  const records = own.rrset(own.apexOwner, RecordType.SOA) as Uint8Array
  const query = Buffer.concat([plain, Uint8Array.of(0xc0, 12), records, edns.subarray(plain.length)])
  writeUint16(query, 8, 1)
  writeUint16(query, 10, readUint16(edns, 10))
  return query
}

const counters = newTransferCounters()

function ask(query: Uint8Array, transport: 'tcp' | 'udp', client = '192.0.2.1'): Message[] {
  assert.ok(isTransferQuery(query, transport))
  const asker = { limits: { transport }, client, session: undefined }
  const answer = answerTransfer(query, source, { keys: [], prefixes }, asker, counters)
  if (answer instanceof Uint8Array) return [parseMessage(answer)]
  return [...{ [Symbol.iterator]: () => (answer as MessageStream).messages }].map((message) => parseMessage(message))
}

/** `SOA 3`, `A 133.69.136.5`: the records of the answer in their order. */
function recordsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ answers }) =>
    answers.map(({ type, rdata }) =>
      type === RecordType.SOA
        ? `SOA ${new DataView(rdata.buffer, rdata.byteOffset).getUint32(rdata.length - 20)}`
        : `${type === RecordType.A ? 'A' : type} ${[...rdata].join('.')}`,
    ),
  )
}

const changesSinceOne = [
  ...['SOA 3', 'SOA 1', 'A 133.69.136.5', 'SOA 2', 'A 133.69.136.4', 'A 192.41.197.2'],
  ...['SOA 2', 'A 133.69.136.4', 'SOA 3', 'A 133.69.136.3', 'SOA 3'],
]

test('7: the example, over TCP', () => {
  assert.deepEqual(recordsOf(ask(ixfr(1), 'tcp')), changesSinceOne)
  assert.deepEqual(recordsOf(ask(ixfr(2), 'tcp')), [
    'SOA 3',
    'SOA 2',
    'A 133.69.136.4',
    'SOA 3',
    'A 133.69.136.3',
    'SOA 3',
  ])
})

test('2: who has the last serial, or a newer one, gets the SOA alone; who has an unknown one the zone', () => {
  assert.deepEqual(recordsOf(ask(ixfr(3), 'tcp')), ['SOA 3'])
  assert.deepEqual(recordsOf(ask(ixfr(4), 'tcp')), ['SOA 3'])
  const whole = recordsOf(ask(ixfr(0), 'tcp'))
  assert.deepEqual([whole[0], whole.at(-1), whole.length], ['SOA 3', 'SOA 3', 26])
  assert.ok(!whole[1]?.startsWith('SOA'))
})

test('4: by UDP all changes when they fit, else the SOA alone; never a whole zone', () => {
  assert.deepEqual(recordsOf(ask(ixfr(1), 'udp')), changesSinceOne)
  assert.deepEqual(recordsOf(ask(ixfr(1, { udpPayloadBytes: 1232 }), 'udp')), changesSinceOne)
  assert.deepEqual(recordsOf(ask(ixfr(0, { udpPayloadBytes: 1232 }), 'udp')), ['SOA 3'])
  assert.deepEqual(recordsOf(ask(ixfr(3), 'udp')), ['SOA 3'])
  const big = difference(
    first,
    zoneOf('jain.ad.jp', `${soa(3)}big 60 TXT ${'"'.concat('x'.repeat(255), '" ').repeat(6)}\n`),
  )
  const answer = answerTransfer(
    ixfr(1),
    { zone: () => third, differences: () => [{ ...big, toSoa: (chain[1] as ZoneDifference).toSoa }] },
    { keys: [], prefixes },
    { limits: { transport: 'udp' }, client: '192.0.2.1', session: undefined },
  )
  const reply = readReply(answer as Uint8Array)
  assert.deepEqual([reply.answer.length, reply.flags], [1, 'aa'])
})

test('differences that do not lead to the zone that is there are not given', () => {
  const answer = answerTransfer(
    ixfr(1),
    { zone: () => third, differences: () => chain.slice(0, 1) },
    { keys: [], prefixes },
    { limits: { transport: 'tcp' }, client: '192.0.2.1', session: undefined },
  )
  const messages = [...{ [Symbol.iterator]: () => (answer as MessageStream).messages }]
  assert.equal(recordsOf(messages.map((message) => parseMessage(message))).length, 26)
})

test('strangers, other classes, whole zones by UDP', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    assert.equal(ask(ixfr(1), transport, '198.51.100.1')[0]?.rcode, 5)
    const chaos = ixfr(1)
    writeUint16(chaos, 12 + third.apex.length + 2, 3)
    assert.equal(ask(chaos, transport)[0]?.rcode, 9)
  }
  const axfr = buildQuery({ id: 1, name: third.apex, type: RecordType.AXFR })
  assert.ok(isTransferQuery(axfr, 'tcp') && !isTransferQuery(axfr, 'udp'))
})

test('signed by TSIG, in many messages: each has its place in the chain of signatures', () => {
  const after = zoneOf(
    'jain.ad.jp',
    soa(3) + Array.from({ length: 3_000 }, (_, index) => `h${index} 60 A 192.0.2.1\n`).join(''),
  )
  const differences = [difference(first, after)]
  const verdict = checkTsig(signQuery(ixfr(1), key, NOW), [key], NOW)
  assert.ok(verdict.kind === 'good')
  const answer = answerTransfer(
    verdict.message,
    { zone: () => after, differences: () => differences },
    { keys: [key], prefixes: [] },
    { limits: { transport: 'tcp' }, client: '198.51.100.1', session: verdict.session },
    counters,
  )
  const messages = [...{ [Symbol.iterator]: () => (answer as MessageStream).messages }].map((bytes) =>
    parseMessage(bytes),
  )
  assert.ok(messages.length > 3)
  for (const { additionals } of messages) assert.equal(additionals.at(-1)?.type, RecordType.TSIG)
  const records = recordsOf(messages)
  assert.deepEqual(records.slice(0, 3), ['SOA 3', 'SOA 1', 'A 133.69.136.5'])
  assert.equal(records.filter((text) => text.startsWith('A ')).length, 3_001)
})

test('RFC 7314: the time that the zone holds, in the first message, to who asks for it', () => {
  const expire = { code: 9, data: new Uint8Array() }
  for (const transport of ['udp', 'tcp'] as const) {
    for (const serial of [0, 1, 3]) {
      const [message] = ask(ixfr(serial, { udpPayloadBytes: 1232, ednsOptions: [expire] }), transport)
      assert.deepEqual(
        message?.edns?.options.map(({ code, data }) => [code, Buffer.from(data).readUInt32BE()]),
        [[9, 3_600_000]],
      )
      const [plain] = ask(ixfr(serial, { udpPayloadBytes: 1232 }), transport)
      assert.deepEqual(plain?.edns?.options, [])
    }
  }
})

test('what was answered is counted', () => {
  assert.ok(counters.whole > 0 && counters.changes > 3 && counters.soaOnly > 3)
  assert.equal(counters.refused, 4)
})
