import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openLmdbStore, type Store, StoreError } from './index.ts'
import { openLmdbStoreWith } from './lmdb-store.ts'

const program = fileURLToPath(new URL('./testing/chain-process.ts', import.meta.url))
const is = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError, `${error}`)
  assert.equal(error.code, code, error.message)
  assert.match(error.message, pattern)
  assert.ok(!error.message.includes('\n'))
  return true
}

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-open-'))
  try {
    await run(join(folder, 'store'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function fill(store: Store, entries: number): Promise<void> {
  const numbers = Array.from({ length: entries }, (_, number) => number)
  await store.write(
    numbers.map((number) => ({
      key: Uint8Array.of(3, number >> 8, number & 255),
      value: new Uint8Array(300).fill(number),
    })),
  )
}

test('a store in use is refused, in this process and in another, and free again when its holder is killed', () =>
  inFolder(async (path) => {
    const store = await openLmdbStore({ path })
    await assert.rejects(
      openLmdbStore({ path }),
      is('locked', new RegExp(`in use by process ${process.pid}: stop it first`)),
    )
    const failed = promisify(execFile)(process.execPath, ['--conditions=cresset-source', program, path, '1', '1'])
    await assert.rejects(failed, (error: { stderr: string }) =>
      /StoreError: .* is in use by process/.test(error.stderr),
    )
    await store.close()

    const holder = spawn(process.execPath, ['--conditions=cresset-source', program, path, '1', '1000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    await assert.rejects(openLmdbStore({ path }), is('locked', new RegExp(`in use by process ${holder.pid}`)))
    const ended = once(holder, 'close')
    holder.kill('SIGKILL')
    await ended
    await (await openLmdbStore({ path })).close()
  }))

test('another file, a cut file and a spoilt file are one clear line, not a crash', () =>
  inFolder(async (path) => {
    const store = await openLmdbStore({ path })
    await fill(store, 2_000)
    await store.close()
    const file = join(path, 'data.mdb')
    const whole = join(path, 'whole')
    await copyFile(file, whole)
    const { size } = await stat(file)

    for (const length of [1, 100, 4_095, 4_096, 8_191]) {
      await copyFile(whole, file)
      await truncate(file, length)
      await assert.rejects(
        openLmdbStore({ path }),
        is('damaged', /restore the folder|check the disk/),
        `length ${length}`,
      )
    }
    for (const length of [8_192, size >> 1, size - 20_000]) {
      await copyFile(whole, file)
      await truncate(file, length)
      await assert.rejects(openLmdbStore({ path }), is('damaged', /data\.mdb/), `length ${length}`)
    }
    await writeFile(file, 'this is a text and no store, however long it may be. '.repeat(1_000))
    await assert.rejects(openLmdbStore({ path }), is('damaged', /is not a store/))

    const spoilt = await readFile(whole)
    spoilt.fill(0, 8 * 4_096, spoilt.length - 8 * 4_096)
    await writeFile(file, spoilt)
    const broken = await openLmdbStore({ path }).catch((error: unknown) => error)
    if (broken instanceof Error) is('damaged', /data\.mdb/)(broken)
    else {
      const opened = broken as Store
      assert.throws(
        () => [...opened.range({ gte: Uint8Array.of(3), lt: Uint8Array.of(4) })],
        is('damaged', /is damaged|failed/),
      )
      await opened.close()
    }

    await copyFile(whole, file)
    const again = await openLmdbStore({ path })
    assert.equal([...again.range({ gte: Uint8Array.of(3), lt: Uint8Array.of(4) })].length, 2_000)
    await again.close()
  }))

test('free pages may be missing at the end of the file', () =>
  inFolder(async (path) => {
    const store = await openLmdbStore({ path })
    await fill(store, 100)
    await store.close()
    const file = join(path, 'data.mdb')
    // Both meta pages name a last page far beyond the file, as after a batch whose last pages were given back unwritten.
    const handle = await open(file, 'r+')
    const { size } = await handle.stat()
    const last = Buffer.alloc(8)
    last.writeBigUInt64LE(BigInt(size / 4_096 + 5))
    for (const meta of [0, 4_096]) await handle.write(last, 0, 8, meta + 24 + 24 + 96)
    await handle.close()
    const again = await openLmdbStore({ path })
    assert.equal([...again.range({ gte: Uint8Array.of(3), lt: Uint8Array.of(4) })].length, 100)
    await fill(again, 200)
    await again.close()
  }))

test('a store of another format names both formats', () =>
  inFolder(async (path) => {
    const store = await openLmdbStore({ path })
    await store.write([{ key: Uint8Array.from([1, ...Buffer.from('format')]), value: Buffer.from('99') }])
    await store.close()
    await assert.rejects(openLmdbStore({ path }), is('unknown-format', /format 99, this release reads 1/))
  }))

test(
  'a folder that cannot be made is refused',
  { skip: process.getuid?.() === 0 ? 'root may write everywhere' : false },
  () =>
    inFolder(async (path) => {
      await openLmdbStore({ path }).then((store) => store.close())
      await chmod(path, 0o500)
      await assert.rejects(openLmdbStore({ path: join(path, 'below') }), is('refused', /EACCES/))
      await chmod(path, 0o700)
    }),
)

test('a path that is a file is refused', () =>
  inFolder(async (path) => {
    await writeFile(path, 'x')
    await assert.rejects(openLmdbStore({ path }), is('refused', /is not a folder/))
  }))

test('the map grows with the data, while a range is being read', () =>
  inFolder(async (path) => {
    const store = await openLmdbStoreWith({ path, mapBytes: 256 << 10 }, {})
    await fill(store, 200)
    const range = store.range({ gte: Uint8Array.of(3), lt: Uint8Array.of(4) })[Symbol.iterator]()
    range.next()
    for (let round = 0; round < 12; round++) {
      await store.write([{ key: Uint8Array.of(5, round), value: new Uint8Array(1 << 20).fill(round) }])
      assert.equal(range.next().done, false)
      assert.equal(store.get(Uint8Array.of(5, round))?.length, 1 << 20)
    }
    let rest = 0
    while (range.next().done !== true) rest++
    assert.equal(rest, 200 - 13)
    await store.close()
  }))
