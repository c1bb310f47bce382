import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runBuilt } from '../../../tools/built-node.ts'

test('the published package: its agent, and the thread behind votes, under the Node that the repository brings', async () => {
  const agent = `
    import { KeyAgent, serveAgent } from '@cresset/keys'
    await serveAgent({ socketPath: process.argv[1], agent: new KeyAgent() })
    console.log('up')`
  const program = `
    import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    import { mkdtemp, rm } from 'node:fs/promises'
    import { tmpdir } from 'node:os'
    import { AgentClient, openKey } from '@cresset/keys'
    const folder = await mkdtemp(tmpdir() + '/cresset-built-')
    const socketPath = folder + '/agent.sock'
    const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(agent)}, socketPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
    await once(child.stdout, 'data')
    const client = await AgentClient.connect(socketPath)
    const secret = new Uint8Array(32).fill(5)
    await client.request({ kind: 'add', body: { name: 'alice', type: 'ed25519', secret } }, 'done')
    const key = await openKey('agent:alice', { agentSocket: socketPath })
    const message = new Uint8Array(8)
    console.log(Buffer.compare(key.signSync(message), await key.sign(message)), import.meta.resolve('@cresset/keys'))
    } finally { child.kill() }
    await rm(folder, { recursive: true })`
  assert.match(await runBuilt(program, { node: process.execPath }), /^0 .*\/keys\/dist\/index\.js\n$/)
})
