import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  EdnsOptionCode,
  ExtendedError,
  extendedErrorCode,
  parseAbsoluteName,
  type QueryOptions,
  RecordType,
} from '@cresset/dns-wire'
import { ask, readReply } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'

const addresses = Array.from({ length: 100 }, (_, index) => `many A 192.0.2.${index}`).join('\n')
const store = storeOf({
  'example.': `@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\n${addresses}\nmedium TXT "${'x'.repeat(250)}" "${'y'.repeat(250)}" "${'z'.repeat(100)}"`,
})

const query = (options: Partial<QueryOptions> = {}): Uint8Array =>
  buildQuery({ id: 1, name: parseAbsoluteName('www.example'), type: RecordType.A, ...options })

const reply = (bytes: Uint8Array) => {
  const response = answer(bytes, store, { transport: 'udp' })
  assert(response !== undefined)
  return readReply(response)
}

test('6.1.1: a response has an OPT record exactly when the query has one', () => {
  assert.equal(ask(store, 'www.example. A', { udpPayloadBytes: 0 }).message.edns, undefined)
  const edns = ask(store, 'www.example. A').message.edns
  assert.deepEqual(edns, { udpPayloadBytes: 1232, version: 0, dnssecOk: false, options: [] })
})

test('6.1.3: a higher version is BADVERS and told version 0', () => {
  const bytes = query()
  bytes[bytes.length - 5] = 1
  const { rcode, message, answer: records } = reply(bytes)
  assert.equal(rcode, 'BADVERS')
  assert.equal(message.edns?.version, 0)
  assert.deepEqual(records, [])
})

test('6.1.4 and RFC 3225: DO is copied, other flags are not', () => {
  const bytes = query({ dnssecOk: true })
  bytes[bytes.length - 3] = 0xff
  const { edns } = reply(bytes).message
  assert.equal(edns?.dnssecOk, true)
  assert.equal(reply(query()).message.edns?.dnssecOk, false)
  const response = answer(bytes, store, { transport: 'udp' }) as Uint8Array
  assert.equal(response[response.length - 3], 0)
})

test('6.1.1: two OPT records, or one that is not at the root, are FORMERR', () => {
  const one = query()
  const opt = one.slice(one.length - 11)
  const two = Uint8Array.from([...one, ...opt])
  two[11] = 2
  assert.equal(reply(two).rcode, 'FORMERR')
  const named = Uint8Array.from([...one.slice(0, one.length - 11), 1, 0x61, ...opt])
  assert.equal(reply(named).rcode, 'FORMERR')
})

test('6.1.2: unknown options are ignored, options that run over are FORMERR', () => {
  const unknown = query({ ednsOptions: [{ code: 65001, data: Uint8Array.of(1, 2, 3) }] })
  assert.equal(reply(unknown).rcode, 'NOERROR')
  assert.deepEqual(reply(unknown).message.edns?.options, [])
  unknown[unknown.length - 4] = 200
  assert.equal(reply(unknown).rcode, 'FORMERR')
})

test('6.2.3: a payload size below 512 counts as 512; the server offers no more than its own limit', () => {
  const name = 'medium.example. TXT'
  assert.equal(ask(store, name, { transport: 'udp', udpPayloadBytes: 100 }).flags, 'aa tc')
  assert.equal(ask(store, name, { transport: 'udp', udpPayloadBytes: 0 }).flags, 'aa tc')
  assert.equal(ask(store, name, { transport: 'udp', udpPayloadBytes: 700 }).flags, 'aa')
  assert.equal(ask(store, 'many.example. A', { transport: 'udp', udpPayloadBytes: 4096 }).flags, 'aa tc')
  assert.equal(
    ask(store, 'many.example. A', { transport: 'udp', udpPayloadBytes: 4096, maxUdpBytes: 4096 }).flags,
    'aa',
  )
})

test('truncated responses keep question and OPT and drop the records; TCP gives them all', () => {
  for (const udpPayloadBytes of [0, 512, 1232]) {
    const truncated = ask(store, 'many.example. A', { transport: 'udp', udpPayloadBytes })
    assert.equal(truncated.flags, 'aa tc')
    assert.deepEqual(truncated.answer, [])
    assert.equal(truncated.message.questions.length, 1)
    assert.equal(truncated.message.edns !== undefined, udpPayloadBytes > 0)
  }
  assert.equal(ask(store, 'many.example. A').answer.length, 100)
})

test('no response is longer than the client takes, whatever its size', () => {
  for (let udpPayloadBytes = 512; udpPayloadBytes < 1300; udpPayloadBytes++) {
    const limit = Math.min(udpPayloadBytes, 1232)
    for (const name of ['many.example. A', 'medium.example. TXT', 'no.example. A']) {
      assert(ask(store, name, { transport: 'udp', udpPayloadBytes }).bytes.length <= limit)
    }
  }
})

test('RFC 8914: refusals tell why, when the client has EDNS', () => {
  const refused = ask(store, 'other.test. A')
  assert.equal(refused.rcode, 'REFUSED')
  assert.equal(extendedErrorCode(refused.message.edns?.options ?? []), ExtendedError.NOT_AUTHORITATIVE)
  assert.equal(ask(store, 'other.test. A', { udpPayloadBytes: 0 }).rcode, 'REFUSED')
})

test('the question goes back whole, however little room options and a signature leave', () => {
  const name = parseAbsoluteName(`${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(53)}.example`)
  const ednsOptions = [{ code: EdnsOptionCode.NSID, data: new Uint8Array() }]
  const bytes = query({ name, ednsOptions, udpPayloadBytes: 512 })
  const nsid = new Uint8Array(64)
  const response = answer(bytes, store, { transport: 'udp', nsid, signatureBytes: 360 })
  const { flags, message } = readReply(response as Uint8Array)
  assert.deepEqual([flags, message.questions.length, message.questions[0]?.name], ['aa tc', 1, name])
})
