import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answersQuery,
  buildQuery,
  EdnsOptionCode,
  extendedErrorCode,
  parseAbsoluteName,
  parseMessage,
  RecordClass,
  RecordType,
  readEdnsOptions,
  writeEdnsOptions,
} from './index.ts'

const name = parseAbsoluteName('wWw.acme')

test('a query holds one question and, unless told otherwise, an OPT record', () => {
  const message = parseMessage(buildQuery({ id: 0x1234, name, type: RecordType.TLSA }))
  assert.equal(message.id, 0x1234)
  assert.equal(message.opcode, 0)
  assert.deepEqual(message.questions, [{ name, type: RecordType.TLSA, class: RecordClass.IN }])
  assert.deepEqual(message.edns, { udpPayloadBytes: 1232, version: 0, dnssecOk: false, options: [] })
  assert.equal(parseMessage(buildQuery({ id: 1, name, type: 1, udpPayloadBytes: 0 })).edns, undefined)
})

test('flags and options are sent as asked', () => {
  const options = [{ code: EdnsOptionCode.COOKIE, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }]
  const message = parseMessage(
    buildQuery({ id: 1, name, type: 1, recursionDesired: true, dnssecOk: true, ednsOptions: options }),
  )
  assert.equal(message.flags.recursionDesired, true)
  assert.equal(message.edns?.dnssecOk, true)
  assert.deepEqual(message.edns?.options, options)
})

test('a name that is not on the wire form is a mistake of the caller', () => {
  assert.throws(() => buildQuery({ id: 1, name: Uint8Array.of(5, 1), type: 1 }), RangeError)
})

test('RFC 5452 section 9: an answer has the id and the question of the query, to the case', () => {
  const query = buildQuery({ id: 7, name, type: 1 })
  const response = (change: (bytes: Uint8Array) => void): boolean => {
    const bytes = query.slice()
    bytes[2] = 0x80
    change(bytes)
    return answersQuery(query, parseMessage(bytes))
  }
  assert(response(() => {}))
  assert(!response((bytes) => bytes.set([0], 2)))
  assert(!response((bytes) => bytes.set([8], 1)))
  assert(!response((bytes) => bytes.set([0x88], 2)))
  assert(!response((bytes) => bytes.set([0x77], 14)))
  assert(!response((bytes) => bytes.set([28], 12 + name.length + 1)))
  assert(!response((bytes) => bytes.set([3], 12 + name.length + 3)))
})

test('an answer without the question is believed only when it is an error', () => {
  const query = buildQuery({ id: 7, name, type: 1 })
  const header = (rcode: number): Uint8Array => Uint8Array.from([0, 7, 0x80, rcode, 0, 0, 0, 0, 0, 0, 0, 0])
  assert(answersQuery(query, parseMessage(header(1))))
  assert(!answersQuery(query, parseMessage(header(0))))
})

test('options survive writing and reading; cut ones are refused', () => {
  const options = [
    { code: 15, data: Uint8Array.of(0, 24, 0x78) },
    { code: 65_001, data: new Uint8Array() },
  ]
  assert.deepEqual(readEdnsOptions(writeEdnsOptions(options)), options)
  assert.equal(extendedErrorCode(options), 24)
  assert.equal(extendedErrorCode([]), undefined)
  assert.equal(extendedErrorCode([{ code: 15, data: Uint8Array.of(1) }]), undefined)
  for (const cut of [1, 3, 5])
    assert.throws(() => readEdnsOptions(writeEdnsOptions(options).slice(0, cut)), { code: 'edns' })
})

test('the rcode has twelve bits with an OPT record', () => {
  const bytes = buildQuery({ id: 7, name, type: 1 })
  bytes[2] = 0x80
  bytes[bytes.length - 6] = 1
  assert.equal(parseMessage(bytes).rcode, 16)
})
