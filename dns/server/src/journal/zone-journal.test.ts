import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soaSerial } from '../records.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import type { ZoneDifference } from './zone-difference.ts'
import { ZoneJournal } from './zone-journal.ts'

function soa(serial: number): Uint8Array {
  const zone = zoneOf('example', `@ 60 SOA ns host ${serial} 3600 600 604800 300\n`)
  return zone.rrset(zone.apexOwner, 6) as Uint8Array
}

const between = (from: number, to: number, bytes = 10, zoneBytes = 10_000): ZoneDifference => ({
  fromSoa: soa(from),
  toSoa: soa(to),
  removed: new Uint8Array(bytes),
  added: new Uint8Array(),
  zoneBytes,
})
const steps = (journal: ZoneJournal, serial: number): string[] | undefined =>
  journal.since(serial)?.map(({ fromSoa, toSoa }) => `${soaSerial(fromSoa)}-${soaSerial(toSoa)}`)

test('the chain since a serial; nothing for one that is unknown or present', () => {
  const journal = new ZoneJournal()
  for (const difference of [between(1, 2), between(2, 5), between(5, 6)]) journal.add(difference)
  assert.deepEqual(steps(journal, 1), ['1-2', '2-5', '5-6'])
  assert.deepEqual(steps(journal, 5), ['5-6'])
  for (const serial of [0, 3, 6, 7]) assert.equal(steps(journal, serial), undefined)
})

test('the oldest go, as soon as there are a hundred or they are as great as the zone', () => {
  const journal = new ZoneJournal()
  for (let serial = 0; serial < 150; serial++) journal.add(between(serial, serial + 1, 10, 100_000))
  assert.equal(steps(journal, 49), undefined)
  assert.equal(steps(journal, 50)?.length, 100)
  journal.add(between(150, 151, 5_000, 8_000))
  assert.ok((steps(journal, 151 - 10)?.length ?? 0) === 10)
  assert.equal(steps(journal, 120), undefined)
  journal.add(between(151, 152, 8_000, 8_000))
  assert.equal(steps(journal, 151), undefined)
  journal.add(between(152, 153))
  assert.deepEqual(steps(journal, 152), ['152-153'])
})

test('a zone of no bytes, as a damaged journal may have it, keeps nothing', () => {
  const journal = new ZoneJournal()
  journal.add(between(1, 2, 10, 0))
  assert.deepEqual(journal.all, [])
  journal.add(between(2, 3))
  assert.deepEqual(steps(journal, 2), ['2-3'])
})

test('RFC 1982: serials go on behind the greatest; one that does not rise ends the chain', () => {
  const journal = new ZoneJournal()
  journal.add(between(2 ** 32 - 2, 2 ** 32 - 1))
  journal.add(between(2 ** 32 - 1, 1))
  assert.deepEqual(steps(journal, 2 ** 32 - 2), ['4294967294-4294967295', '4294967295-1'])
  journal.add(between(1, 1))
  assert.equal(steps(journal, 2 ** 32 - 2), undefined)
  assert.equal(steps(journal, 1), undefined)
  journal.add(between(1, 2))
  assert.deepEqual(steps(journal, 1), ['1-2'])
})

test('a version that is not known, or a step that does not begin at the last, ends the chain', () => {
  const journal = new ZoneJournal()
  journal.add(between(1, 2))
  journal.add(undefined)
  assert.equal(steps(journal, 1), undefined)
  journal.add(between(2, 3))
  journal.add(between(4, 5))
  assert.equal(steps(journal, 2), undefined)
  assert.deepEqual(steps(journal, 4), ['4-5'])
})
