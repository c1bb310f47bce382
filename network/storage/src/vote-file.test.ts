import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openVoteFile, StoreError } from './index.ts'
import { frameOf } from './vote-frame.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)
const refusedWith = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-votes-'))
  try {
    await run(join(folder, 'votes'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('records are read in order, before and after opening again', () =>
  inFolder(async (path) => {
    const votes = await openVoteFile(path)
    assert.deepEqual(votes.read(), [])
    const record = bytes(1, 2, 3)
    const appended = votes.append(record)
    record[0] = 99
    await appended
    await Promise.all([
      votes.append(bytes(4)),
      votes.append(bytes(5, 5)),
      votes.append(new Uint8Array(300_000).fill(6)),
    ])
    const expected = [bytes(1, 2, 3), bytes(4), bytes(5, 5), new Uint8Array(300_000).fill(6)]
    assert.deepEqual(votes.read(), expected)
    await votes.close()
    const again = await openVoteFile(path)
    assert.deepEqual(again.read(), expected)
    await again.append(bytes(7))
    await again.close()
    const third = await openVoteFile(path)
    assert.deepEqual(third.read().at(-1), bytes(7))
    await third.close()
  }))

test('compacting replaces everything that was appended before it', () =>
  inFolder(async (path) => {
    const votes = await openVoteFile(path)
    const calls = [votes.append(bytes(1)), votes.append(bytes(2)), votes.compact([bytes(3)]), votes.append(bytes(4))]
    await Promise.all(calls)
    assert.deepEqual(votes.read(), [bytes(3), bytes(4)])
    await votes.close()
    const again = await openVoteFile(path)
    assert.deepEqual(again.read(), [bytes(3), bytes(4)])
    await again.close()
  }))

test('whatever a cut or a torn write does to the tail, every record before it stays', () =>
  inFolder(async (path) => {
    const records = [bytes(1), bytes(2, 2), new Uint8Array(100).fill(3), bytes(4, 4, 4)]
    const votes = await openVoteFile(path)
    for (const record of records) await votes.append(record)
    await votes.close()
    const image = await readFile(path)
    const starts = [16]
    for (const record of records) starts.push(starts.at(-1)! + 12 + record.length)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 16, max: starts.at(-1)! + 40 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.boolean(),
        async (at, garbage, isCut) => {
          await writeFile(path, image)
          if (isCut) await truncate(path, at)
          else
            await writeFile(path, Buffer.concat([image.subarray(0, at), garbage, image.subarray(at + garbage.length)]))
          const untouched = starts.filter((start, index) => index > 0 && start <= at).length
          const torn = await openVoteFile(path)
          const found = torn.read()
          assert.ok(found.length >= untouched)
          assert.deepEqual(found.slice(0, untouched), records.slice(0, untouched))
          await torn.append(bytes(9))
          await torn.close()
          const again = await openVoteFile(path)
          assert.deepEqual(again.read(), [...found, bytes(9)])
          await again.close()
        },
      ),
      { numRuns: 60 },
    )
  }))

test('a frame of another place is no frame', () =>
  inFolder(async (path) => {
    const votes = await openVoteFile(path)
    await votes.append(bytes(1))
    await votes.close()
    const image = await readFile(path)
    image.set(frameOf(bytes(2), 16), 29)
    await writeFile(path, image)
    const again = await openVoteFile(path)
    assert.deepEqual(again.read(), [bytes(1)])
    await again.close()
  }))

test('another file, another user and a closed file get one clear line', () =>
  inFolder(async (path) => {
    await writeFile(path, 'not a vote file')
    await assert.rejects(openVoteFile(path), refusedWith('damaged'))
    await rm(path)
    await assert.rejects(openVoteFile(join(path, 'below', 'nothing')), refusedWith('refused'))
    const votes = await openVoteFile(path)
    await assert.rejects(votes.append(bytes()), RangeError)
    await votes.append(bytes(1))
    await votes.close()
    await assert.rejects(
      votes.append(bytes(1)),
      (error: Error) => error instanceof StoreError && !error.message.includes('\n'),
    )
    await votes.close()
  }))
