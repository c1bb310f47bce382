import assert from 'node:assert/strict'
import { parseAbsoluteName, readUint16, readUint32 } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { finish } from '../testing/finish.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { FRAME_HEADER_BYTES, type JournalFrame, readFrames, SALT_BYTES, writeFrame } from './journal-frames.ts'
import type { StoredState } from './stored-change.ts'
import { writeStoredChange } from './stored-change.ts'
import { differenceOf, type ZoneDifference } from './zone-difference.ts'
import { FRAME, framesOf, type RestoredZone, ZoneRestoring } from './zone-frames.ts'

export const name = 'dns-journal'

const apex = parseAbsoluteName('example')
/** Where the kind and the length of a payload stand in a frame. */
const KIND_OFFSET = 6
const LENGTH_OFFSET = 12

const signature = (covered: string, tag: number): string =>
  `RRSIG ${covered} 15 2 60 20300101000000 20200101000000 ${tag} @ AAAA`
const version = (serial: number): MemoryZone =>
  zoneOf(
    'example',
    `@ 60 SOA ns host ${serial} 3600 600 604800 300
@ 60 NS ns
@ 60 ${signature('SOA', serial)}
a 60 A 192.0.2.${serial}
a 60 TXT "it stays"
a 60 ${signature('A', serial)}
h${serial} 60 TXT "a host of its own"
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 60 NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A
`,
  )
const state: StoredState = {
  files: [{ path: 'example.zone', stamp: '1 2 3 4', digest: 'ab' }],
  isUpdated: true,
  records: 5,
  signed: { dnskeys: ['0101'], denial: 'chain', signals: [] },
}

const difference = (from: number, to: number): ZoneDifference =>
  finish(differenceOf(version(from), version(to))) ?? assert.fail()

const change = (from: number, to: number): JournalFrame => ({
  kind: FRAME.change,
  payload: writeStoredChange({ difference: difference(from, to), state }),
})
const note: JournalFrame = { kind: FRAME.newState, payload: Buffer.from(JSON.stringify(state)) }
const whole = [...framesOf(version(2), [difference(1, 2)], state)]

/** What follows the head of a file, its salt before it. */
function journalOf(frames: readonly JournalFrame[]): Uint8Array {
  const salt = new Uint8Array(SALT_BYTES).fill(7)
  return Uint8Array.from(Buffer.concat([salt, ...frames.map((frame, index) => writeFrame(salt, index, frame))]))
}

export const seeds: readonly Uint8Array[] = [
  journalOf(whole),
  journalOf([...whole, change(2, 3)]),
  journalOf([...whole, change(2, 3), note, change(3, 1)]),
]

/**
 * Frames are read to the first that is not good, and no further; and whatever good frames hold, they are refused, or come to a zone that
 * is written and read again as it is.
 */
export function run(bytes: Uint8Array): void {
  if (bytes.length < SALT_BYTES) return
  const salt = bytes.subarray(0, SALT_BYTES)
  const { frames, end, state: found } = finish(readFrames(bytes, SALT_BYTES, salt))
  assert.equal(found === 'whole', end === bytes.length)
  assert.equal(end - SALT_BYTES, sizeOf(frames))
  // Few changes of a good frame leave it one: what it holds is looked at under checks that are right.
  const restored = restore(framesIn(bytes))
  if (restored === undefined) return
  const again = restore([...framesOf(restored.zone, restored.differences, restored.state)])
  assert.ok(again !== undefined, 'what was read can be written and read')
  assert.deepEqual(linesOf(again), linesOf(restored))
}

const sizeOf = (frames: readonly JournalFrame[]): number =>
  frames.reduce((sum, { payload }) => sum + FRAME_HEADER_BYTES + payload.length, 0)

/** Frames by what their heads say, whatever their marks and checks are. */
function framesIn(bytes: Uint8Array): JournalFrame[] {
  const frames: JournalFrame[] = []
  for (let at = SALT_BYTES; at + FRAME_HEADER_BYTES <= bytes.length; ) {
    const end = Math.min(bytes.length, at + FRAME_HEADER_BYTES + readUint32(bytes, at + LENGTH_OFFSET))
    frames.push({ kind: readUint16(bytes, at + KIND_OFFSET), payload: bytes.slice(at + FRAME_HEADER_BYTES, end) })
    at = end
  }
  return frames
}

function restore(frames: readonly JournalFrame[]): RestoredZone | undefined {
  const reading = new ZoneRestoring(apex)
  return frames.every((frame) => reading.take(frame)) ? reading.result() : undefined
}

function linesOf({ zone, state: noted, differences }: RestoredZone): string[] {
  const hex = (...parts: readonly Uint8Array[]): string =>
    parts.map((part) => Buffer.from(part).toString('hex')).join(' ')
  const entries = [...zone.entries()].map((entry) => hex(entry.name, entry.records)).sort()
  return [
    JSON.stringify(noted),
    ...differences.map((one) => hex(writeStoredChange({ difference: one, state }))),
    ...entries,
  ]
}
