import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  checkRdata,
  formatRdata,
  isPublishableType,
  parseRdata,
  parseRecordType,
  RecordType,
  WireError,
} from '../index.ts'

const typeOf = (mnemonic: string): number => parseRecordType(mnemonic) as number
const hash = 'ab'.repeat(32)

/** Type, text, and the text it comes back as when that differs. */
const texts: [string, string, string?][] = [
  ['A', '192.0.2.1'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['NS', 'NS1.Shop.acme.', 'ns1.shop.acme.'],
  ['CNAME', 'www.shop.acme.'],
  ['DNAME', 'shop.acme.'],
  ['PTR', '\\097.acme.', 'a.acme.'],
  ['SOA', 'ns.acme. host\\.master.acme. 4294967295 60 30 86400 30'],
  ['MX', '10 mail.shop.acme.'],
  ['MX', '0 .'],
  ['TXT', '"v=spf1 -all"'],
  ['TXT', 'a "b c" "quote \\" back \\\\ byte \\001\\255" ""', '"a" "b c" "quote \\" back \\\\ byte \\001\\255" ""'],
  ['SPF', '"v=spf1"'],
  ['HINFO', '"PDP-11/70" "UNIX"'],
  ['RP', 'a.acme. b.acme.'],
  ['AFSDB', '1 afs.acme.'],
  ['SRV', '0 5 5060 sip.acme.'],
  ['KX', '10 kx.acme.'],
  ['LOC', '42 21 54 N 71 6 18 W -24m 30m', '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m'],
  ['NAPTR', '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.gatech.edu.'],
  ['CAA', '0 issue "ca.example; account=1"'],
  ['CAA', '128 issue ""'],
  ['TLSA', `3 1 1 ${hash}`],
  ['TLSA', `2 0 0 ${'3082'.repeat(9)}`],
  ['SMIMEA', `3 0 2 ${hash}${hash}`],
  ['SSHFP', `4 2 ${hash}`],
  ['SSHFP', '2 1 123456789abcdef67890123456789abcdef67890'],
  ['CERT', 'PKIX 0 0 MIIB'],
  ['CERT', '254 1 2 AAEC', 'OID 1 2 AAEC'],
  ['DS', `60485 15 2 ${hash}`],
  ['CDS', '0 0 0 00'],
  ['DNSKEY', '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='],
  ['CDNSKEY', '0 3 0 AA=='],
  [
    'NSEC3',
    '1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG',
    '1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  ['NSEC3PARAM', '1 0 0 -'],
  ['OPENPGPKEY', 'AAAA BBBB', 'AAAABBBB'],
  ['CSYNC', '66 3 A NS AAAA'],
  ['ZONEMD', `2018031500 1 1 ${'ab'.repeat(48)}`],
  ['EUI48', '00-00-5e-00-53-2a'],
  ['EUI64', '00-00-5E-ef-10-00-00-2a', '00-00-5e-ef-10-00-00-2a'],
  ['URI', '10 1 "https://www.shop.acme/"'],
  ['SVCB', '1 . alpn="h3" port=53'],
  ['TYPE65280', '\\# 3 010203'],
]

test('text to wire and back, for every type', () => {
  for (const [mnemonic, text, canonical = text] of texts) {
    const type = typeOf(mnemonic)
    const rdata = parseRdata(type, text)
    assert.equal(checkRdata(type, rdata), undefined, text)
    assert.equal(formatRdata(type, rdata), canonical)
  }
})

test('no proper part of good RDATA, and nothing longer, is taken for another record by mistake', () => {
  // Types whose last field fills the rest may end anywhere after its first byte.
  const open = new Set([
    'TXT',
    'SPF',
    'CAA',
    'TLSA',
    'CERT',
    'DNSKEY',
    'CDNSKEY',
    'OPENPGPKEY',
    'ZONEMD',
    'URI',
    'TYPE65280',
    'NSEC3',
    'CSYNC',
    'SVCB',
    'CDS',
  ])
  for (const [mnemonic, text] of texts) {
    if (open.has(mnemonic)) continue
    const rdata = parseRdata(typeOf(mnemonic), text)
    for (let length = 0; length < rdata.length; length++) {
      assert.notEqual(
        checkRdata(typeOf(mnemonic), rdata.slice(0, length)),
        undefined,
        `${mnemonic} ${text} cut to ${length}`,
      )
    }
    assert.notEqual(checkRdata(typeOf(mnemonic), Uint8Array.from([...rdata, 0])), undefined, mnemonic)
  }
})

test('malformed RDATA and its code', () => {
  const cases: [string, string, string][] = [
    ['A', 'c00002', 'rdata-truncated'],
    ['A', 'c000020100', 'rdata-trailing'],
    ['AAAA', '00'.repeat(15), 'rdata-truncated'],
    ['NS', '', 'rdata-truncated'],
    ['NS', 'c00c', 'rdata-name'],
    ['NS', '0161', 'rdata-name'],
    ['NS', '40', 'rdata-name'],
    ['NS', '014100', 'rdata-name-case'],
    ['NS', '01610000', 'rdata-trailing'],
    ['MX', '000a', 'rdata-truncated'],
    ['SRV', '000000000000014100', 'rdata-name-case'],
    ['TXT', '', 'rdata-empty'],
    ['TXT', '0261', 'rdata-truncated'],
    ['HINFO', '0161', 'rdata-truncated'],
    ['SOA', `0000${'00'.repeat(16)}80000000`, 'rdata-value'],
    ['CAA', '0005697373756522', 'rdata-ok'],
    ['CAA', '0105697373756522', 'rdata-value'],
    ['CAA', '0000', 'rdata-value'],
    ['CAA', '000549737375653b', 'rdata-value'],
    ['CAA', '00106161616161616161616161616161616100', 'rdata-value'],
    ['CAA', '000569', 'rdata-truncated'],
    ['TLSA', '030101', 'rdata-empty'],
    ['TLSA', `030101${'00'.repeat(31)}`, 'rdata-value'],
    ['TLSA', `030102${'00'.repeat(32)}`, 'rdata-value'],
    ['TLSA', `040101${hash}`, 'rdata-value'],
    ['TLSA', `030201${hash}`, 'rdata-value'],
    ['TLSA', `030103${hash}`, 'rdata-value'],
    ['SSHFP', `0502${hash}`, 'rdata-value'],
    ['SSHFP', `0401${hash}`, 'rdata-value'],
    ['SSHFP', '0401', 'rdata-empty'],
    ['CERT', '0001000000', 'rdata-empty'],
    ['CERT', '000900000000', 'rdata-value'],
    ['DS', `00010f02${'00'.repeat(31)}`, 'rdata-value'],
    ['DNSKEY', '0100020f00', 'rdata-value'],
    ['NSEC', '0000', 'rdata-truncated'],
    ['NSEC', '00000140', 'rdata-ok'],
    ['NSEC', '00000000', 'rdata-value'],
    ['NSEC', '0000024000', 'rdata-value'],
    ['NSEC', `000021${'01'.repeat(33)}`, 'rdata-value'],
    ['NSEC', '00010101000101', 'rdata-order'],
    ['NSEC3', '01000000000000', 'rdata-empty'],
    ['URI', '00000000', 'rdata-empty'],
    ['LOC', '00', 'rdata-truncated'],
    ['TYPE4', '00', 'type-refused'],
    ['TYPE1000', '', 'type-refused'],
    ['ANY', '', 'type-refused'],
    ['TYPE65280', '', 'rdata-ok'],
  ]
  for (const [mnemonic, hex, code] of cases) {
    const actual = checkRdata(typeOf(mnemonic), Uint8Array.from(Buffer.from(hex, 'hex')))
    assert.equal(actual ?? 'rdata-ok', code, `${mnemonic} ${hex}`)
  }
  assert.equal(checkRdata(65_280, new Uint8Array(65_536)), 'rdata-too-long')
})

test('text that does not fit its type is refused', () => {
  const cases: [string, string][] = [
    ['A', '192.0.2.256'],
    ['A', '192.0.2'],
    ['A', '192.0.02.1'],
    ['A', ''],
    ['A', '192.0.2.1 192.0.2.2'],
    ['AAAA', '192.0.2.1'],
    ['MX', 'mail.acme.'],
    ['MX', '65536 mail.acme.'],
    ['MX', '-1 mail.acme.'],
    ['MX', '1e1 mail.acme.'],
    ['TXT', ''],
    ['TXT', `"${'a'.repeat(256)}"`],
    ['TXT', '"open'],
    ['TXT', '"é"'],
    ['TXT', 'a\\'],
    ['TLSA', '3 1 1 abc'],
    ['TLSA', '3 1 1 xy'],
    ['CERT', 'PKIX 0 0 A==='],
    ['CERT', 'PKIX 0 0 AB=='],
    ['CERT', 'WHAT 0 0 AAAA'],
    ['RRSIG', 'A 15 2 300 20260230000000 20250101000000 1 acme. AAAA'],
    ['RRSIG', 'A 15 2 300 21060207062816 20250101000000 1 acme. AAAA'],
    ['NSEC', 'a. NOSUCH'],
    ['NSEC3', '1 0 0 - w'],
    ['EUI48', '00-00-5e-00-53'],
    ['EUI48', '0-0-5e-00-53-2a1'],
  ]
  for (const [mnemonic, text] of cases) {
    assert.throws(
      () => parseRdata(typeOf(mnemonic), text),
      (error) => error instanceof WireError,
      `${mnemonic} ${text}`,
    )
  }
})

test('times of signatures cover what 32 bits can hold', () => {
  for (const [text, seconds] of [
    ['19700101000000', 0],
    ['20000229235959', 951_868_799],
    ['20260101000000', 1_767_225_600],
    ['21060207062815', 2 ** 32 - 1],
  ] as const) {
    const rdata = parseRdata(RecordType.RRSIG, `A 15 2 300 ${text} ${seconds} 1 acme. AAAA`)
    assert.equal(new DataView(rdata.buffer, rdata.byteOffset).getUint32(8), seconds)
    assert.equal(new DataView(rdata.buffer, rdata.byteOffset).getUint32(12), seconds)
    assert.match(formatRdata(RecordType.RRSIG, rdata), new RegExp(` ${text} ${text} `))
  }
})

test('relative names are completed, and comments and parentheses are no fields', () => {
  const origin = Uint8Array.from(Buffer.from('\x04acme\x00', 'latin1'))
  assert.equal(formatRdata(RecordType.MX, parseRdata(RecordType.MX, '( 10 ; first\n mail )', origin)), '10 mail.acme.')
  assert.throws(() => parseRdata(RecordType.MX, '10 mail'), { code: 'name-relative' })
})

test('names from messages keep their case in text', () => {
  assert.equal(formatRdata(RecordType.NS, Uint8Array.from(Buffer.from('\x04AcMe\x00', 'latin1'))), 'AcMe.')
})

test('random bytes of every type: checked without throwing, and what is good survives text', () => {
  const type = fc.oneof(
    fc.constantFrom(...texts.map(([mnemonic]) => typeOf(mnemonic))),
    fc.integer({ min: 0, max: 65_535 }),
  )
  fc.assert(
    fc.property(type, fc.uint8Array({ maxLength: 80 }), (recordType, rdata) => {
      const before = rdata.slice()
      const code = checkRdata(recordType, rdata)
      const text = formatRdata(recordType, rdata)
      if (code === undefined) assert.deepEqual(parseRdata(recordType, text), rdata, text)
      assert.deepEqual(rdata, before)
    }),
    { numRuns: 5000 },
  )
})

test('what the owner of a name may publish', () => {
  const yes = [
    'A',
    'AAAA',
    'CNAME',
    'TXT',
    'MX',
    'SRV',
    'CAA',
    'TLSA',
    'HTTPS',
    'SVCB',
    'SSHFP',
    'CERT',
    'PTR',
    'URI',
    'TYPE65280',
  ]
  const no = [
    'SOA',
    'NS',
    'DS',
    'DNSKEY',
    'RRSIG',
    'NSEC',
    'NSEC3',
    'NSEC3PARAM',
    'CDS',
    'CDNSKEY',
    'CSYNC',
    'ZONEMD',
    'DNAME',
    'OPT',
    'ANY',
    'AXFR',
    'TSIG',
    'NXNAME',
    'TYPE0',
    'TYPE65535',
    'TYPE4',
    'TYPE1000',
  ]
  for (const mnemonic of yes) assert(isPublishableType(typeOf(mnemonic)), mnemonic)
  for (const mnemonic of no) assert(!isPublishableType(typeOf(mnemonic)), mnemonic)
})
