import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { formatRdata, keyTag, parseAbsoluteName, parseRdata, RecordType, rrsigSignedBytes } from '@cresset/dns-wire'
import { signRrset } from './sign-rrset.ts'
import { dsRdata, zoneKeyOf } from './zone-key.ts'

const apex = parseAbsoluteName('example.net')
const dnskey = parseRdata(
  RecordType.DNSKEY,
  '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==',
)
const address = {
  owner: parseAbsoluteName('www.example.net'),
  type: RecordType.A,
  ttl: 3600,
  rdatas: [Uint8Array.of(192, 0, 2, 1)],
}

function publicKeyOf(rdata: Uint8Array) {
  const text = (start: number, end: number): string => Buffer.from(rdata.subarray(start, end)).toString('base64url')
  const [x, y] = [text(4, 36), text(36, 68)]
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
}

function isGood(rrsig: Uint8Array, key: Uint8Array): boolean {
  const head = rrsig.subarray(0, rrsig.length - 64)
  const options = { key: publicKeyOf(key), dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', rrsigSignedBytes(head, address), options, rrsig.subarray(-64))
}

test('6.1: key tag and DS of the P-256 example', () => {
  assert.equal(keyTag(dnskey), 55_648)
  assert.equal(
    formatRdata(RecordType.DS, dsRdata(apex, dnskey)),
    '55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17',
  )
})

test('6.1: the signature of the example is over the bytes that we sign', () => {
  const rrsig = parseRdata(
    RecordType.RRSIG,
    'A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==',
  )
  assert.ok(isGood(rrsig, dnskey))
  assert.ok(!isGood(rrsig.with(rrsig.length - 1, 0), dnskey))
})

test('4: a key of our own signs as the type asks', () => {
  const key = zoneKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 256)
  const rrsig = signRrset(apex, address, key, { inception: 1, expiration: 2 })
  assert.equal(key.algorithm, 13)
  assert.ok(isGood(rrsig, key.dnskey))
})

test('RFC 4034 6.3: records are signed in the order of their bytes, each once', () => {
  const head = new Uint8Array()
  const sets = [
    [1, 2, 3],
    [3, 2, 1],
    [2, 1, 3, 3, 1],
  ].map((last) => rrsigSignedBytes(head, { ...address, rdatas: last.map((byte) => Uint8Array.of(192, 0, 2, byte)) }))
  assert.deepEqual(sets[1], sets[0])
  assert.deepEqual(sets[2], sets[0])
})

test('other keys are refused', () => {
  assert.throws(() => zoneKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 256), RangeError)
  assert.throws(() => zoneKeyOf(generateKeyPairSync('x25519').privateKey, 256), RangeError)
})
