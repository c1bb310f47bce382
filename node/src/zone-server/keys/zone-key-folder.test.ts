import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SigningKeys } from '@cresset/dns-server'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { ZoneKeyFolder } from './zone-key-folder.ts'

const apex = parseAbsoluteName('example.org')
const timing = { propagationSeconds: 10, dsTtlSeconds: 1_000 }
const ttls = { dnskeySeconds: 100, greatestSeconds: 200 }
let root = ''
let nowMs = 0
let serial = 0

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cresset-zone-keys-'))
})
after(() => rm(root, { recursive: true }))

/** As after a start: nothing is known but what is on the disk. */
const opened = (name: string): ZoneKeyFolder =>
  new ZoneKeyFolder({ folder: join(root, name), algorithm: 'ecdsap256sha256', timing, nowMs: () => nowMs })

const tags = ({ keys, passing = [] }: SigningKeys): number[][] =>
  [keys, passing].map((list) => list.map(({ tag }) => tag))

/** Signs and serves the zone, and gives which keys signed all, and which ones only what the zone above looks at. */
async function serve(keys: ZoneKeyFolder): Promise<number[][]> {
  const signing = await keys.keysOf(apex)
  await keys.served(apex, signing, ttls, ++serial)
  return tags(signing)
}

test('a key is replaced step by step, and a start in between at any time changes nothing', async () => {
  const folder = join(root, 'steps')
  let keys = opened('steps')
  const [[old]] = (await serve(keys)) as [[number]]
  assert.deepEqual(await readdir(folder), ['example.org.pem'])
  await keys.roll(apex)
  const next = (keys.life(apex)?.keys[1]?.tag ?? 0) as number
  assert.notEqual(next, old)
  const file = `example.org+${String(next).padStart(5, '0')}.pem`
  assert.deepEqual((await readdir(folder)).sort(), ['example.org.keys', 'example.org.pem', file].sort())
  for (const name of ['example.org.keys', file]) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
  await assert.rejects(keys.roll(apex), /on its way in already/)

  const steps: [laterMs: number, signs: number[][], next: string | undefined][] = [
    [0, [[old], [next]], 'active'],
    [109_000, [[old], [next]], 'active'],
    [1_000, [[next], [old]], 'confirmed'],
    [1_000_000_000, [[next], [old]], 'confirmed'],
  ]
  for (const [laterMs, expected, event] of steps) {
    nowMs += laterMs
    keys = opened('steps')
    assert.deepEqual(await serve(keys), expected)
    assert.equal(keys.life(apex)?.next?.event, event)
    if (event === 'active') await assert.rejects(keys.confirm(apex), /does not sign yet/)
  }
  assert.deepEqual(
    keys.life(apex)?.keys.map(({ tag, state }) => [tag, state]),
    [
      [old, 'retired'],
      [next, 'active'],
    ],
  )
  await keys.confirm(apex)
  nowMs += 1_009_000
  keys = opened('steps')
  assert.deepEqual(await serve(keys), [[next], [old]])
  nowMs += 1_000
  keys = opened('steps')
  assert.deepEqual(await serve(keys), [[next], []])
  assert.deepEqual((await readdir(folder)).sort(), ['example.org.keys', file].sort())
  keys = opened('steps')
  assert.deepEqual(await serve(keys), [[next], []])
  assert.deepEqual(keys.life(apex), { keys: [{ tag: next, state: 'active', sinceMs: nowMs }], next: undefined })
  await keys.roll(apex)
  assert.equal(keys.life(apex)?.next?.event, 'published')
})

test('a key counts as listed when a version with it is served, not when it was made', async () => {
  const keys = opened('unserved')
  await serve(keys)
  await keys.roll(apex)
  nowMs += 1_000_000
  assert.deepEqual(tags(await opened('unserved').keysOf(apex))[0], [keys.life(apex)?.keys[0]?.tag])
  assert.equal((await serve(opened('unserved')))[1]?.length, 1)
  nowMs += 109_000
  assert.deepEqual((await serve(opened('unserved')))[0], [keys.life(apex)?.keys[0]?.tag])
})

test('the longest time counts that resolvers were told to remember, also of versions from before', async () => {
  const keys = opened('ttls')
  const signing = await keys.keysOf(apex)
  await keys.served(apex, signing, { dnskeySeconds: 7_000, greatestSeconds: 7_000 }, 1)
  await keys.served(apex, signing, ttls, 2)
  await keys.roll(apex)
  await serve(keys)
  assert.equal(keys.life(apex)?.next?.atMs, nowMs + 7_010_000)
})

test('what is lost or spoilt is told, and never replaced by a new key', async () => {
  const keys = opened('lost')
  await serve(keys)
  await keys.roll(apex)
  await serve(keys)
  const path = join(root, 'lost', 'example.org.keys')
  const text = await readFile(path, 'utf8')
  for (const wrong of [
    '',
    '{}',
    '[]',
    'null',
    text.replace('"version": 1', '"version": 2'),
    text.replace('.pem', '/'),
  ]) {
    await writeFile(path, wrong)
    await assert.rejects(opened('lost').keysOf(apex), /not as this server writes it; bring it back/, wrong)
  }
  await rm(path)
  await assert.rejects(opened('lost').keysOf(apex), /tells which key of example\.org\. counts; bring it back/)
  await writeFile(path, text, { mode: 0o600 })
  await rm(join(root, 'lost', 'example.org.pem'))
  await assert.rejects(opened('lost').keysOf(apex), /example\.org\.pem/)
})

test('a key that could not be written down leaves nothing behind, and the next start has the key from before', async () => {
  const keys = opened('full')
  const [[old]] = (await serve(keys)) as [[number]]
  const inTheWay = join(root, 'full', 'example.org.keys')
  await mkdir(inTheWay)
  await assert.rejects(keys.roll(apex), /what becomes of the keys cannot be written down/)
  await rm(inTheWay, { recursive: true })
  assert.deepEqual(await readdir(join(root, 'full')), ['example.org.pem'])
  assert.deepEqual(await serve(opened('full')), [[old], []])
})

test('a key that nobody knows of, as a crash leaves it, changes nothing', async () => {
  const keys = opened('crash')
  const [[old]] = (await serve(keys)) as [[number]]
  await keys.roll(apex)
  const path = join(root, 'crash', 'example.org.keys')
  const { next: _next, ...before } = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify(before), { mode: 0o600 })
  const again = opened('crash')
  assert.deepEqual(await serve(again), [[old], []])
  await again.roll(apex)
})

test('a zone that is not served has no key to replace', async () => {
  const keys = opened('never')
  await assert.rejects(keys.roll(apex), /is not served yet/)
  await assert.rejects(keys.confirm(apex), /no key is replaced/)
})

test('it is told for which secondary a key waits, once it is time', async () => {
  const keys = opened('late')
  await serve(keys)
  await keys.roll(apex)
  await serve(keys)
  const listedSerial = serial
  keys.lacking = (_apex, wanted) => (wanted === listedSerial ? 'a late one' : undefined)
  assert.equal(keys.life(apex)?.next?.waitsFor, undefined)
  nowMs += 110_000
  const [[signer]] = (await serve(keys)) as [[number]]
  assert.equal(signer, keys.life(apex)?.keys[0]?.tag)
  assert.deepEqual(keys.events(), [{ apex, event: 'active', atMs: nowMs, waitsFor: 'a late one' }])
  keys.lacking = () => undefined
  const [[other]] = (await serve(keys)) as [[number]]
  assert.notEqual(other, signer)
})
