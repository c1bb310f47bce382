import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import fc from 'fast-check'
import type { MemoryZone } from '../store/memory-zone.ts'
import { finish } from '../testing/finish.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { linesOf } from '../testing/zone-records.ts'
import { packedEntries } from './packed-entries.ts'
import { bytesOfZone, differenceAt, differenceBytes, differenceOf, type ZoneDifference } from './zone-difference.ts'

function compare(before: MemoryZone, after: MemoryZone): ZoneDifference {
  const difference = finish(differenceOf(before, after))
  assert.ok(difference)
  return difference
}

const soa = (serial: number): string => `@ 60 SOA ns host ${serial} 3600 600 604800 300\n@ 60 NS ns\n`
const removedOf = ({ removed }: ZoneDifference): string[] => linesOf(packedEntries(removed)).sort()
const addedOf = ({ added }: ZoneDifference): string[] => linesOf(packedEntries(added)).sort()

test('single records of a set, a TTL, signatures by what they cover, and NSEC3 records', () => {
  const sig = (type: string, key: number): string =>
    `RRSIG ${type} 15 2 60 20300101000000 20200101000000 ${key} example. AAAA`
  const hash = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'
  const before = `${soa(1)}a 60 A 192.0.2.1\na 60 A 192.0.2.2\na 60 ${sig('A', 1)}\na 60 ${sig('TXT', 1)}\na 60 TXT x
b 60 A 192.0.2.3\nc 60 A 192.0.2.4\n${hash} 60 NSEC3 1 0 0 - ${hash} A\n${hash} 60 ${sig('NSEC3', 1)}\n`
  const after = `${soa(2)}a 60 A 192.0.2.2\na 60 A 192.0.2.9\na 60 ${sig('A', 2)}\na 60 ${sig('TXT', 1)}\na 60 TXT x
b 90 A 192.0.2.3\nd 60 A 192.0.2.4\n${hash} 60 NSEC3 1 0 0 - ${hash} A AAAA\n${hash} 60 ${sig('NSEC3', 2)}\n`
  const difference = compare(zoneOf('example', before), zoneOf('example', after))
  const short = (lines: string[]): string[] => lines.map((line) => line.replace(/ 20300101.* (\d) example.*/, ' $1'))
  assert.deepEqual(short(removedOf(difference)), [
    `${hash}.example. 60 NSEC3 1 0 0 - ${hash} A`,
    `${hash}.example. 60 RRSIG NSEC3 15 2 60 1`,
    'a.example. 60 A 192.0.2.1',
    'a.example. 60 RRSIG A 15 2 60 1',
    'b.example. 60 A 192.0.2.3',
    'c.example. 60 A 192.0.2.4',
  ])
  assert.deepEqual(short(addedOf(difference)), [
    `${hash}.example. 60 NSEC3 1 0 0 - ${hash} A AAAA`,
    `${hash}.example. 60 RRSIG NSEC3 15 2 60 2`,
    'a.example. 60 A 192.0.2.9',
    'a.example. 60 RRSIG A 15 2 60 2',
    'b.example. 90 A 192.0.2.3',
    'd.example. 60 A 192.0.2.4',
  ])
})

test('zones that differ by the serial alone, and other zones', () => {
  const difference = compare(zoneOf('example', soa(1)), zoneOf('example', soa(2)))
  assert.deepEqual([difference.removed.length, difference.added.length], [0, 0])
  assert.equal(differenceBytes(difference), difference.fromSoa.length + difference.toSoa.length)
  assert.deepEqual(differenceOf(zoneOf('example', soa(1)), zoneOf('other', soa(2))).next(), {
    done: true,
    value: undefined,
  })
})

const hash = fc.constantFrom('0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', '2t7b4g4vsa5smi47k61mv5bv1a22bojr')
const owner = fc.constantFrom('@', 'a', 'b', 'a.b', 'x.y.z', '*.b')
const line = fc.oneof(
  fc.tuple(owner, fc.nat(3)).map(([name, last]) => `${name} 60 A 192.0.2.${last}`),
  fc.tuple(owner, fc.nat(3)).map(([name, text]) => `${name} 60 TXT "${text}"`),
  fc
    .tuple(owner, fc.constantFrom('A', 'TXT', 'NSEC'), fc.nat(3))
    .map(([name, type, tag]) => `${name} 60 RRSIG ${type} 15 1 60 20300101000000 20200101000000 ${tag} @ AAAA`),
  fc.tuple(owner, owner).map(([name, next]) => `${name} 60 NSEC ${next} A`),
  fc.tuple(hash, hash).map(([name, next]) => `${name} 60 NSEC3 1 0 0 - ${next} A`),
  fc
    .tuple(hash, fc.nat(3))
    .map(([name, tag]) => `${name} 60 RRSIG NSEC3 15 1 60 20300101000000 20200101000000 ${tag} @ AAAA`),
)
/** A TTL belongs to a set, so it goes by the owner and type. */
const zone = fc
  .tuple(fc.uniqueArray(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, isSlow]) => lines.map((text) => (isSlow ? text.replace(/^(a|b) 60 A/, '$1 90 A') : text)))

test('the difference between any two zones, applied to the first, gives the second', () => {
  fc.assert(
    fc.property(zone, zone, (first, second) => {
      const before = zoneOf('example', soa(1) + first.join('\n'))
      const after = zoneOf('example', soa(2) + second.join('\n'))
      const difference = compare(before, after)
      const records = new Set(linesOf(before.entries()).filter((text) => !text.includes(' SOA ')))
      for (const text of removedOf(difference)) assert.ok(records.delete(text), `removes what is not there: ${text}`)
      for (const text of addedOf(difference)) {
        assert.ok(!records.has(text), `adds what is there: ${text}`)
        records.add(text)
      }
      const expected = linesOf(after.entries()).filter((text) => !text.includes(' SOA '))
      assert.deepEqual([...records].sort(), expected.sort())
      // No record goes and comes at once.
      const removed = new Set(removedOf(difference))
      assert.ok(addedOf(difference).every((text) => !removed.has(text)))
    }),
    { numRuns: 300 },
  )
})

test('at the names that differ it is the same difference, and the bytes of the zone are counted on', () => {
  const names = ['@', 'a', 'b', 'a.b', 'x.y.z', '*.b'].map((label) =>
    parseAbsoluteName(label === '@' ? 'example' : `${label}.example`),
  )
  /** As zones are that are signed here: without NSEC3, and without signatures over nothing. */
  const isOfZone = (text: string, lines: readonly string[]): boolean => {
    const [name = '', , type, covered = ''] = text.split(' ')
    if (text.includes('NSEC3')) return false
    return type !== 'RRSIG' || lines.some((other) => other.startsWith(`${name} `) && other.split(' ')[2] === covered)
  }
  const ownZone = zone.map((lines) => lines.filter((text) => isOfZone(text, lines)))
  fc.assert(
    fc.property(fc.array(ownZone, { minLength: 2, maxLength: 6 }), (texts) => {
      const [first, ...others] = texts.map((lines, index) => zoneOf('example', soa(index + 1) + lines.join('\n')))
      let before = first ?? assert.fail()
      let bytes = finish(bytesOfZone(before))
      for (const after of others) {
        const difference = finish(differenceAt(before, after, names, bytes)) ?? assert.fail()
        const whole = compare(before, after)
        assert.deepEqual(
          [removedOf(difference), addedOf(difference), difference.zoneBytes],
          [removedOf(whole), addedOf(whole), whole.zoneBytes],
        )
        before = after
        bytes = difference.zoneBytes
      }
    }),
    { numRuns: 100 },
  )
})
