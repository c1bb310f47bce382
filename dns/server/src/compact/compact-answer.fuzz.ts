import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import {
  buildQuery,
  canonicalRdata,
  compareNames,
  EdnsOptionCode,
  equalNames,
  isAtOrBelow,
  lowerCaseName,
  type Message,
  nameEnd,
  parseAbsoluteName,
  parseMessage,
  RecordType,
  readRrsig,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import { prepareAnswer } from '../answer/answer.ts'
import { signZone } from '../sign/sign-zone.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { SIGNATURE_BYTES } from '../zone-source.ts'
import { keyDenial } from './key-denial.ts'

export const name = 'dns-compact-answer'

const NOW = 1_800_000_000
const PADDED_BLOCK_BYTES = 468
const ZONE = `
$TTL 60
@ SOA ns host 1 2 3 4 5
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
alias CNAME b.wild
*.wild CNAME no
*.w MX 10 www
a.b.c TXT "x"
old DNAME b
sub NS ns.sub
ns.sub A 192.0.2.2
`
/** The same each time, so that a seed repeats a run. */
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
})
const keys = [zoneKeyOf(privateKey, 257)]
const zone = zoneOf('a', ZONE)
for (const _owner of signZone(zone, { keys, nowSeconds: NOW, dnskeyTtl: 60, denial: 'compact' }));
zone.compact = keyDenial(keys, () => NOW)
const store = new ZoneStore({ hashKey: [1, 2] })
store.replace(zone, 1)
const owners = [...zone.owners()].map((owner) => zone.name(owner).slice())

const padding = [{ code: EdnsOptionCode.PADDING, data: new Uint8Array(3) }]

export const seeds: readonly Uint8Array[] = [
  'no.a',
  'www.a',
  'x.wild.a',
  'x.w.a',
  'b.c.a',
  'x.sub.a',
  'x.old.a',
  'a',
].flatMap((text) =>
  [RecordType.A, RecordType.MX, RecordType.NSEC, RecordType.RRSIG, RecordType.ANY, RecordType.DS].map((type, id) =>
    buildQuery({
      id,
      name: parseAbsoluteName(text),
      type,
      dnssecOk: id !== 1,
      compactOk: id % 3 === 0,
      ...(id % 2 === 0 && { ednsOptions: padding }),
    }),
  ),
)

/** Whatever is asked: what is to be signed is what stands in the message, at the place that is kept for it, and denies one name. */
export function run(bytes: Uint8Array): void {
  for (const [transport, limit, isEncrypted] of [
    ['udp', 1232, false],
    ['tcp', 65_535, true],
  ] as const) {
    const prepared = prepareAnswer(bytes, store, { transport, isEncrypted })
    if (prepared === undefined) continue
    assert(prepared.bytes.length <= limit)
    const message = parseMessage(prepared.bytes)
    const isPadded = message.edns?.options.some(({ code }) => code === EdnsOptionCode.PADDING) === true
    assert.equal(isPadded ? prepared.bytes.length % PADDED_BLOCK_BYTES : 0, 0)
    assert(!isPadded || isEncrypted)
    const wanted = unsigned(message)
    assert.equal(wanted.length, prepared.missing.length)
    for (const [index, { offset, bytes: signed, key }] of prepared.missing.entries()) {
      assert.equal(key, keys[0])
      assert(prepared.bytes.subarray(offset, offset + SIGNATURE_BYTES).every((byte) => byte === 0))
      assert(offset + SIGNATURE_BYTES <= prepared.bytes.length)
      if (wanted[index] !== undefined) assert.deepEqual(signed, wanted[index])
    }
    for (const section of [message.answers, message.authorities])
      for (const { name: owner, type, rdata } of section) if (type === RecordType.NSEC) assertAlone(owner, rdata)
  }
}

/** What the RRSIG records without a signature cover, as a validator would put it together from the message. */
function unsigned(message: Message): (Uint8Array | undefined)[] {
  return [message.answers, message.authorities].flatMap((section) =>
    section.flatMap(({ name: owner, type, rdata }) => {
      const rrsig = type === RecordType.RRSIG ? readRrsig(rdata) : undefined
      if (rrsig === undefined || rrsig.signature.some((byte) => byte !== 0)) return []
      const covered = section.filter((other) => other.type === rrsig.typeCovered && equalNames(other.name, owner))
      // Who asks for signatures alone gets no records with them.
      const rdatas = covered.map((other) => canonicalRdata(other.type, other.rdata))
      if (rdatas.length === 0) return [undefined]
      return [
        rrsigSignedBytes(rrsig.head, {
          owner: lowerCaseName(owner),
          type: rrsig.typeCovered,
          ttl: rrsig.originalTtl,
          rdatas,
        }),
      ]
    }),
  )
}

/** No name of the zone is within the span. */
function assertAlone(owner: Uint8Array, rdata: Uint8Array): void {
  const next = rdata.subarray(0, nameEnd(rdata, 0))
  assert(isAtOrBelow(owner, zone.apex) && isAtOrBelow(next, zone.apex))
  const isLast = equalNames(next, zone.apex)
  assert(isLast || compareNames(owner, next) < 0)
  for (const other of owners) {
    const isWithin = compareNames(owner, other) < 0 && (isLast || compareNames(other, next) < 0)
    // Below a delegation there are addresses of its servers, which are not of this zone.
    assert(!isWithin || isAtOrBelow(other, owner), 'a denial covers a name that is there')
    if (isWithin) assert.equal(zone.rrset(zone.find(lowerCaseName(owner), 0), RecordType.NS) !== undefined, true)
  }
}
