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

test('A.4: URI.ARPA as it was, signed', () => {
  const digest = '0dbc3c4dbfd75777c12ca19c337854b1577799901307c482e9d91d5d15cd934d16319d98e30c4201cf25a1d5a0254960'
  const text = `@ 3600 SOA sns.dns.icann.org. noc.dns.icann.org. 2018100702 10800 3600 1209600 3600
@ 3600 RRSIG SOA 8 2 3600 20210217232440 20210120232440 37444 uri.arpa. GzQw+QzwLDJr13REPGVmpEChjD1D2XlX0ie1DnWHpgaEw1E/dhs3lCN3 +BmHd4Kx3tffTRgiyq65HxR6feQ5v7VmAifjyXUYB1DZur1eP5q0Ms2y gCB3byoeMgCNsFS1oKZ2LdzNBRpy3oace8xQn1SpmHGfyrsgg+WbHKCT 1dY=
@ 86400 NS a.iana-servers.net.
@ 86400 NS b.iana-servers.net.
@ 86400 NS c.iana-servers.net.
@ 86400 NS ns2.lacnic.net.
@ 86400 NS sec3.apnic.net.
@ 86400 RRSIG NS 8 2 86400 20210217232440 20210120232440 37444 uri.arpa. M+Iei2lcewWGaMtkPlrhM9FpUAHXFkCHTVpeyrjxjEONeNgKtHZor5e4 V4qJBOzNqo8go/qJpWlFBm+T5Hn3asaBZVstFIYky38/C8UeRLPKq1hT THARYUlFrexr5fMtSUAVOgOQPSBfH3xBq/BgSccTdRb9clD+HE7djpqr LS4=
@ 600 MX 10 pechora.icann.org.
@ 600 RRSIG MX 8 2 600 20210217232440 20210120232440 37444 uri.arpa. kQAJQivmv6A5hqYBK8h6Z13ESY69gmosXwKI6WE09I8RFetfrxr24ecd nYd0lpnDtgNNSoHkYRSOoB+C4+zuJsoyAAzGo9uoWMWj97/2xeGhf3PT C9meQ9Ohi6hul9By7OR76XYmGhdWX8PBi60RUmZ1guslFBfQ8izwPqzu phs=
@ 3600 NSEC ftp NS SOA MX RRSIG NSEC DNSKEY ZONEMD
@ 3600 RRSIG NSEC 8 2 3600 20210217232440 20210120232440 37444 uri.arpa. dU/rXLM/naWd1+1PiWiYVaNJyCkiuyZJSccr91pJI673T8r3685B4ODM YFafZRboVgwnl3ZrXddY6xOhZL3n9V9nxXZwjLJ2HJUojFoKcXTlpnUy YUYvVQ2kj4GHAo6fcGCEp5QFJ2KbCpeJoS+PhKGRRx28icCiNT4/uXQv O2E=
@ 3600 DNSKEY 256 3 8 AwEAAbMxuFuLeVDuOwIMzYOTD/bTREjLflo7wOi6ieIJhqltEzgjNzmW Jf9kGwwDmzxU7kbthMEhBNBZNn84zmcyRSCMzuStWveL7xmqqUlE3swL 8kLOvdZvc75XnmpHrk3ndTyEb6eZM7slh2C63Oh6K8VR5VkiZAkEGg0u ZIT3NjsF
@ 3600 DNSKEY 257 3 8 AwEAAdkTaWkZtZuRh7/OobBUFxM+ytTst+bCu0r9w+rEwXD7GbDs0pIM hMenrZzoAvmv1fQxw2MGs6Ri6yPKfNULcFOSt9l8i6BVBLI+SKTY6XXe DUQpSEmSaxohHeRPMQFzpysfjxINp/L2rGtZ7yPmxY/XRiFPSO0myqwG Ja9r06Zw9CHM5UDHKWV/E+zxPFq/I7CfPbrrzbUotBX7Z6Vh3Sarllbe 8cGUB2UFNaTRgwB0TwDBPRD5ER3w2Dzbry9NhbElTr7vVfhaGWeOGuqA UXwlXEg6CrNkmJXJ2F1Rzr9WHUzhp7uWxhAbmJREGfi2dEyPAbUAyCjB qhFaqglknvc=
@ 3600 DNSKEY 257 3 8 AwEAAenQaBoFmDmvRT+/H5oNbm0Tr5FmNRNDEun0Jpj/ELkzeUrTWhNp QmZeIMC8I0kZ185tEvOnRvn8OvV39B17QIdrvvKGIh2HlgeDRCLolhao jfn2QM0DStjF/WWHpxJOmE6CIuvhqYEU37yoJscGAPpPVPzNvnL1HhYT aao1VRYWQ/maMrJ+bfHg+YX1N6M/8MnRjIKBif1FWjbCKvsn6dnuGGL9 oCWYUFJ3DwofXuhgPyZMkzPc88YkJj5EMvbMH4wtelbCwC+ivx732l0w /rXJn0ciQSOgoeVvDio8dIJmWQITWQAuP+q/ZHFEFHPlrP3gvQh5mcVS 48eLX71Bq7c=
@ 3600 RRSIG DNSKEY 8 2 3600 20210217232440 20210120232440 12670 uri.arpa. DBE2gkKAoxJCfz47KKxzoImN/0AKArhIVHE7TyTwy0DdRPo44V5R+vL6 thUxlQ1CJi2Rw0jwAXymx5Y3Q873pOEllH+4bJoIT4dmoBmPXfYWW7Cl vw9UPKHRP0igKHmCVwIeBYDTU3gfLcMTbR4nEWPDN0GxlL1Mf7ITaC2I oabo79Ip3M/MR8I3Vx/xZ4ZKKPHtLn3xUuJluPNanqJrED2gTslL2xWZ 1tqjsAjJv7JnJo2HJ8XVRB5zBto0IaJ2oBlqcjdcQ/0VlyoM8uOy1pDw HQ2BJl7322gNMHBP9HSiUPIOaIDNUCwW8eUcW6DIUk+s9u3GN1uTqwWz sYB/rA==
@ 3600 RRSIG DNSKEY 8 2 3600 20210217232440 20210120232440 30577 uri.arpa. Kx6HwP4UlkGc1UZ7SERXtQjPajOF4iUvkwDj7MEG1xbQFB1KoJiEb/ei W0qmSWdIhMDv8myhgauejRLyJxwxz8HDRV4xOeHWnRGfWBk4XGYwkejV zOHzoIArVdUVRbr2JKigcTOoyFN+uu52cNB7hRYu7dH5y1hlc6UbOnzR pMtGxcgVyKQ+/ARbIqGG3pegdEOvV49wTPWEiyY65P2urqhvnRg5ok/j zwAdMx4XGshiib7Ojq0sRVl2ZIzj4rFgY/qsSO8SEXEhMo2VuSkoJNio fVzYoqpxEeGnANkIT7Tx2xJL1BWyJxyc7E8Wr2QSgCcc+rYL6IkHDtJG Hy7TaQ==
@ 3600 ZONEMD 2018100702 1 1 ${digest}
@ 3600 RRSIG ZONEMD 8 2 3600 20210217232440 20210120232440 37444 uri.arpa. QDo4XZcL3HMyn8aAHyCUsu/Tqj4Gkth8xY1EqByOb8XOTwVtA4ZNQORE 1siqNqjtJUbeJPtJSbLNqCL7rCq0CzNNnBscv6IIf4gnqJZjlGtHO30o hXtKvEc4z7SU3IASsi6bB3nLmEAyERdYSeU6UBfx8vatQDIRhkgEnnWU Th4=
ftp 604800 NAPTR 0 0 "" "" "!^ftp://([^:/?#]*).*$!\\\\1!i" .
ftp 604800 RRSIG NAPTR 8 3 604800 20210217232440 20210120232440 37444 uri.arpa. EygekDgl+Lyyq4NMSEpPyOrOywYf9Y3FAB4v1DT44J3R5QGidaH8l7ZF jHoYFI8sY64iYOCV4sBnX/dh6C1L5NgpY+8l5065Xu3vvjyzbtuJ2k6Y YwJrrCbvl5DDn53zAhhO2hL9uLgyLraZGi9i7TFGd0sm3zNyUF/EVL0C cxU=
ftp 3600 NSEC http NAPTR RRSIG NSEC
ftp 3600 RRSIG NSEC 8 3 3600 20210217232440 20210120232440 37444 uri.arpa. pbP4KxevPXCu/bDqcvXiuBppXyFEmtHyiy0eAN5gS7mi6mp9Z9bWFjx/ LdH9+6oFGYa5vGmJ5itu/4EDMe8iQeZbI8yrpM4TquB7RR/MGfBnTd8S +sjyQtlRYG7yqEu77Vd78Fme22BKPJ+MVqjS0JHMUE/YUGomPkAjLJJw wGw=
http 604800 NAPTR 0 0 "" "" "!^http://([^:/?#]*).*$!\\\\1!i" .
http 604800 RRSIG NAPTR 8 3 604800 20210217232440 20210120232440 37444 uri.arpa. eTqbWvt1GvTeXozuvm4ebaAfkXFQKrtdu0cEiExto80sHIiCbO0WL8UD a/J3cDivtQca7LgUbOb6c17NESsrsVkc6zNPx5RK2tG7ZQYmhYmtqtfg 1oU5BRdHZ5TyqIXcHlw9Blo2pir1Y9IQgshhD7UOGkbkEmvB1Lrd0aHh AAg=
http 3600 NSEC mailto NAPTR RRSIG NSEC
http 3600 RRSIG NSEC 8 3 3600 20210217232440 20210120232440 37444 uri.arpa. R9rlNzw1CVz2N08q6DhULzcsuUm0UKcPaGAWEU40tr81jEDHsFHNM+kh CdOI8nDstzA42aee4rwCEgijxJpRCcY9hrO1Ysrrr2fdqNz60JikMdar vU5O0p0VXeaaJDfJQT44+o+YXaBwI7Qod3FTMx7aRib8i7istvPm1Rr7 ixA=
mailto 604800 NAPTR 0 0 "" "" "!^mailto:(.*)@(.*)$!\\\\2!i" .
mailto 604800 RRSIG NAPTR 8 3 604800 20210217232440 20210120232440 37444 uri.arpa. Ch2zTG2F1plEvQPyIH4Yd80XXLjXOPvMbiqDjpJBcnCJsV8QF7kr0wTL nUT3dB+asQudOjPyzaHGwFlMzmrrAsszN4XAMJ6htDtFJdsgTMP/NkHh YRSmVv6rLeAhd+mVfObY12M//b/GGVTjeUI/gJaLW0fLVZxr1Fp5U5CR jyw=
mailto 3600 NSEC urn NAPTR RRSIG NSEC
mailto 3600 RRSIG NSEC 8 3 3600 20210217232440 20210120232440 37444 uri.arpa. fQUbSIE6E7JDi2rosah4SpCOTrKufeszFyj5YEavbQuYlQ5cNFvtm8Ku E2xXMRgRI4RGvM2leVqcoDw5hS3m2pOJLxH8l2WE72YjYvWhvnwc5Rof e/8yB/vaSK9WCnqN8y2q6Vmy73AGP0fuiwmuBra7LlkOiqmyx3amSFiz wms=
urn 604800 NAPTR 0 0 "" "" "/urn:([^:]+)/\\\\1/i" .
urn 604800 RRSIG NAPTR 8 3 604800 20210217232440 20210120232440 37444 uri.arpa. CVt2Tgz0e5ZmaSXqRfNys/8OtVCk9nfP0zhezhN8Bo6MDt6yyKZ2kEEW JPjkN7PCYHjO8fGjnUn0AHZI2qBNv7PKHcpR42VY03q927q85a65weOO 1YE0vPYMzACpua9TOtfNnynM2Ws0uN9URxUyvYkXBdqOC81N3sx1dVEL cwc=
urn 3600 NSEC @ NAPTR RRSIG NSEC
urn 3600 RRSIG NSEC 8 3 3600 20210217232440 20210120232440 37444 uri.arpa. JuKkMiC3/j9iM3V8/izcouXWAVGnSZjkOgEgFPhutMqoylQNRcSkbEZQ zFK8B/PIVdzZF0Y5xkO6zaKQjOzz6OkSaNPIo1a7Vyyl3wDY/uLCRRAH RJfpknuY7O+AUNXvVVIEYJqZggd4kl/Rjh1GTzPYZTRrVi5eQidI1LqC Oeg=
`
  assert.equal(digestOf(lenientZone('uri.arpa', text)), digest)
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
    zone.add(parseAbsoluteName(`t${index >>> 6}.example`), RecordType.TXT, 60, rdata)
  }
  const steps = signZoneWithDigest(zone, { keys, nowSeconds: 1_800_000_000, dnskeyTtl: 60 })
  for (const _step of steps);
  assert.equal(zone.rrset(zone.apexOwner, RecordType.ZONEMD), undefined)
  assert.ok(zone.signatures(zone.apexOwner, RecordType.SOA))
})
