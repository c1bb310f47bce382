import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { finish } from '../testing/finish.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { linesOf } from '../testing/zone-records.ts'
import { FRAME_HEADER_BYTES, type FramesRead, readFrames, SALT_BYTES, writeFrame } from './journal-frames.ts'
import type { StoredState } from './stored-change.ts'
import { StoredZone, StoredZoneError } from './stored-zone.ts'
import { differenceOf, type ZoneDifference } from './zone-difference.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-stored-zone-'))
after(() => rm(folder, { recursive: true, force: true }))

const apex = parseAbsoluteName('example')
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
a 60 ${signature('TXT', 1)}
h${serial} 60 TXT "a host of its own"
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 60 NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 60 ${signature('NSEC3', serial)}
`,
  )
const versions = [1, 2, 3, 4, 5].map(version)
const zoneAt = (index: number): MemoryZone => versions[index] as MemoryZone
const state = (isUpdated: boolean): StoredState => ({
  files: [{ path: 'example.zone', stamp: '1 2 3 4', digest: 'ab' }],
  isUpdated,
  records: 5,
  signed: { dnskeys: ['0101'], denial: 'chain', signals: [] },
})

const difference = (from: number, to: number): ZoneDifference =>
  finish(differenceOf(zoneAt(from), zoneAt(to))) ?? assert.fail()
const framesOf = (bytes: Uint8Array, start: number, salt: Uint8Array): FramesRead =>
  finish(readFrames(bytes, start, salt))

const lines = (zone: MemoryZone): string[] => linesOf(zone.entries()).sort()

/** Writes the second version with the way to it, and those that follow; gives the file, and where each change ends. */
async function written(name: string): Promise<{ path: string; ends: number[] }> {
  const path = join(folder, name)
  const { stored, restored } = await StoredZone.open(path, apex)
  assert.equal(restored, undefined)
  await stored.rewrite(zoneAt(1), [difference(0, 1)], state(false))
  const ends = [(await readFile(path)).length]
  for (const index of [2, 3, 4]) {
    await stored.append({ difference: difference(index - 1, index), state: state(true) })
    ends.push((await readFile(path)).length)
  }
  await stored.close()
  return { path, ends }
}

test('a zone comes back as it was, with the way that led there', async () => {
  const { path } = await written('whole')
  const { stored, restored, remark } = await StoredZone.open(path, apex)
  assert.ok(restored)
  assert.equal(remark, undefined)
  assert.deepEqual(lines(restored.zone), lines(zoneAt(4)))
  assert.deepEqual(restored.state, state(true))
  assert.deepEqual(
    restored.differences,
    [1, 2, 3, 4].map((index) => difference(index - 1, index)),
  )
  await stored.note(state(false))
  await stored.close()
  const again = await StoredZone.open(path, apex)
  assert.deepEqual(again.restored?.state, state(false))
  // Written anew, without the changes one by one.
  await again.stored.rewrite(zoneAt(0), [], state(false))
  await again.stored.append({ difference: difference(0, 3), state: state(true) })
  await again.stored.close()
  const last = await StoredZone.open(path, apex)
  assert.deepEqual(lines(last.restored?.zone as MemoryZone), lines(zoneAt(3)))
  await last.stored.close()
})

/** What a disk may hold behind the last byte that was written for sure. */
const tails = [new Uint8Array(), new Uint8Array(300), Buffer.alloc(300, 'frame'), Buffer.alloc(20, 0xff)]

test('a change that is cut at any byte is none, and those before it stay', async () => {
  const { path, ends } = await written('prefixes')
  const whole = Uint8Array.from(await readFile(path))
  const start = 'cresset zone journal 1\n'.length + SALT_BYTES
  const salt = whole.slice(start - SALT_BYTES, start)
  const { frames } = framesOf(whole, start, salt)
  for (const tail of tails)
    for (let length = ends[0] as number; length < whole.length; length++) {
      const bytes = Uint8Array.from(Buffer.concat([whole.subarray(0, length), tail]))
      const read = framesOf(bytes, start, salt)
      // What is missing may be just what the disk holds.
      const changes = ends.filter((end) => Buffer.compare(bytes.subarray(0, end), whole.subarray(0, end)) === 0)
      assert.deepEqual([read.frames.length, read.end], [frames.length - 4 + changes.length, changes.at(-1)])
      assert.equal(read.state, changes.at(-1) === bytes.length ? 'whole' : 'cut', `cut at ${length}`)
    }
})

test('power that fails within a change leaves the version before it, and is told in one line', async () => {
  const { path, ends } = await written('cut')
  const whole = await readFile(path)
  for (let length = ends[0] as number; length < whole.length; length += 307)
    for (const tail of tails) {
      await writeFile(path, Buffer.concat([whole.subarray(0, length), tail]))
      const { stored, restored, remark } = await StoredZone.open(path, apex)
      const kept = ends.filter((end) => end <= length).length
      assert.deepEqual(lines(restored?.zone as MemoryZone), lines(zoneAt(kept)), `cut at ${length}`)
      const isWhole = ends.includes(length) && tail.length === 0
      if (isWhole) assert.equal(remark, undefined)
      else assert.match(remark ?? '', /^\S+ ended within a change that nobody was told of; \d+ bytes were cut off$/)
      // And goes on from there.
      const to = kept === 4 ? 0 : 4
      await stored.append({ difference: difference(kept, to), state: state(true) })
      await stored.close()
      const next = await StoredZone.open(path, apex)
      assert.equal(next.remark, undefined)
      assert.deepEqual(lines(next.restored?.zone as MemoryZone), lines(zoneAt(to)))
      await next.stored.close()
    }
})

test('damage before the last change is refused, whatever it hits', async () => {
  const { path, ends } = await written('damaged')
  const whole = await readFile(path)
  for (let at = 0; at < (ends[2] as number); at += 61) {
    const bytes = Uint8Array.from(whole)
    bytes[at] = (bytes[at] as number) ^ 0x20
    await writeFile(path, bytes)
    await assert.rejects(StoredZone.open(path, apex), (error: Error) => {
      assert.ok(error instanceof StoredZoneError, String(error))
      assert.match(error.message, /^\S+ is damaged: [^\n]+; bring it back from a backup, or move it away$/)
      return true
    })
  }
  // A part that is gone is seen too, and one that is there twice.
  for (const parts of [
    [whole.subarray(0, ends[1]), whole.subarray(ends[2])],
    [whole.subarray(0, ends[2]), whole.subarray(ends[1])],
    [whole.subarray(0, (ends[0] as number) - 5)],
    [],
  ]) {
    await writeFile(path, Buffer.concat(parts))
    await assert.rejects(StoredZone.open(path, apex), StoredZoneError)
  }
})

test('the journal of another zone is none of this one', async () => {
  const { path } = await written('other')
  await assert.rejects(StoredZone.open(path, parseAbsoluteName('other')), (error: Error) => {
    assert.ok(error instanceof StoredZoneError, String(error))
    assert.match(error.message, /other is damaged: its parts do not fit together;/)
    return true
  })
})

test('records that look like a frame are none: the check has a salt', async () => {
  const salt = new Uint8Array(SALT_BYTES).fill(7)
  const inner = writeFrame(new Uint8Array(SALT_BYTES), 1, { kind: 5, payload: new Uint8Array(3) })
  const frame = writeFrame(salt, 0, { kind: 3, payload: inner })
  assert.deepEqual(framesOf(frame, 0, salt).state, 'whole')
  assert.deepEqual(framesOf(frame.subarray(0, -1), 0, salt), { frames: [], end: 0, state: 'cut' })
  assert.equal(frame.length, 2 * FRAME_HEADER_BYTES + 3)
  // Made by who knows the salt, it tells that something stands behind.
  const known = writeFrame(salt, 1, { kind: 5, payload: new Uint8Array(3) })
  assert.equal(framesOf(Buffer.concat([frame.subarray(0, -1), known]), 0, salt).state, 'damaged')
})

test('records full of heads of frames are not looked at one by one: it is the salt that a search goes by', () => {
  const salt = Uint8Array.from({ length: SALT_BYTES }, (_, index) => 50 + index)
  const fake = writeFrame(new Uint8Array(SALT_BYTES), 1, { kind: 5, payload: new Uint8Array() })
  const inner = Buffer.concat(Array.from({ length: 500 }, () => fake))
  const frame = writeFrame(salt, 0, { kind: 3, payload: Uint8Array.from(inner) })
  const own = Buffer.from(frame)
  let found = 0
  for (let at = own.indexOf(frame.subarray(0, 6)); at >= 0; at = own.indexOf(frame.subarray(0, 6), at + 1)) found += 1
  assert.equal(found, 1)
  assert.deepEqual(framesOf(frame.subarray(0, -1), 0, salt), { frames: [], end: 0, state: 'cut' })
})

test('two writers: the second finds the file changed, and writes nothing', async () => {
  const { path } = await written('twice')
  const { stored } = await StoredZone.open(path, apex)
  await appendFile(path, 'x')
  const change = { difference: difference(4, 0), state: state(true) }
  await assert.rejects(stored.append(change), /twice was changed by another program$/)
  await stored.close()
})

test('a file that takes the place of the one that is open: nothing is written to what has no name any more', async () => {
  const { path } = await written('replaced')
  const [first, second] = [await StoredZone.open(path, apex), await StoredZone.open(path, apex)]
  await first.stored.rewrite(zoneAt(4), [], state(true))
  const change = { difference: difference(4, 0), state: state(true) }
  await assert.rejects(second.stored.append(change), /replaced was changed by another program$/)
  await first.stored.append(change)
  await rm(path)
  await assert.rejects(first.stored.append(change), /replaced cannot be written: ENOENT$/)
  for (const { stored } of [first, second]) await stored.close()
})
