import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, EdnsOptionCode, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { ServerCookies } from '../cookies/server-cookies.ts'
import { readReply } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'

const store = storeOf({ 'example.': '@ SOA ns host 7 2 3 4 5\nwww A 192.0.2.1' })
const cookies = new ServerCookies(new Uint8Array(16))
const limits = { transport: 'udp', cookies, client: { address: '192.0.2.9', nowSeconds: 1_000_000 } } as const
const clientCookie = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])

function asking(...options: [code: number, data: Uint8Array][]): Uint8Array {
  return buildQuery({
    id: 1,
    name: parseAbsoluteName('www.example'),
    type: RecordType.A,
    ednsOptions: options.map(([code, data]) => ({ code, data })),
  })
}

function reply(query: Uint8Array, own: Parameters<typeof answer>[2] = limits) {
  return readReply(answer(query, store, own) as Uint8Array)
}

const cookieIn = ({ message }: ReturnType<typeof reply>): Uint8Array | undefined =>
  message.edns?.options.find(({ code }) => code === EdnsOptionCode.COOKIE)?.data

test('5.2.3: a client cookie is answered, with a server cookie that is good afterwards', () => {
  const first = reply(asking([EdnsOptionCode.COOKIE, clientCookie]))
  assert.deepEqual([first.rcode, first.answer.length], ['NOERROR', 1])
  const cookie = cookieIn(first) as Uint8Array
  assert.deepEqual(cookie.subarray(0, 8), clientCookie)
  assert.equal(cookies.isGood(cookie, '192.0.2.9', 1_000_010), true)
  assert.deepEqual(cookieIn(reply(asking([EdnsOptionCode.COOKIE, cookie]))), cookie)
})

test('5.2.1: no cookie is sent to who sends none, nor by a server without a secret', () => {
  assert.deepEqual(reply(asking()).message.edns?.options, [])
  const silent = reply(asking([EdnsOptionCode.COOKIE, clientCookie]), { transport: 'udp' })
  assert.deepEqual([silent.rcode, silent.message.edns?.options], ['NOERROR', []])
})

test('5.2.2: a cookie of a length that there is not is FORMERR', () => {
  for (const length of [0, 7, 9, 15, 41])
    assert.equal(reply(asking([EdnsOptionCode.COOKIE, new Uint8Array(length)])).rcode, 'FORMERR', `${length} bytes`)
})

test('5.2.4: a server cookie that is not good is answered like a client cookie alone', () => {
  const stale = new Uint8Array(24)
  stale.set(clientCookie)
  const cookie = cookieIn(reply(asking([EdnsOptionCode.COOKIE, stale]))) as Uint8Array
  assert.equal(cookies.isGood(cookie, '192.0.2.9', 1_000_000), true)
})

test('5.2: of several cookies the first counts', () => {
  const cookie = cookieIn(
    reply(asking([EdnsOptionCode.COOKIE, clientCookie], [EdnsOptionCode.COOKIE, new Uint8Array(8)])),
  )
  assert.deepEqual(cookie?.subarray(0, 8), clientCookie)
})

test('5.4: a message without a question gets the cookie and no more; without a cookie it is FORMERR (RFC 9619)', () => {
  const withoutQuestion = (query: Uint8Array): Uint8Array => {
    const question = parseAbsoluteName('www.example').length + 4
    const bytes = Uint8Array.from([...query.subarray(0, 12), ...query.subarray(12 + question)])
    bytes[5] = 0
    return bytes
  }
  const asked = reply(withoutQuestion(asking([EdnsOptionCode.COOKIE, clientCookie])))
  assert.deepEqual([asked.rcode, asked.flags, asked.answer, asked.message.questions], ['NOERROR', '', [], []])
  assert.equal(cookieIn(asked)?.length, 24)
  assert.equal(reply(withoutQuestion(asking())).rcode, 'FORMERR')
  assert.equal(
    reply(withoutQuestion(asking([EdnsOptionCode.COOKIE, clientCookie])), { transport: 'udp' }).rcode,
    'FORMERR',
  )
})

test('RFC 5001: the name of the server, for who asks; at most 64 bytes', () => {
  const nsid = new TextEncoder().encode('ns1.example')
  const optionsOf = (own: Uint8Array | undefined) =>
    reply(asking([EdnsOptionCode.NSID, new Uint8Array()]), { transport: 'udp', ...(own && { nsid: own }) }).message.edns
      ?.options
  assert.deepEqual(optionsOf(nsid), [{ code: EdnsOptionCode.NSID, data: nsid }])
  assert.deepEqual(optionsOf(undefined), [])
  assert.equal(optionsOf(new Uint8Array(100))?.[0]?.data.length, 64)
  assert.deepEqual(reply(asking(), { transport: 'udp', nsid }).message.edns?.options, [])
})

test('RFC 7828 3.2.1: how long a connection may be idle is told over TCP alone', () => {
  const query = asking([EdnsOptionCode.KEEPALIVE, new Uint8Array()])
  assert.deepEqual(reply(query, { transport: 'tcp', keepaliveTenths: 300 }).message.edns?.options, [
    { code: EdnsOptionCode.KEEPALIVE, data: Uint8Array.of(1, 44) },
  ])
  assert.deepEqual(reply(query, { transport: 'udp', keepaliveTenths: 300 }).message.edns?.options, [])
})

test('RFC 9660: labels of the zone and its serial, for data and for denials, not for what is refused', () => {
  const wants: [number, Uint8Array] = [EdnsOptionCode.ZONEVERSION, new Uint8Array()]
  assert.deepEqual(reply(asking(wants)).message.edns?.options, [
    { code: EdnsOptionCode.ZONEVERSION, data: Uint8Array.of(1, 0, 0, 0, 0, 7) },
  ])
  const ask = (name: string) =>
    reply(
      buildQuery({ id: 1, name: parseAbsoluteName(name), type: 1, ednsOptions: [{ code: wants[0], data: wants[1] }] }),
    )
  assert.equal(ask('none.example').rcode, 'NXDOMAIN')
  assert.equal(ask('none.example').message.edns?.options.length, 1)
  assert.equal(ask('elsewhere').rcode, 'REFUSED')
  const codes = ask('elsewhere').message.edns?.options.map(({ code }) => code)
  assert.deepEqual(codes, [EdnsOptionCode.EXTENDED_ERROR])
})

test('a full answer keeps room for all options within 512 bytes', () => {
  const full = storeOf({
    'example.': `@ SOA ns host 7 2 3 4 5\n${Array.from({ length: 20 }, (_, index) => `www A 192.0.2.${index}`).join('\n')}`,
  })
  const options = [EdnsOptionCode.NSID, EdnsOptionCode.ZONEVERSION].map((code) => ({ code, data: new Uint8Array() }))
  for (let size = 512; size < 700; size++) {
    const query = buildQuery({
      id: 1,
      name: parseAbsoluteName('www.example'),
      type: 1,
      udpPayloadBytes: size,
      ednsOptions: [...options, { code: EdnsOptionCode.COOKIE, data: clientCookie }],
    })
    const response = answer(query, full, { ...limits, nsid: new Uint8Array(64) }) as Uint8Array
    assert.ok(response.length <= size)
    assert.equal(readReply(response).message.edns?.options.length, 3)
  }
})
