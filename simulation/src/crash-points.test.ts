import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from './run.ts'

const FAULT_MS = 900

// A node dies right after its nth effect (a send, an append, a write, a flush), for every n of a short run; it comes back
// and all go on. Its unflushed writes are lost or kept as the seed says.
for (const nodes of [4, 1]) {
  test(`a crash after every single effect, ${nodes} nodes`, async () => {
    const whole = await runSeed({ seed: 3, nodes, byzantine: 'none', fairMs: FAULT_MS })
    assert.equal(whole.broken, undefined)
    const effects = whole.effects[0] ?? 0
    assert.ok(effects > 20, `${effects} effects`)
    for (let effect = 1; effect <= effects; effect++) {
      const options = { seed: 3, nodes, byzantine: 'none' as const, fairMs: FAULT_MS }
      const result = await runSeed({ ...options, crashAfter: { node: 0, effect } })
      assert.equal(result.broken, undefined, `after effect ${effect}: ${result.broken?.detail}`)
    }
  })
}
