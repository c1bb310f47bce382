import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Cluster } from './cluster.ts'
import { assertOneLine } from './one-line.ts'

let cluster: Cluster
before(async () => {
  cluster = await Cluster.start({ validators: 1 })
})
after(() => cluster?.stop())

const latest = async () => (await cluster.json('ledger', 'block', 'latest')) as { height: number; hash: string }
const kept = async () => {
  const [file = ''] = await readdir(cluster.path('state', 'trust'))
  const path = cluster.path('state', 'trust', file)
  const form = JSON.parse(await readFile(path, 'utf8')) as { newest: { height: number; hash: string; timeMs: number } }
  return { path, form }
}

test('a command keeps the newest header that it checked', async () => {
  const { height, hash } = await latest()
  await cluster.json('name', 'show', 'shop.acme').catch(() => undefined)
  const { newest } = (await kept()).form
  assert.ok(newest.height >= height)
  if (newest.height === height) assert.equal(newest.hash, hash)
})

test('a command begins from the block that a person gives, whatever was kept', async () => {
  const { height, hash } = await latest()
  const shown = await cluster.cresset('name', 'show', 'shop.acme', '--json', '--trust', `${height}:${hash}`)
  assert.equal(shown.code, 3, shown.stderr)
  assert.ok((JSON.parse(shown.stdout) as { rests: { height: number } }).rests.height >= height)
  const wrong = `${height}:${hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`
  assertOneLine(await cluster.cresset('name', 'show', 'shop.acme', '--trust', wrong), 4, /has no block .* at height/)
  assertOneLine(
    await cluster.cresset('name', 'show', 'shop.acme', '--trust', `999999:${hash}`),
    5,
    /gives no header 999999: no block of height 999999/,
  )
})

test('trust older than the trusting period is not built on, and the line says what to do', async () => {
  const { height, hash } = await latest()
  const { path, form } = await kept()
  const month = 30 * 86_400_000
  const old = { ...form, newest: { ...form.newest, timeMs: form.newest.timeMs - month } }
  await writeFile(path, JSON.stringify(old))
  const refused = await cluster.cresset('name', 'show', 'shop.acme')
  assertOneLine(refused, 4, /older than the trusting period of 14 days, by 1\d(\.\d)? days: .*--trust HEIGHT:HASH$/)
  const shown = await cluster.cresset('name', 'show', 'shop.acme', '--trust', `${height}:${hash}`)
  assert.equal(shown.code, 3, shown.stderr)
  assert.equal((await cluster.cresset('name', 'show', 'shop.acme')).code, 3, 'the given block replaced what was kept')
})
