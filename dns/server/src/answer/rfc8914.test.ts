import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildQuery,
  ExtendedError,
  extendedErrorCode,
  extendedErrorText,
  parseAbsoluteName,
  Rcode,
} from '@cresset/dns-wire'
import { readReply } from '../testing/ask.ts'
import { failureResponse } from './failure.ts'

const question = (name: string, udpPayloadBytes?: number): Uint8Array =>
  buildQuery({
    id: 7,
    name: parseAbsoluteName(name),
    type: 1,
    ...(udpPayloadBytes === undefined ? {} : { udpPayloadBytes }),
  })
const bogus = { extendedError: ExtendedError.DNSSEC_BOGUS, text: 'the proof leads elsewhere' }
const textOf = (bytes: Uint8Array): string =>
  Buffer.from(extendedErrorText(readReply(bytes).message.edns?.options ?? []) ?? []).toString()

test('2: a failure says its code and why, and holds no record', () => {
  const reply = readReply(failureResponse(question('www.acme'), bogus, { transport: 'udp' }) as Uint8Array)
  assert.deepEqual([reply.rcode, reply.flags, reply.answer, reply.authority], ['SERVFAIL', '', [], []])
  assert.equal(extendedErrorCode(reply.message.edns?.options ?? []), ExtendedError.DNSSEC_BOGUS)
  assert.equal(textOf(reply.bytes), bogus.text)
  const refused = failureResponse(question('www.acme'), { ...bogus, rcode: Rcode.REFUSED }, { transport: 'tcp' })
  assert.equal(readReply(refused as Uint8Array).rcode, 'REFUSED')
})

test('2: a client without EDNS gets the code alone', () => {
  const reply = readReply(failureResponse(question('www.acme', 0), bogus, { transport: 'udp' }) as Uint8Array)
  assert.deepEqual([reply.rcode, reply.message.edns], ['SERVFAIL', undefined])
})

test('any text fits into 512 bytes beside the longest question, as printable ASCII', () => {
  const longest = `${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(61)
  const failure = { ...bogus, text: `a\u0000\n\u202e😀${'x'.repeat(1_000)}` }
  const response = failureResponse(question(longest, 512), failure, { transport: 'udp' }) as Uint8Array
  assert(response.length <= 512, `${response.length} bytes`)
  assert.equal(textOf(response), `a????${'x'.repeat(195)}`)
})

test('what deserves another response gets that one, and what deserves none gets none', () => {
  const update = question('www.acme')
  update[2] = 5 << 3
  const reply = readReply(failureResponse(update, bogus, { transport: 'udp' }) as Uint8Array)
  assert.equal(reply.rcode, 'NOTIMP')
  assert.equal(failureResponse(Uint8Array.of(1, 2, 3), bogus, { transport: 'udp' }), undefined)
})
