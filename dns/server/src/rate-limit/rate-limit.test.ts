import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, EdnsOptionCode, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { clientAddressBytes } from '../client-address.ts'
import { ServerCookies } from '../cookies/server-cookies.ts'
import { readReply } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'
import { limitResponse } from './limit-response.ts'
import { RateLimiter, type RateLimiterOptions, type RateVerdict } from './rate-limiter.ts'

const zone = '@ SOA ns host 7 2 3 4 5\nwww A 192.0.2.1\nsub NS ns.sub\nns.sub A 192.0.2.2\nalias CNAME none.b.'
const store = storeOf({ 'a.': zone, 'b.': zone })
const cookies = new ServerCookies(new Uint8Array(16))
const query = (name: string, cookie?: Uint8Array): Uint8Array =>
  buildQuery({
    id: 1,
    name: parseAbsoluteName(name),
    type: RecordType.A,
    ...(cookie === undefined ? {} : { ednsOptions: [{ code: EdnsOptionCode.COOKIE, data: cookie }] }),
  })
const response = (name: string): Uint8Array => answer(query(name), store, { transport: 'udp' }) as Uint8Array
const positive = response('www.a')

/** A limiter, and a clock for it that tests set. */
function limiting(options: Partial<RateLimiterOptions> = {}) {
  const clock = { nowMs: 5_000 }
  const limiter = new RateLimiter({
    responsesPerSecond: 10,
    nowMs: () => clock.nowMs,
    key: [0, 0],
    ...options,
  })
  const judge = (client: string, bytes = positive): RateVerdict =>
    limiter.judge(clientAddressBytes(client) as Uint8Array, bytes)
  const sent = (count: number, client: string, bytes = positive): number =>
    Array.from({ length: count }, () => judge(client, bytes)).filter((verdict) => verdict === 'send').length
  return { clock, limiter, judge, sent }
}

test('a network gets its share, at once or as time goes by, and no more', () => {
  const { clock, sent } = limiting()
  assert.equal(sent(100, '192.0.2.1'), 10)
  assert.equal(sent(100, '192.0.2.200'), 0, 'another host of the same /24')
  assert.equal(sent(100, '192.0.3.1'), 10, 'another network')
  clock.nowMs += 300
  assert.equal(sent(100, '192.0.2.1'), 3)
  clock.nowMs += 3_600_000
  assert.equal(sent(100, '192.0.2.1'), 10, 'what is not used is not saved up')
})

test('any rate is kept exactly over time', () => {
  for (const responsesPerSecond of [1, 3, 7, 999]) {
    const { clock, sent } = limiting({ responsesPerSecond })
    let total = 0
    for (let step = 0; step < 5_000; step++) {
      total += sent(3, '192.0.2.1')
      clock.nowMs += 1
    }
    // One second's share at the start, and then that of five seconds.
    assert.ok(Math.abs(total - responsesPerSecond * 6) <= 1, `${total} at ${responsesPerSecond} a second`)
  }
})

test('networks are /24 and /56, or what is asked for', () => {
  const { sent } = limiting()
  assert.equal(sent(20, '2001:db8:0:100::1'), 10)
  assert.equal(sent(20, '2001:db8:0:1ff:ffff::9'), 0)
  assert.equal(sent(20, '2001:db8:0:200::1'), 10)
  assert.equal(sent(20, '::ffff:192.0.2.1') + sent(20, '192.0.2.9'), 10, 'a mapped address is the IPv4 one')
  const narrow = limiting({ ipv4PrefixBits: 30, ipv6PrefixBits: 128 })
  assert.equal(narrow.sent(20, '192.0.2.1') + narrow.sent(20, '192.0.2.3') + narrow.sent(20, '192.0.2.4'), 20)
  assert.equal(narrow.sent(20, '2001:db8::1') + narrow.sent(20, '2001:db8::2'), 20)
})

test('kinds have shares of their own, and denials one for each zone', () => {
  const { sent } = limiting()
  const shares = {
    'www.a': 10,
    'x.a': 10,
    'y.z.A': 0,
    // Without data; one limit for all that its zone denies.
    a: 0,
    'x.b': 10,
    'alias.a': 0,
    'q.sub.a': 10,
    elsewhere: 10,
    'www.b': 0,
  }
  for (const [name, share] of Object.entries(shares)) assert.equal(sent(30, '192.0.2.1', response(name)), share, name)
})

