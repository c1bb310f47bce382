import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, EdnsOptionCode, MAX_MESSAGE_BYTES, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { readReply } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'
import { failureResponse } from './failure.ts'
import type { AnswerLimits } from './limits.ts'
import { paddingBytes } from './padding.ts'

const big = Array.from({ length: 240 }, (_, index) => `big TXT "${String(index).padStart(255, 'x')}"`).join('\n')
const store = storeOf({
  example: `@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\ntxt TXT "${'y'.repeat(250)}" "${'z'.repeat(250)}"\n${big}`,
})
const padded = { code: EdnsOptionCode.PADDING, data: new Uint8Array(70) }
const encrypted = { transport: 'tcp', isEncrypted: true } as const

function ask(name: string, limits: AnswerLimits = encrypted, ednsOptions = [padded], type: number = RecordType.A) {
  const query = buildQuery({ id: 1, name: parseAbsoluteName(name), type, ednsOptions })
  const bytes = answer(query, store, limits) as Uint8Array
  const option = readReply(bytes).message.edns?.options.find(({ code }) => code === EdnsOptionCode.PADDING)
  return { bytes: bytes.length, padding: option?.data }
}

test('4.1: responses have a multiple of 468 bytes', () => {
  for (const [name, type, blocks] of [
    ['ns.example', RecordType.A, 1],
    ['none.example', RecordType.A, 1],
    ['elsewhere.test', RecordType.A, 1],
    ['txt.example', RecordType.TXT, 2],
    ['ns.example', RecordType.NXNAME, 1],
  ] as const) {
    const { bytes, padding } = ask(name, encrypted, [padded], type)
    assert.equal(bytes, blocks * 468, name)
    assert.ok(
      padding?.every((byte) => byte === 0),
      'RFC 7830 section 3: zeros',
    )
  }
})

test('RFC 7830 4: not for who does not pad, and never in clear', () => {
  assert.equal(ask('ns.example', encrypted, []).padding, undefined)
  assert.equal(ask('ns.example', { transport: 'tcp' }).padding, undefined)
  assert.equal(ask('ns.example', { transport: 'udp' }).padding, undefined)
})

test('a signature that comes behind counts', () => {
  for (const signatureBytes of [1, 90, 400])
    assert.equal(ask('ns.example', { ...encrypted, signatureBytes }).bytes, 468 - signatureBytes)
})

test('what fits without padding fits with it', () => {
  const { bytes, padding } = ask('big.example', encrypted, [padded], RecordType.TXT)
  assert.ok(bytes > 64_000 && bytes <= MAX_MESSAGE_BYTES)
  assert.ok(padding)
  assert.equal(paddingBytes(468 - 4, 65_535), 4)
  assert.equal(paddingBytes(468 - 3, 65_535), 468 + 3)
  assert.equal(paddingBytes(65_530, 65_535), 5)
  assert.equal(paddingBytes(65_532, 65_535), 0)
})

test('failures are padded too', () => {
  const query = buildQuery({ id: 1, name: parseAbsoluteName('x.example'), type: 1, ednsOptions: [padded] })
  assert.equal(failureResponse(query, { extendedError: 0, text: 'no' }, encrypted)?.length, 468)
  assert.ok((failureResponse(query, { extendedError: 0, text: 'no' }, { transport: 'tcp' })?.length ?? 0) < 100)
})
