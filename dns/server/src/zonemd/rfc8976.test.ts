import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import {
  bitmapTypes,
  formatRdata,
  lowerCaseName,
  nameEnd,
  parseAbsoluteName,
  RecordType,
  type Rrset,
  readMasterFile,
  readUint32,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import { zoneKeyOf } from '../sign/zone-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { ZoneBuilder } from '../zone-file/zone-builder.ts'
import { MAX_DIGEST_RECORDS, signZoneWithDigest } from './sign-with-digest.ts'
import { ZonemdHash, zoneDigest } from './zone-digest.ts'

/** A zone from text with all that there is to warn of. */
function lenientZone(apex: string, text: string): MemoryZone {
  const origin = lowerCaseName(parseAbsoluteName(apex))
  const builder = new ZoneBuilder(origin)
  for (const item of readMasterFile({ name: apex, text }, { origin })) {
    const remark = item.kind === 'record' ? builder.add(item) : item
    assert.ok(remark === undefined || ('severity' in remark && remark.severity === 'warning'), remark?.message)
  }
  return builder.zone
}

function digestOf(zone: MemoryZone, hash: ZonemdHash = ZonemdHash.SHA384): string {
  const steps = zoneDigest(zone, hash)
  for (let step = steps.next(); ; step = steps.next())
    if (step.done === true) return Buffer.from(step.value).toString('hex')
}

const head = `$TTL 86400
@ SOA ns1 admin 2018031900 1800 900 604800 86400
@ NS ns1
@ NS ns2
`

test('A.1: a simple zone', () => {
  const digest = 'c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c'
  const text = `${head}@ ZONEMD 2018031900 1 1 ${digest}
ns1 3600 A 203.0.113.63
ns2 3600 AAAA 2001:db8::63
`
  assert.equal(digestOf(lenientZone('example', text)), digest)
})

test('A.2: what is occluded, upper case, twice, out of zone, unsorted, a wildcard, a ZONEMD below the apex', () => {
  const digest = 'a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2d8b39808226d7b9db71e34b72077f8fe'
  const text = `${head}@ ZONEMD 2018031900 1 1 ${digest}
ns1           3600  A       203.0.113.63
NS2           3600  AAAA    2001:db8::63
occluded.sub  7200  TXT     "I'm occluded but must be digested"
sub           7200  NS      ns1
duplicate     300   TXT     "I must be digested just once"
duplicate     300   TXT     "I must be digested just once"
foo.test.     555   TXT     "out-of-zone data must be excluded"
UPPERCASE     3600  TXT     "canonicalize uppercase owner names"
*             777   PTR     dont-forget-about-wildcards
mail          3600  MX      20 MAIL1
mail          3600  MX      10 Mail2.Example.
sortme        3600  AAAA    2001:db8::5:61
sortme        3600  AAAA    2001:db8::3:62
sortme        3600  AAAA    2001:db8::4:63
sortme        3600  AAAA    2001:db8::1:65
sortme        3600  AAAA    2001:db8::2:64
non-apex      900   ZONEMD  2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c6f776564206275742069676e6f7265642e20616c6c6f7765
`
  assert.equal(digestOf(lenientZone('example', text)), digest)
})

test('A.3: several digests, by SHA-384 and SHA-512', () => {
  const sha384 = '62e6cf51b02e54b9b5f967d547ce43136792901f9f88e637493daaf401c92c279dd10f0edb1c56f8080211f8480ee306'
  const sha512 =
    '08cfa1115c7b948c4163a901270395ea226a930cd2cbcf2fa9a5e6eb85f37c8a4e114d884e66f176eab121cb02db7d652e0cc4827e7a3204f166b47e5613fd27'
  const text = `${head}@ ZONEMD 2018031900 1 1 ${sha384}
@ ZONEMD 2018031900 1 2 ${sha512}
@ ZONEMD 2018031900 1 240 e2d523f654b9422a96c5a8f44607bbee
@ ZONEMD 2018031900 241 1 e1846540e33a9e4189792d18d5d131f605fc283e
ns1 3600 A 203.0.113.63
ns2 TXT "This example has multiple digests"
ns2 3600 AAAA 2001:db8::63
`
  const zone = lenientZone('example', text)
  assert.equal(digestOf(zone), sha384)
  assert.equal(digestOf(zone, ZonemdHash.SHA512), sha512)
})

// The RFC has this zone with other keys; these records are those of draft-ietf-dnsop-dns-zone-digest-12, section A.4.
test('A.4: URI.ARPA as it was, signed', () => {
  const text = `@ 3600 RRSIG NSEC 8 2 3600 20181028142623 20181007205525 47155 uri.arpa. eEC4w/oXLR1Epwgv4MBiDtSBsXhqrJVvJWUpbX8XpetAvD35bxwNCUTi/pAJVUXefegWeiriD2rkTgCBCMmn7YQIm3gdR+HjY/+o3BXNQnz97f+eHAE9EDDzoNVfL1PyV/2fde9tDeUuAGVVwmD399NGq9jWYMRpyri2kysrq/g=
@ 86400 RRSIG NS 8 2 86400 20181028172020 20181007175821 47155 uri.arpa. ATyV2A2A8ZoggC+68u4GuP5MOUuR+2rr3eWOkEU55zAHld/7FiBxl4ln4byJYy7NudUwlMOEXajqFZE7DVl8PpcvrP3HeeGaVzKqaWj+aus0jbKFBsvs2b1qDZemBfkz/IfAhUTJKnto0vSUicJKfItu0GjyYNJCz2CqEuGDWxc=
@ 600 RRSIG MX 8 2 600 20181028170556 20181007175821 47155 uri.arpa. e7/r3KXDohX1lyVavetFFObp8fB8aXT76HnN9KCQDxSnSghNM83UQV0tlTtD8JVeN1mCvcNFZpagwIgB7XhTtm6Beur/m5ES+4uSnVeS6Q66HBZKA3mR95IpevuVIZvvJ+GcCAQpBo6KRODYvJ/c/ZG6sfYWkZ7qg/Em5/+34UI=
@ 3600 RRSIG DNSKEY 8 2 3600 20181028152832 20181007175821 15796 uri.arpa. nzpbnh0OqsgBBP8St28pLvPEQ3wZAUdEBuUwil+rtjjWlYYiqjPxZ286XF4Rq1usfV5x71jZz5IqswOaQgia91ylodFpLuXD6FTGs2nXGhNKkg1VchHgtwj70mXU72GefVgo8TxrFYzxuEFP5ZTP92t97FVWVVyyFd86sbbR6DZj3uA2wEvqBVLECgJLrMQ9Yy7MueJl3UA4h4E6zO2JY9Yp0W9woq0BdqkkwYTwzogyYffPmGAJG91RJ2h6cHtFjEZe2MnaY2glqniZ0WT9vXXduFPm0KD9U77Ac+ZtctAF9tsZwSdAoL365E2L1usZbA+K0BnPPqGFJRJk5R0A1w==
@ 3600 RRSIG DNSKEY 8 2 3600 20181028152832 20181007175821 55480 uri.arpa. lWtQV/5szQjkXmbcD47/+rOW8kJPksRFHlzxxmzt906+DBYyfrH6uq5XnHvrUlQO6M12uhqDeL+bDFVgqSpNy+42/OaZvaK3J8EzPZVBHPJykKMV63T83aAiJrAyHzOaEdmzLCpalqcEE2ImzlLHSafManRfJL8Yuv+JDZFj2WDWfEcUuwkmIZWX11zxp+DxwzyUlRl7x4+ok5iKZWIg5UnBAf6B8T75WnXzlhCw3F2pXI0a5LYg71L3Tp/xhjN6Yy9jGlIRf5BjB59X2zra3a2RPkI09SSnuEwHyF1mDaV5BmQrLGRnCjvwXA7ho2m+vv4SP5dUdXf+GTeA1HeBfw==
@ 3600 RRSIG SOA 8 2 3600 20181029114753 20181008222815 47155 uri.arpa. qn8yBNoHDjGdT79U2Wu9IIahoS0YPOgYP8lG+qwPcrZ1BwGiHywuoUa2Mx6BWZlg+HDyaxj2iOmox+IIqoUHhXUbO7IUkJFlgrOKCgAR2twDHrXu9BUQHy9SoV16wYm3kBTEPyxW5FFm8vcdnKAF7sxSY8BbaYNpRIEjDx4AJUc=
@ 3600 NSEC ftp NS SOA MX RRSIG NSEC DNSKEY
@ 86400 NS a.iana-servers.net.
@ 86400 NS b.iana-servers.net.
@ 86400 NS c.iana-servers.net.
@ 86400 NS ns2.lacnic.net.
@ 86400 NS sec3.apnic.net.
@ 600 MX 10 pechora.icann.org.
@ 3600 DNSKEY 256 3 8 AwEAAcBi7tSart2J599zbYWspMNGN70IBWb4ziqyQYH9MTB/VCz6WyUKuXunwiJJbbQ3bcLqTLWEw134B6cTMHrZpjTAb5WAwg4XcWUu8mdcPTiLBl6qVRlRD0WiFCTzuYUfkwsh1Rbr7rvrxSQhF5rh71zSpwV5jjjp65WxSdJjlH0B
@ 3600 DNSKEY 257 3 8 AwEAAbNVv6ulgRdO31MtAehz7j3ALRjwZglWesnzvllQl/+hBRZr9QoYcO2I+DkO4Q1NKxox4DUIxj8SxPO3GwDuOFR9q2/CFi2O0mZjafbdYtWc3zSdBbi3q0cwCIx7GuG9eqlL+pg7mdk9dgdNZfHwB0LnqTD8ebLPsrO/Id7kBaiqYOfMlZnh2fp+2h6OOJZHtY0DK1UlssyB5PKsE0tVzo5s6zo9iXKe5u+8WTMaGDY49vG80JPAKE7ezMiH/NZcUMiE0PRZ8D3foq2dYuS5ym+vA83Z7v8A+Rwh4UGnjxKB8zmr803V0ASAmHz/gwH5Vb0nH+LObwFtl3wpbp+Wpm8=
@ 3600 DNSKEY 257 3 8 AwEAAbwnFTakCvaUKsXji4mgmxZUJi1IygbnGahbkmFEa0L16J+TchKRwcgzVfsxUGa2MmeA4hgkAooC3uy+tTmoMsgy8uq/JAj24DjiHzd46LfDFK/qMidVqFpYSHeq2Vv5ojkuIsx4oe4KsafGWYNOczKZgH5loGjN2aJGmrIm++XCphOskgCsQYl65MIzuXffzJyxlAuts+ecAIiVeqRaqQfr8LRU7wIsLxinXirprtQrbor+EtvlHp9qXE6ARTZDzf4jvsNpKvLFZtmxzFf3e/UJz5eHjpwDSiZL7xE8aE1o1nGfPtJx9ZnB3bapltaJ5wY+5XOCKgY0xmJVvNQlwdE=
ftp 3600 RRSIG NSEC 8 3 3600 20181028080856 20181007175821 47155 uri.arpa. HClGAqPxzkYkAT7Q/QNtQeB6YrkP6EPOef+9Qo5/2zngwAewXEAQiyF9jD1USJiroM11QqBS3v3aIdW/LXORs4Ez3hLcKNO1cKHsOuWAqzmE+BPPArfh8N95jqh/q6vpaB9UtMkQ53tM2fYU1GszOLN0knxbHgDHAh2axMGHlqM=
ftp 604800 RRSIG NAPTR 8 3 604800 20181028103644 20181007205525 47155 uri.arpa. WoLi+vZzkxaoLr2IGZnwkRvcDf6KxiWQd1WZP/U+AWnV+7MiqsWPZaf09toRErerGoFOiOASNxZjBGJrRgjmavOM9U+LZSconP9zrNFd4dIu6kp5YxlQJ0uHOvx1ZHFCj6lAt1ACUIw04ZhMydTmi27c8MzEOMepvn7iH7r7k7k=
ftp 3600 NSEC http NAPTR RRSIG NSEC
ftp 604800 NAPTR 0 0 "" "" "!^ftp://([^:/?#]*).*$!\\\\1!i" .
http 3600 RRSIG NSEC 8 3 3600 20181029010647 20181007175821 47155 uri.arpa. U03NntQ73LHWpfLmUK8nMsqkwVsOGW2KdsyuHYAjqQSZvKbtmbv7HBmEH1+Ii3Z+wtfdMZBy5aC/6sHdx69BfZJs16xumycMlAy6325DKTQbIMN+ift9GrKBC7cgCd2msF/uzSrYxxg4MJQzBPvlkwXnY3b7eJSlIXisBIn73b8=
http 604800 RRSIG NAPTR 8 3 604800 20181029011815 20181007205525 47155 uri.arpa. T7mRrdag+WSmG+n22mtBSQ/0Y3v+rdDnfQV90LN5Fq32N5K2iYFajF7FTp56oOznytfcL4fHrqOE0wRc9NWOCCUec9C7Wa1gJQcllEvgoAM+L6f0RsEjWq6+9jvlLKMXQv0xQuMX17338uoD/xiAFQSnDbiQKxwWMqVAimv57Zs=
http 3600 NSEC mailto NAPTR RRSIG NSEC
http 604800 NAPTR 0 0 "" "" "!^http://([^:/?#]*).*$!\\\\1!i" .
mailto 3600 RRSIG NSEC 8 3 3600 20181028110727 20181007175821 47155 uri.arpa. GvxzVL85rEukwGqtuLxek9ipwjBMfTOFIEyJ7afC8HxVMs6mfFa/nEM/IdFvvFg+lcYoJSQYuSAVYFl3xPbgrxVSLK125QutCFMdC/YjuZEnq5clfQciMRD7R3+znZfm8d8u/snLV9w4D+lTBZrJJUBe1Efc8vum5vvV7819ZoY=
mailto 604800 RRSIG NAPTR 8 3 604800 20181028141825 20181007205525 47155 uri.arpa. MaADUgc3fc5v++M0YmqjGk3jBdfIA5RuP62hUSlPsFZO4k37erjIGCfFj+g84yc+QgbSde0PQHszl9fE/+SU5ZXiS9YdcbzSZxp2erFpZOTchrpg916T4vx6i59scodjb0l6bDyZ+mtIPrc1w6b4hUyOUTsDQoAJYxdfEuMgVy4=
mailto 3600 NSEC urn NAPTR RRSIG NSEC
mailto 604800 NAPTR 0 0 "" "" "!^mailto:(.*)@(.*)$!\\\\2!i" .
urn 3600 RRSIG NSEC 8 3 3600 20181028123243 20181007175821 47155 uri.arpa. Hgsw4Deops1O8uWyELGe6hpR/OEqCnTHvahlwiQkHhO5CSEQrbhmFAWeUOkmGAdTEYrSz+skLRQuITRMwzyFf4oUkZihGyhZyzHbcxWfuDc/Pd/9DSl56gdeBwy1evn5wBTms8yWQVkNtphbJH395gRqZuaJs3LD/qTyJ5DpLvA=
urn 604800 RRSIG NAPTR 8 3 604800 20181029071816 20181007205525 47155 uri.arpa. ALIZD0vBqAQQt40GQ0Efaj8OCyE9xSRJRdyvyn/H/wZVXFRFKrQYrLASD/K7q6CMTOxTRCu2J8yes63WJiaJEdnh+dscXzZkmOg4n5PsgZbkvUSWBiGtxvz5jNncM0xVbkjbtByrvJQAO1cU1mnlDKe1FmVB1uLpVdA9Ib4JhMU=
urn 3600 NSEC @ NAPTR RRSIG NSEC
urn 604800 NAPTR 0 0 "" "" "/urn:([^:]+)/\\\\1/i" .
@ 3600 SOA sns.dns.icann.org. noc.dns.icann.org. 2018100702 10800 3600 1209600 3600
`
  const zone = lenientZone('uri.arpa', text)
  const digest = '1291b78ddf7669b1a39d014d87626b709b55774c5d7d58fadc556439889a10eaf6f11d615900a4f996bd46279514e473'
  assert.equal(digestOf(zone), digest)
})

test('A.5: ROOT-SERVERS.NET as it was', () => {
  const servers: [string, string, string, string?][] = [
    ['a', '2001:503:ba3e::2:30', '198.41.0.4'],
    ['b', '2001:500:200::b', '199.9.14.201', 'MX 20 mail.isi.edu.'],
    ['c', '2001:500:2::c', '192.33.4.12'],
    ['d', '2001:500:2d::d', '199.7.91.13'],
    ['e', '2001:500:a8::e', '192.203.230.10'],
    ['f', '2001:500:2f::f', '192.5.5.241'],
    ['g', '2001:500:12::d0d', '192.112.36.4'],
    ['h', '2001:500:1::53', '198.97.190.53'],
    ['i', '2001:7fe::53', '192.36.148.17', 'MX 10 mx.i.root-servers.org.'],
    ['j', '2001:503:c27::2:30', '192.58.128.30'],
    ['k', '2001:7fd::1', '193.0.14.129'],
    ['l', '2001:500:9f::42', '199.7.83.42'],
    ['m', '2001:dc3::35', '202.12.27.33'],
  ]
  const records = servers.flatMap(([name, v6, v4, mail]) => [
    `@ NS ${name}`,
    `${name} AAAA ${v6}`,
    `${name} A ${v4}`,
    ...(mail === undefined ? [] : [`${name} ${mail}`]),
  ])
  const text = `$TTL 3600000
@ SOA a nstld.verisign-grs.com. 2018091100 14400 7200 1209600 3600000
${records.join('\n')}
`
  const digest = 'f1ca0ccd91bd5573d9f431c00ee0101b2545c97602be0a978a3b11dbfc1c776d5b3e86ae3d973d6b5349ba7f04340f79'
  assert.equal(digestOf(lenientZone('root-servers.net', text)), digest)
})

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const keys = [zoneKeyOf(privateKey, 257)]

function signed(text: string): MemoryZone {
  const zone = zoneOf('example', text)
  for (const _step of signZoneWithDigest(zone, { keys, nowSeconds: 1_800_000_000, dnskeyTtl: 60 }));
  return zone
}

const plain =
  '@ 60 SOA ns host 7 3600 600 604800 300\n@ 60 NS ns\nns 60 A 192.0.2.1\nsub 60 NS ns.sub\nns.sub 60 A 192.0.2.2\n'

test('3: a zone that is signed here has its digest, which the chain tells of and a signature covers', () => {
  const zone = signed(plain)
  const at = (type: number): Rrset => zone.rrsetsAt(zone.apexOwner).find((rrset) => rrset.type === type) as Rrset
  const zonemd = at(RecordType.ZONEMD)
  assert.equal(formatRdata(RecordType.ZONEMD, zonemd.rdatas[0] as Uint8Array), `7 1 1 ${digestOf(zone)}`)
  assert.equal(zonemd.ttl, 60)
  const nsec = at(RecordType.NSEC).rdatas[0] as Uint8Array
  assert.ok(bitmapTypes(nsec.subarray(nameEnd(nsec, 0))).includes(RecordType.ZONEMD))
  const rrsig = zone.signatures(zone.apexOwner, RecordType.ZONEMD)?.slice(10) as Uint8Array
  assert.ok(verify(null, rrsigSignedBytes(rrsig.subarray(0, -64), zonemd), publicKey, rrsig.subarray(-64)))
  const soaRrsig = zone.signatures(zone.apexOwner, RecordType.SOA)?.slice(10) as Uint8Array
  assert.deepEqual(
    [8, 12].map((at) => readUint32(rrsig, at)),
    [8, 12].map((at) => readUint32(soaRrsig, at)),
  )
})

test('a digest that the file had goes: it was over the zone without signatures', () => {
  const zone = signed(`${plain}@ 60 ZONEMD 7 1 1 ${'ab'.repeat(48)}\n`)
  const rrset = zone.rrsetsAt(zone.apexOwner).find(({ type }) => type === RecordType.ZONEMD) as Rrset
  assert.deepEqual(
    rrset.rdatas.map((rdata) => [soaSerialOf(rdata), Buffer.from(rdata.subarray(6)).toString('hex')]),
    [[7, digestOf(zone)]],
  )
})

const soaSerialOf = (zonemd: Uint8Array): number => readUint32(zonemd, 0)

test('great zones have none', { timeout: 120_000 }, () => {
  const zone = zoneOf('example', `${plain}@ 60 ZONEMD 7 1 1 ${'ab'.repeat(48)}\n`)
  for (let index = 0; index < MAX_DIGEST_RECORDS; index++) {
    const rdata = Uint8Array.of(4, index >>> 24, index >>> 16, index >>> 8, index)
    zone.add(parseAbsoluteName(`t${index >>> 11}.example`), RecordType.TXT, 60, rdata)
  }
  const steps = signZoneWithDigest(zone, { keys, nowSeconds: 1_800_000_000, dnskeyTtl: 60 })
  for (const _step of steps);
  assert.equal(zone.rrset(zone.apexOwner, RecordType.ZONEMD), undefined)
  assert.ok(zone.signatures(zone.apexOwner, RecordType.SOA))
})
