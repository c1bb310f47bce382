import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import {
  formatName,
  formatRecordType,
  parseAbsoluteName,
  parseRdata,
  RecordType,
  type Rrset,
  readRrsig,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import fc from 'fast-check'
import { applyDifference } from '../journal/apply-difference.ts'
import { bytesOfZone, differenceAt, differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import { rdatasOf, ttlOf } from '../records.ts'
import { isHidden, isSigned } from '../sign/authority.ts'
import { signZone } from '../sign/sign-zone.ts'
import { zoneKeyOf } from '../sign/zone-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { finish } from '../testing/finish.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { linesOf } from '../testing/zone-records.ts'
import type { RrsetChange } from '../update/zone-draft.ts'
import { changeZone } from './change-zone.ts'
import { emptyZone } from './zone-builder.ts'

const NOW = 1_800_000_000
const pair = generateKeyPairSync('ed25519')
const key = zoneKeyOf(pair.privateKey, 257)
const apex = parseAbsoluteName('example')

const soa = (serial: number, minimum: number): Rrset =>
  set('example', RecordType.SOA, 300, [`ns.example. host.example. ${serial} 3600 600 604800 ${minimum}`])
const set = (owner: string, type: number, ttl: number, texts: readonly string[]): Rrset => ({
  owner: parseAbsoluteName(owner),
  type,
  ttl,
  rdatas: texts.map((text) => parseRdata(type, text)),
})

/** The records without what signatures hold, which differ each time. */
const shown = (zone: MemoryZone): string[] =>
  linesOf(zone.entries())
    .map((line) => line.replace(/( RRSIG \S+ \d+ \d+ \d+) .*/, '$1'))
    .sort()

const owners = ['a', 'b', 'b.a', 'c.b.a', 'x.y.z', '*.b', 'd'].map((label) => `${label}.example`)
const oneChange: fc.Arbitrary<RrsetChange> = fc
  .tuple(
    fc.constantFrom(...owners),
    fc.constantFrom(RecordType.A, RecordType.NS, RecordType.DS, RecordType.TXT),
    fc.nat(3),
  )
  .map(([name, type, which]) => {
    const texts = {
      [RecordType.A]: `192.0.2.${which}`,
      [RecordType.NS]: `ns${which}.other.`,
      [RecordType.DS]: `${which} 15 2 ${'ab'.repeat(32)}`,
      [RecordType.TXT]: `"${which}"`,
    }
    const rrset = which === 0 ? undefined : set(name, type, 60 * which, [texts[type] as string])
    return { owner: parseAbsoluteName(name), type, rrset }
  })
const oneUpdate = fc.tuple(
  fc.uniqueArray(oneChange, { maxLength: 5, selector: ({ owner, type }) => `${owner} ${type}` }),
  fc.constantFrom(60, 60, 90),
)

test('a signed zone that is changed again and again is the same as one signed as a whole', async () => {
  const start = `@ 300 NS ns\nns 300 A 192.0.2.1\nb 300 NS ns.b\nns.b 300 A 192.0.2.2\nc.b.a 60 TXT "x"\n`
  await fc.assert(
    fc.asyncProperty(fc.array(oneUpdate, { minLength: 1, maxLength: 6 }), async (updates) => {
      const bare = zoneOf('example', `@ 300 SOA ns host 1 3600 600 604800 60\n${start}`)
      let zone = bare.copy()
      finish(signZone(zone, { keys: [key], nowSeconds: NOW, dnskeyTtl: 300 }))
      const first = zone.copy()
      const differences: ZoneDifference[] = []
      for (const [index, [changes, minimum]] of updates.entries()) {
        const rrset = soa(index + 2, minimum)
        const all = [...changes, { owner: apex, type: RecordType.SOA, rrset }]
        const next = zone.copy()
        const names = finish(changeZone(next, all, { keys: [key], nowSeconds: NOW + index }))
        const difference = finish(differenceAt(zone, next, names, finish(bytesOfZone(zone))))
        assert.ok(difference)
        const whole = finish(differenceOf(zone, next)) as ZoneDifference
        for (const part of ['removed', 'added'] as const)
          assert.equal(difference[part].length, whole[part].length, 'no other name changed')
        assert.equal(difference.zoneBytes, whole.zoneBytes)
        differences.push(difference)
        zone = next
        for (const { owner, type, rrset: put } of all) {
          if (put === undefined) bare.remove(owner, type)
          else bare.put(put)
        }
      }
      const signed = bare.copy()
      finish(signZone(signed, { keys: [key], nowSeconds: NOW, dnskeyTtl: 300 }))
      assert.deepEqual(shown(zone), shown(signed))
      assertSigned(zone)
      // The journal, played again, gives the same.
      for (const difference of differences) applyDifference(first, difference)
      assert.deepEqual(linesOf(first.entries()).sort(), linesOf(zone.entries()).sort())
    }),
    { numRuns: 60 },
  )
})

/** Each signature is good, and where one is to be there is one. */
function assertSigned(zone: MemoryZone): void {
  for (const owner of zone.owners()) {
    for (const type of zone.types(owner)) {
      const records = zone.rrset(owner, type)
      if (records === undefined) continue
      const name = `${formatName(zone.name(owner))} ${formatRecordType(type)}`
      const signatures = zone.signatures(owner, type)
      assert.equal(signatures !== undefined, isSigned(zone, owner, type) && !isHidden(zone, owner), name)
      if (signatures === undefined) continue
      const rrset = { owner: zone.name(owner).slice(), type, ttl: ttlOf(records), rdatas: rdatasOf(records) }
      for (const rdata of rdatasOf(signatures)) {
        const { head, signature } = readRrsig(rdata) ?? assert.fail()
        assert.ok(verify(null, rrsigSignedBytes(head, rrset), createPublicKey(pair.privateKey), signature), name)
      }
    }
  }
}

test('without signing the records alone change; a digest goes', async () => {
  const zone = zoneOf(
    'example',
    `@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\n@ 60 ZONEMD 1 1 1 ${'ab'.repeat(48)}\na 60 TXT "x"\n`,
  )
  const next = zone.copy()
  const changes = [
    { owner: parseAbsoluteName('a.example'), type: RecordType.TXT, rrset: undefined },
    { owner: apex, type: RecordType.SOA, rrset: soa(2, 60) },
  ]
  const names = finish(changeZone(next, changes, undefined))
  assert.deepEqual(names.map(formatName).sort(), ['a.example.', 'example.'])
  assert.deepEqual(
    shown(next)
      .map((line) => line.split(' ')[2])
      .sort(),
    ['NS', 'SOA'],
  )
  assert.equal(shown(zone).length, 4)
})

test('a copy has all, and is another zone', async () => {
  const text = `@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\na.b.c 60 TXT "x"\n@ 60 RRSIG SOA 15 1 60 20300101000000 20200101000000 1 @ AAAA\n`
  const zone = zoneOf('example', text)
  const copy = zone.copy()
  assert.deepEqual(linesOf(copy.entries()), linesOf(zone.entries()))
  copy.remove(parseAbsoluteName('a.b.c.example'), RecordType.TXT)
  assert.notDeepEqual(linesOf(copy.entries()), linesOf(zone.entries()))
  assert.equal(emptyZone(apex).rrsetCount, 0)
})
