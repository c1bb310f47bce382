import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COOKIE_BYTES, isCookieOption, ServerCookies } from './server-cookies.ts'
import { sipHash24 } from './siphash.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString('hex')

const secret = bytes('e5e973e5a6b2a43f48e7dc849e37bfcf')
const client = '198.51.100.100'
const madeAt = 1_559_731_985
const first = bytes('2464c4abcf10c957010000005cf79f111f8130c3eee29480')

test('SipHash-2-4: the vectors of its authors, by length of the message', () => {
  const key = Uint8Array.from({ length: 16 }, (_, index) => index)
  for (const [length, digest] of [
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
    [16, 'db9bc2577fcc2a3f'],
    [63, '724506eb4c328a95'],
  ] as const)
    assert.equal(
      hex(
        sipHash24(
          key,
          Uint8Array.from({ length }, (_, index) => index),
        ),
      ),
      digest,
      `${length} bytes`,
    )
})

test('A.1: learning a new server cookie', () => {
  const cookies = new ServerCookies(secret)
  assert.equal(hex(cookies.answer(bytes('2464c4abcf10c957'), client, madeAt)), hex(first))
  assert.equal(cookies.isGood(bytes('2464c4abcf10c957'), client, madeAt), false)
})

test('A.2: the same client learns a renewed server cookie', () => {
  const cookies = new ServerCookies(secret)
  assert.equal(cookies.isGood(first, client, 1_559_734_385), true)
  assert.equal(hex(cookies.answer(first, client, 1_559_734_385)), '2464c4abcf10c957010000005cf7a871d4a564a1442aca77')
})

test('A.3: a cookie whose reserved bytes are set was good, and is renewed with zeros', () => {
  const cookies = new ServerCookies(secret)
  const option = bytes('fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5')
  assert.equal(cookies.isGood(option, '203.0.113.203', 1_559_727_985), true)
  assert.equal(
    hex(cookies.answer(option, '203.0.113.203', 1_559_734_700)),
    'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
  )
})

test('A.4: over IPv6, with a secret that was changed: what the previous one made is good, the answer is of the new one', () => {
  const cookies = new ServerCookies(
    bytes('445536bcd2513298075a5d379663c962'),
    bytes('dd3bdf9344b678b185a6f5cb60fca715'),
  )
  const address = '2001:db8:220:1:59de:d0f4:8769:82b8'
  const option = bytes('22681ab97d52c298010000005cf7c57926556bd0934c72f8')
  assert.equal(cookies.isGood(option, address, 1_559_741_961), true)
  assert.equal(hex(cookies.answer(option, address, 1_559_741_961)), '22681ab97d52c298010000005cf7c609a6bb79d16625507a')
})

test('4.3: a cookie is good for an hour, kept for half of one, and from at most five minutes ahead', () => {
  const cookies = new ServerCookies(secret)
  for (const [after, isGood, isKept] of [
    [0, true, true],
    [1_799, true, true],
    [1_800, true, false],
    [3_600, true, false],
    [3_601, false, false],
    [-300, true, true],
    [-301, false, false],
  ] as const) {
    assert.equal(cookies.isGood(first, client, madeAt + after), isGood, `${after} s`)
    assert.equal(hex(cookies.answer(first, client, madeAt + after)) === hex(first), isKept, `${after} s`)
  }
  const late = new ServerCookies(secret).answer(first, client, 2 ** 32 - 10)
  assert.equal(cookies.isGood(late as Uint8Array, client, 100), true, 'RFC 1982: across the end of 32 bits')
})

test('a cookie of another address, client, secret or version is not good', () => {
  const cookies = new ServerCookies(secret)
  for (let index = 0; index < COOKIE_BYTES; index++) {
    const changed = first.with(index, (first[index] as number) ^ 1)
    assert.equal(cookies.isGood(changed, client, madeAt), false, `byte ${index}`)
  }
  assert.equal(cookies.isGood(first, '198.51.100.101', madeAt), false)
  assert.equal(cookies.isGood(first, '::ffff:198.51.100.100', madeAt), true)
  assert.equal(cookies.isGood(first, 'nonsense', madeAt), false)
  assert.equal(cookies.answer(first, 'nonsense', madeAt), undefined)
  assert.equal(new ServerCookies().isGood(first, client, madeAt), false)
  assert.ok(new ServerCookies().answer(first, 'fe80::1%eth0', madeAt))
  assert.throws(() => new ServerCookies(secret.subarray(1)), /16 bytes/)
})

test('RFC 7873 4: 8 bytes, or 16 to 40', () => {
  const lengths = Array.from({ length: 50 }, (_, length) => length).filter((length) =>
    isCookieOption(new Uint8Array(length)),
  )
  assert.deepEqual(lengths, [8, ...Array.from({ length: 25 }, (_, index) => 16 + index)])
})
