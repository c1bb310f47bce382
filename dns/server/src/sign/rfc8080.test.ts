import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { formatRdata, parseAbsoluteName, parseRdata, RecordType } from '@cresset/dns-wire'
import { signRrset } from './sign-rrset.ts'
import { dsRdata, zoneKeyOf } from './zone-key.ts'

const apex = parseAbsoluteName('example.com')
const times = { inception: 1_438_207_200, expiration: 1_440_021_600 }
const mx = {
  owner: apex,
  type: RecordType.MX,
  ttl: 3600,
  rdatas: [parseRdata(RecordType.MX, '10 mail.example.com.')],
}

/** Section 6.1: private keys as BIND writes them, with the records that they make. */
const examples = [
  {
    privateKey: 'ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=',
    dnskey: '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=',
    ds: '3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b',
    rrsig:
      'MX 15 2 3600 20150819220000 20150729220000 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==',
  },
  {
    privateKey: 'DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=',
    dnskey: '257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=',
    ds: '35217 15 2 401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c',
    rrsig:
      'MX 15 2 3600 20150819220000 20150729220000 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==',
  },
]

for (const { privateKey, dnskey, ds, rrsig } of examples)
  test(`6.1: the key ${dnskey.slice(9, 17)}… signs as the example`, () => {
    const x = (dnskey.split(' ')[3] as string).replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
    const d = privateKey.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
    const key = zoneKeyOf(createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' }), 257)
    assert.equal(formatRdata(RecordType.DNSKEY, key.dnskey), dnskey)
    assert.equal(formatRdata(RecordType.DS, dsRdata(apex, key.dnskey)), ds)
    assert.equal(formatRdata(RecordType.RRSIG, signRrset(apex, mx, key, times)), rrsig)
  })
