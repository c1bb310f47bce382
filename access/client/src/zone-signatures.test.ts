import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes } from '@cresset/core-codec'
import { signedAheadUntil, zoneSignatureProblem } from './zone-signatures.ts'

const DAY = 86_400

const signature = (tag: number, from: number, until: number): Uint8Array => {
  const fixed = new DataView(new ArrayBuffer(18))
  fixed.setUint16(0, 48)
  fixed.setUint32(8, until)
  fixed.setUint32(12, from)
  fixed.setUint16(16, tag)
  return concatBytes(new Uint8Array(fixed.buffer), Uint8Array.of(0), new Uint8Array(64))
}

test('anchors have signed ahead until the first gap, and until the first of several ends', () => {
  const now = 1_000_000
  assert.equal(signedAheadUntil([], now), undefined)
  const adjoining = [
    signature(1, now + 10, now + 20),
    signature(1, now - 5, now + 10),
    signature(1, now + 21, now + 90),
  ]
  assert.equal(signedAheadUntil(adjoining, now), now + 20)
  assert.equal(signedAheadUntil([...adjoining, signature(2, now - 5, now + 15)], now), now + 15)
  assert.equal(signedAheadUntil([signature(1, now - 9, now - 1)], now), now)
  // RFC 4034 section 3.1.5: times count in a circle.
  const late = 2 ** 32 - 5
  assert.equal(signedAheadUntil([signature(1, late - 10, 20)], late), late + 25)
})

test('who operates a zone is told two weeks before its signatures run out, and when they have', () => {
  const now = 1_795_000_000
  const problemWith = (...windows: [fromDays: number, untilDays: number][]): string | undefined =>
    zoneSignatureProblem(
      'acme',
      windows.map(([from, until]) => signature(1, now + from * DAY, now + until * DAY)),
      now,
    )
  assert.equal(problemWith(), undefined, 'a zone that is not signed')
  assert.equal(problemWith([-3, 11], [8, 25]), undefined)
  assert.equal(problemWith([-1, 14]), undefined)
  assert.match(
    problemWith([-1, 13.5]) ?? '',
    /^the signatures over the keys of acme run out at 2026-12-01 23:06:40 UTC: /,
  )
  assert.match(problemWith([-1, 5], [6, 30]) ?? '', /run out at 2026-11-23/, 'a gap refuses names as well')
  assert.match(problemWith([-9, -1]) ?? '', /^the signatures over the keys of acme have run out: /)
  assert.match(problemWith([1, 20]) ?? '', /have run out/, 'what begins tomorrow is of no use today')
})
