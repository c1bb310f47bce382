import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import * as product from '@cresset/core-ledger'
import { openLmdbStore, type Store } from '@cresset/network-storage'
import { nodeOfNpm, runBuilt } from '../tools/built-node.ts'
import { capture } from '../tools/process/capture.ts'
import { recordingToText, recordSeed } from './ledger-histories/recording.ts'
import { PlainStore, type Recording, replayRoots } from './ledger-histories/replay-roots.ts'

/** Long ones, with all kinds of transactions between them. */
const seeds = [3, 24, 31, 100]
const recordings: { seed: number; recording: Recording; roots: string[] }[] = []

before(async () => {
  for (const seed of seeds) {
    const recording = await recordSeed(seed, { product })
    const store = new PlainStore()
    recordings.push({ seed, recording, roots: await replayRoots(recording, { storeAt: async () => store }) })
  }
  const transactions = recordings.flatMap(({ recording }) => recording.blocks.flatMap((block) => block.transactions))
  assert.ok(transactions.length > 200, `only ${transactions.length} transactions were recorded`)
  assert.ok(new Set(recordings.flatMap(({ roots }) => roots)).size > 100, 'the roots hardly ever change')
})

test('the same blocks give the same roots with cold caches', async () => {
  for (const { seed, recording, roots } of recordings) {
    const store = new PlainStore()
    const tree = { cachedLevels: 0, cacheEntries: 0 }
    const cold = await replayRoots(recording, { storeAt: async () => store, reopenEvery: 1, tree })
    assert.deepEqual(cold, roots, `seed ${seed}`)
  }
})

test('the same blocks give the same roots after restarts', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-roots-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const { seed, recording, roots } of recordings) {
    let open: Store | undefined
    const storeAt = async (): Promise<Store> => {
      await open?.close()
      open = await openLmdbStore({ path: join(folder, `seed-${seed}`) })
      return open
    }
    const restarted = await replayRoots(recording, { storeAt, reopenEvery: 7 })
    await open?.close()
    assert.deepEqual(restarted, roots, `seed ${seed}`)
  }
})

test('the same blocks give the same roots as built JavaScript under the Node that runs npm', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-roots-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const source = readFileSync(join(import.meta.dirname, 'ledger-histories/replay-roots.ts'), 'utf8')
  const program = `${stripTypeScriptTypes(source)}
    import { readFileSync } from 'node:fs'
    const store = new PlainStore()
    const recording = recordingFromText(readFileSync(process.argv[2], 'utf8'))
    const roots = await replayRoots(recording, { storeAt: async () => store })
    const ledger = import.meta.resolve('@cresset/core-ledger')
    console.log(JSON.stringify({ ledger, version: process.version, roots }))`
  for (const { seed, recording, roots } of recordings) {
    const file = join(folder, `${seed}.json`)
    writeFileSync(file, recordingToText(recording))
    const built = JSON.parse(await runBuilt(program, { args: [file] })) as Record<'ledger' | 'version', string> & {
      roots: string[]
    }
    assert.match(built.ledger, /core\/ledger\/dist\/index\.js$/)
    assert.equal(built.version, (await capture(nodeOfNpm(), ['--version'])).stdout.trim())
    assert.deepEqual(built.roots, roots, `seed ${seed} under Node ${built.version}`)
  }
})
