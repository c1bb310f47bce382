import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLmdbStore, openVoteFile, StoreError } from './index.ts'
import { mountSmallDisk } from './testing/small-disk.ts'

const isFull = (error: unknown) =>
  error instanceof StoreError &&
  error.code === 'full' &&
  /no space left/.test(error.message) &&
  !error.message.includes('\n')

/** Runs with a disk of 4 MiB, and fails on a rejection that nobody handled. */
async function onSmallDisk(context: TestContext, run: (path: string) => Promise<void>): Promise<void> {
  const disk = mountSmallDisk(4)
  if ('skip' in disk) {
    context.skip(disk.skip)
    return
  }
  const unhandled: unknown[] = []
  const remember = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', remember)
  try {
    await run(disk.path)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(unhandled, [])
  } finally {
    process.off('unhandledRejection', remember)
    disk.unmount()
  }
}

test('a full disk refuses the batch whole, and the store goes on when there is space again', (context) =>
  onSmallDisk(context, async (disk) => {
    const path = join(disk, 'store')
    await writeFile(join(disk, 'ballast'), new Uint8Array(1 << 20))
    let store = await openLmdbStore({ path })
    const key = (number: number) => Uint8Array.of(3, number >> 8, number & 255)
    const batch = (number: number) => [
      { key: key(number), value: new Uint8Array(100_000).fill(number) },
      { key: Uint8Array.of(4), value: key(number) },
    ]
    let written = 0
    await assert.rejects(async () => {
      for (; written < 200; written++) await store.write(batch(written))
    }, isFull)
    assert.ok(written > 3 && written < 40)
    const state = () => [store.get(Uint8Array.of(4)), store.get(key(written)), store.get(key(written - 1))?.length]
    const expected = [key(written - 1), undefined, 100_000]
    assert.deepEqual(state(), expected)
    // Several at once: each says so, none goes unheard.
    const outcomes = await Promise.allSettled([store.write(batch(written)), store.write(batch(written))])
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && isFull(outcome.reason)))
    await rm(join(disk, 'ballast'))
    await store.write(batch(written))
    assert.equal(store.get(key(written))?.length, 100_000)
    await store.close()
    store = await openLmdbStore({ path })
    assert.deepEqual(store.get(Uint8Array.of(4)), key(written))
    await store.close()
  }))

test('a full disk at the first opening is one clear line', (context) =>
  onSmallDisk(context, async (disk) => {
    await assert.rejects(writeFile(join(disk, 'ballast'), new Uint8Array(5 << 20)))
    await assert.rejects(openLmdbStore({ path: join(disk, 'store') }), isFull)
  }))

test('a full disk refuses votes, and what was acknowledged before stays', (context) =>
  onSmallDisk(context, async (disk) => {
    const path = join(disk, 'votes')
    const votes = await openVoteFile(path)
    let acknowledged = 0
    await assert.rejects(async () => {
      for (; acknowledged < 100; acknowledged++) await votes.append(new Uint8Array(150_000).fill(acknowledged))
    }, isFull)
    assert.ok(acknowledged > 5 && acknowledged < 40)
    await assert.rejects(votes.append(Uint8Array.of(1)), isFull)
    await votes.close()
    const again = await openVoteFile(path).catch((error: unknown) => {
      // Cutting off the torn record needs space for the new file.
      assert.ok(isFull(error))
      return undefined
    })
    await again?.close()
  }))
