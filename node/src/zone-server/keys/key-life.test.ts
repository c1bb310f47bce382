import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeyRoll, nextRollEvent, rollPhase } from './key-life.ts'

const none = (): boolean => false
const timing = { propagationSeconds: 10, dsTtlSeconds: 1_000 }
const ttls = { dnskeySeconds: 100, greatestSeconds: 5_000 }
const started: KeyRoll = { startedMs: 0, ttls }
const published: KeyRoll = { ...started, publishedMs: 1_000 }
const active: KeyRoll = { ...published, activeMs: 200_000 }

test('the new key signs once no resolver remembers the list without it', () => {
  assert.deepEqual(nextRollEvent(started, timing), { event: 'published', atMs: 60_000 })
  assert.equal(rollPhase(started, timing, 1_000_000_000, none), 'published', 'what was not served is not known')
  assert.deepEqual(nextRollEvent(published, timing), { event: 'active', atMs: 111_000 })
  assert.equal(rollPhase(published, timing, 110_999, none), 'published')
  assert.equal(rollPhase(published, timing, 111_000, none), 'active')
})

test('the old key goes after a word of a person, and no sooner than its signatures and its DS are forgotten', () => {
  assert.deepEqual(nextRollEvent(active, timing), { event: 'confirmed', atMs: undefined })
  assert.equal(rollPhase(active, timing, Number.MAX_SAFE_INTEGER, none), 'active')
  const early: KeyRoll = { ...active, confirmedMs: 300_000 }
  assert.deepEqual(nextRollEvent(early, timing), { event: 'removed', atMs: 200_000 + 5_010_000 })
  const late: KeyRoll = { ...active, confirmedMs: 4_300_000 }
  assert.deepEqual(nextRollEvent(late, timing), { event: 'removed', atMs: 4_300_000 + 1_010_000 })
  assert.equal(rollPhase(late, timing, 5_309_999, none), 'active')
  assert.equal(rollPhase(late, timing, 5_310_000, none), 'removed')
})

test('a clock that is set back brings back no key', () => {
  assert.equal(rollPhase(active, timing, 0, none), 'active')
})

test('nothing goes on before every secondary that is known has the version that it rests on', () => {
  const lacksOne = (serial: number): boolean => serial === 41
  const listed: KeyRoll = { ...published, publishedSerial: 41 }
  assert.equal(rollPhase(listed, timing, 1_000_000, lacksOne), 'published')
  assert.equal(rollPhase({ ...listed, publishedSerial: 42 }, timing, 1_000_000, lacksOne), 'active')
  const confirmed: KeyRoll = { ...active, publishedSerial: 41, confirmedMs: 0 }
  assert.equal(rollPhase({ ...confirmed, activeSerial: 41 }, timing, 10_000_000, lacksOne), 'active')
  assert.equal(rollPhase({ ...confirmed, activeSerial: 43 }, timing, 10_000_000, lacksOne), 'removed')
})
