import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApi } from '@cresset/access-http-api'
import { TestNode } from '@cresset/access-http-api/testing'
import { genesisToJson } from '@cresset/core-chain'
import { runningNetworkFile } from '../context.ts'
import { run } from '../program.ts'

test("the ledger's nodes are shown beside those that run here, also when its last block is too old for any other answer", {
  timeout: 90_000,
}, async (t) => {
  const node = await TestNode.start()
  const api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'cresset-nodes-'))
  t.after(async () => {
    await api.close()
    await node.close()
    await rm(folder, { recursive: true })
  })
  const { genesis } = node.ledger
  const names = genesis.nodes.map(({ name }) => name)
  assert.ok(names.length > 1)
  await writeFile(join(folder, 'genesis.json'), genesisToJson(genesis))
  const { node: here } = node.backend.status()
  await writeFile(join(folder, runningNetworkFile), JSON.stringify({ pid: 1, nodes: [{ name: here, api: api.url }] }))
  for (const laterMs of [0, genesis.parameters.maxStalenessMs + 60_000]) {
    let stdout = ''
    const status = await run(['network', 'status', '--json', '--genesis', join(folder, 'genesis.json')], {
      variables: { CRESSET_STATE: join(folder, 'state') },
      interactive: false,
      nowMs: () => node.nowMs + laterMs,
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: () => true },
    })
    assert.equal(status, 0, stdout)
    const { nodes } = JSON.parse(stdout) as { nodes: { node: string }[] }
    const others = names.filter((name) => name !== here)
    assert.deepEqual(nodes.map((told) => told.node).sort(), [here, ...others].sort())
  }
})
