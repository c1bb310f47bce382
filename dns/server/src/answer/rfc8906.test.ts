import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  ExtendedError,
  extendedErrorCode,
  formatName,
  Opcode,
  parseAbsoluteName,
  RecordClass,
  RecordType,
} from '@cresset/dns-wire'
import { ask, readReply } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'

/** RFC 8906: a server answers every query, also those it cannot serve, in a way that the client can learn from. */

const store = storeOf({ 'example.': '@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1' })
const query = (): Uint8Array =>
  buildQuery({ id: 0xabcd, name: parseAbsoluteName('www.example'), type: RecordType.A, udpPayloadBytes: 0 })
const respond = (bytes: Uint8Array) => answer(bytes, store, { transport: 'udp' })
const rcodeOf = (bytes: Uint8Array): string => readReply(respond(bytes) as Uint8Array).rcode

test('what is no query gets no response: cut headers, and responses, which would make two servers answer each other', () => {
  for (let length = 0; length < 12; length++) assert.equal(respond(query().slice(0, length)), undefined)
  const response = query()
  response[2] = 0x80
  assert.equal(respond(response), undefined)
})

test('3.1.4: unknown operations are NOTIMP with all sections empty', () => {
  for (let opcode = 1; opcode < 16; opcode++) {
    const bytes = query()
    bytes[2] = opcode << 3
    const { rcode, message } = readReply(respond(bytes) as Uint8Array)
    assert.deepEqual([rcode, message.opcode, message.questions.length], ['NOTIMP', opcode, 0])
  }
  assert.equal(Opcode.QUERY, 0)
})

test('RFC 9619: any other number of questions than one is FORMERR', () => {
  for (const count of [0, 2, 255]) {
    const bytes = query()
    bytes[5] = count
    assert.equal(rcodeOf(bytes), 'FORMERR')
  }
})

test('questions that do not parse are FORMERR', () => {
  const cut = query()
  for (let length = 12; length < cut.length; length++)
    assert.equal(rcodeOf(cut.slice(0, length)), 'FORMERR', `${length} bytes`)
  const pointer = query()
  pointer[12] = 0xc0
  assert.equal(rcodeOf(pointer), 'FORMERR')
  const reserved = query()
  reserved[12] = 0x40
  assert.equal(rcodeOf(reserved), 'FORMERR')
})

test('records where a query has none, and bytes behind the end, are FORMERR', () => {
  assert.equal(rcodeOf(Uint8Array.from([...query(), 0])), 'FORMERR')
  for (const offset of [7, 9, 11]) {
    const bytes = query()
    bytes[offset] = 1
    assert.equal(rcodeOf(bytes), 'FORMERR', `count at ${offset}`)
  }
})

test('3.1.1, 3.1.3: unknown types are NODATA, also with unknown flags in the header', () => {
  for (const type of [1000, 65_534]) assert.equal(ask(store, `www.example. TYPE${type}`).rcode, 'NOERROR')
  const bytes = query()
  bytes[3] = 0x40
  const { rcode, flags } = readReply(respond(bytes) as Uint8Array)
  assert.deepEqual([rcode, flags], ['NOERROR', 'aa'])
  assert.equal(((respond(bytes) as Uint8Array)[3] as number) & 0x40, 0)
})

test('RD is copied; RA, AD and CD stay clear (RFC 4035 section 3.1.6)', () => {
  const bytes = query()
  bytes[2] = 0x01
  bytes[3] = 0x30
  assert.equal(readReply(respond(bytes) as Uint8Array).flags, 'aa rd')
})

test('classes other than IN are refused', () => {
  for (const recordClass of [RecordClass.CH, RecordClass.ANY, RecordClass.NONE, 65_000]) {
    assert.equal(ask(store, 'www.example. A', { class: recordClass }).rcode, 'REFUSED')
  }
})

test('types that are no data: transfers are refused, mailboxes not implemented, the rest is FORMERR', () => {
  const expected = {
    AXFR: 'REFUSED',
    IXFR: 'REFUSED',
    MAILA: 'NOTIMP',
    MAILB: 'NOTIMP',
    OPT: 'FORMERR',
    TSIG: 'FORMERR',
    TKEY: 'FORMERR',
    NXNAME: 'FORMERR',
  }
  for (const [type, rcode] of Object.entries(expected)) assert.equal(ask(store, `example. ${type}`).rcode, rcode, type)
})

test('names outside the zones are refused, without a record', () => {
  const reply = ask(store, 'example.com. A')
  assert.deepEqual([reply.rcode, reply.flags, reply.authority], ['REFUSED', '', []])
  assert.equal(ask(store, '. NS').rcode, 'REFUSED')
})

test('a stale source and a zone without its SOA answer SERVFAIL and say which (RFC 8914)', () => {
  const stale = storeOf({ 'example.': '@ SOA ns host 1 2 3 4 5' })
  stale.setStale(true)
  const reply = ask(stale, 'www.example. A')
  assert.deepEqual([reply.rcode, reply.answer, reply.authority], ['SERVFAIL', [], []])
  assert.equal(extendedErrorCode(reply.message.edns?.options ?? []), ExtendedError.INVALID_DATA)
  assert.equal(ask(stale, 'www.test. A').rcode, 'REFUSED')
  stale.setStale(false)
  assert.equal(ask(stale, 'www.example. A').rcode, 'NXDOMAIN')
  const empty = ask(storeOf({ 'example.': 'www A 192.0.2.1' }), 'www.example. A')
  assert.equal(empty.rcode, 'SERVFAIL')
  assert.equal(extendedErrorCode(empty.message.edns?.options ?? []), ExtendedError.NOT_READY)
})

test('the question comes back with its case, and so does the owner of the answer', () => {
  const reply = ask(store, 'wWW.eXAmPLE. A')
  assert.equal(formatName(reply.message.questions[0]?.name as Uint8Array), 'wWW.eXAmPLE.')
  assert.deepEqual(reply.answer, ['wWW.eXAmPLE. 3600 A 192.0.2.1'])
})

test('the same query gives the same bytes, also after a longer answer used the buffer', () => {
  const first = respond(query())
  ask(store, 'a.very.long.name.that.leaves.bytes.behind.example. A')
  assert.deepEqual(respond(query()), first)
})
