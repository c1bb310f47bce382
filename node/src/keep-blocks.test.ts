import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MIN_KEEP_BLOCKS } from '@cresset/network-application'
import { initConsortium } from './folder/init-consortium.ts'
import { initNode } from './folder/init-node.ts'
import { type NodeFile, nodeFileFromJson, nodeFileToJson } from './folder/node-file.ts'
import { readNodeFolder } from './folder/read-node-folder.ts'
import { startNode } from './start-node.ts'

const rule = `give a whole number from ${MIN_KEEP_BLOCKS} on, or leave it out: then the node keeps all blocks`

test('node.json says how many blocks a node keeps, no fewer than others may need from it', () => {
  const at = { host: '127.0.0.1', port: 1 }
  const file: NodeFile = {
    name: 'ada',
    genesis: 'genesis.json',
    listen: { agreement: at, api: at, dns: undefined },
    logLevel: 'info',
  }
  for (const said of [file, { ...file, keepBlocks: MIN_KEEP_BLOCKS }, { ...file, keepBlocks: 1_000_000 }])
    assert.deepEqual(nodeFileFromJson(nodeFileToJson(said), 'node.json'), said)
  for (const keepBlocks of [MIN_KEEP_BLOCKS - 1, 0, -1, 20_000.5, 1e300, '20000', null, true, {}]) {
    const wrong = JSON.stringify({ ...JSON.parse(nodeFileToJson(file)), keepBlocks })
    assert.throws(() => nodeFileFromJson(wrong, 'node.json'), { message: `node.json: keepBlocks: ${rule}` })
  }
})

test('folders are made with the setting, or not at all with a wrong one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'keep-blocks-'))
  t.after(() => rm(folder, { recursive: true }))
  const consortium = { name: 'test', zones: ['test'], validators: 2, nowMs: Date.now() }
  const node = {
    name: 'west',
    organization: 'West',
    kind: 'local' as const,
    endpoints: { agreement: '127.0.0.1:7400', api: 'http://127.0.0.1:8400', dns: '127.0.0.1:5300' },
  }
  const dir = join(folder, 'wrong')
  const refusal = { message: `--keep-blocks ${MIN_KEEP_BLOCKS - 1}: ${rule}` }
  await assert.rejects(initConsortium({ ...consortium, dir, keepBlocks: MIN_KEEP_BLOCKS - 1 }), refusal)
  await assert.rejects(initNode({ ...node, dir, keepBlocks: MIN_KEEP_BLOCKS - 1 }), refusal)
  assert.deepEqual(await readdir(folder), [])

  const written = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')).keepBlocks
  const made = await initConsortium({ ...consortium, dir: join(folder, 'consortium'), keepBlocks: 30_000 })
  for (const name of made.nodes) assert.equal(await written(made.paths.node(name).configuration), 30_000)
  const joining = await initNode({ ...node, dir: join(folder, 'node'), keepBlocks: 40_000 })
  assert.equal(await written(joining.paths.configuration), 40_000)
  const all = await initNode({ ...node, dir: join(folder, 'archive') })
  assert.equal(await written(all.paths.configuration), undefined)

  const read = await readNodeFolder(made.paths.node('node1').folder)
  assert.equal(read.keepBlocks, 30_000)
  const anywhere = { host: '127.0.0.1', port: 0 }
  const listen = { agreement: anywhere, api: undefined, dns: undefined }
  for (const [keepBlocks, forgets] of [
    [read.keepBlocks, true],
    [undefined, false],
  ] as const) {
    const running = await startNode({ ...read, keepBlocks, listen, logLevel: 'silent' })
    assert.equal(running.application.info().forgetsBlocks, forgets)
    assert.equal(running.status().oldestHeight, undefined)
    await running.stop()
  }
})