test('each so-manieth limited response is truncated, the others are dropped', () => {
  for (const slip of [0, 1, 2, 3, 10]) {
    const { limiter, judge, sent } = limiting({ slip })
    sent(10, '192.0.2.1')
    const verdicts = Array.from({ length: 600 }, () => judge('192.0.2.1'))
    const truncated = slip === 0 ? 0 : 600 / slip
    assert.equal(verdicts.filter((verdict) => verdict === 'truncate').length, truncated)
    assert.equal(verdicts.filter((verdict) => verdict === 'drop').length, 600 - truncated)
    assert.deepEqual(limiter.counters, { truncated, dropped: 600 - truncated })
    for (let index = 0; slip > 0 && index < 600; index++)
      assert.equal(verdicts[index], (index + 1) % slip === 0 ? 'truncate' : 'drop')
  }
})

test('a flood from a million forged networks takes no memory and frees nobody who is at his limit', () => {
  const { limiter, judge, sent } = limiting({ buckets: 2 ** 10 })
  const bytes = limiter.tableBytes
  assert.equal(bytes, 2 ** 10 * 13)
  assert.equal(sent(20, '192.0.2.1'), 10)
  const forged = new Uint8Array(4)
  global.gc?.()
  const heapBefore = process.memoryUsage().arrayBuffers
  for (let network = 0; network < 1_000_000; network++) {
    forged[0] = 1 + (network >>> 16)
    forged[1] = network >>> 8
    forged[2] = network
    limiter.judge(forged, positive)
    if (network % 1_000 === 0) assert.notEqual(judge('192.0.2.1'), 'send')
  }
  assert.equal(limiter.tableBytes, bytes)
  assert.ok(process.memoryUsage().arrayBuffers - heapBefore < 2 ** 20)
})

test('all networks together get no more than the table holds', () => {
  const { limiter } = limiting({ buckets: 64, slip: 0 })
  let sent = 0
  for (let network = 0; network < 100_000; network++) {
    const client = Uint8Array.of(10, network >>> 16, network >>> 8, network)
    for (const verdict of [limiter.judge(client, positive), limiter.judge(client, positive)])
      if (verdict === 'send') sent++
  }
  assert.equal(sent, 64 * 10)
})

test('networks that do not meet in the table do not take from one another', () => {
  const { limiter } = limiting()
  const limited = Array.from({ length: 10_000 }, (_, network) =>
    Array.from({ length: 10 }, () => limiter.judge(Uint8Array.of(10, network >>> 8, network, 1), positive)),
  ).flat()
  assert.equal(limited.filter((verdict) => verdict !== 'send').length, 0)
})

test('only UDP without a good cookie is limited', () => {
  const { limiter, sent } = limiting({ slip: 1 })
  const address = '192.0.2.1'
  sent(10, address)
  const client = { address, nowSeconds: 1_000_000 }
  const limits = { transport: 'udp', cookies, client } as const
  const outcome = (asked: Uint8Array, own: Parameters<typeof limitResponse>[3] = limits) => {
    const given = answer(asked, store, own) as Uint8Array
    return { given, got: limitResponse(limiter, asked, given, own) }
  }
  const limited = outcome(query('www.a', new Uint8Array(8)))
  const reply = readReply(limited.got as Uint8Array)
  assert.deepEqual([reply.rcode, reply.flags, reply.answer, reply.message.questions.length], ['NOERROR', 'tc', [], 1])
  const cookie = reply.message.edns?.options.find(({ code }) => code === EdnsOptionCode.COOKIE)?.data as Uint8Array
  assert.equal(cookie.length, 24, 'the truncated response brings the cookie by which UDP is free')
  for (let count = 0; count < 1_000; count++) {
    const { given, got } = outcome(query('www.a', cookie))
    assert.equal(got, given)
    const byTcp = outcome(query('www.a'), { ...limits, transport: 'tcp' })
    assert.equal(byTcp.got, byTcp.given)
  }
  const forged = cookie.slice()
  forged[23] = (forged[23] as number) ^ 1
  assert.notEqual(outcome(query('www.a', forged)).got, undefined)
  assert.equal(readReply(outcome(query('www.a', forged)).got as Uint8Array).flags, 'tc')
  const late = { ...limits, client: { address, nowSeconds: 1_003_601 } }
  assert.equal(readReply(outcome(query('www.a', cookie), late).got as Uint8Array).flags, 'tc')
  const elsewhere = { ...limits, client: { address: '192.0.2.2', nowSeconds: 1_000_000 } }
  assert.equal(readReply(outcome(query('www.a', cookie), elsewhere).got as Uint8Array).flags, 'tc')
})

test('a limiter that could not limit is refused', () => {
  for (const options of [{ responsesPerSecond: 0 }, { slip: 11 }, { slip: 0.5 }, { buckets: 100 }, { buckets: 4 }])
    assert.throws(() => limiting(options), RangeError)
})
