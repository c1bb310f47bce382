import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ValidatorProcess } from './validator-process.ts'

test('a stop at any moment of a start leaves no process behind', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-test-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const nodeMain = join(folder, 'silent.mjs')
  await writeFile(nodeMain, 'setInterval(() => undefined, 1000)\n')
  for (let turns = 0; turns < 12; turns++) {
    const validator = new ValidatorProcess({ name: 'node1', folder, nodeMain, arguments: [], readyTimeoutMs: 60_000 })
    const started = validator.start().then(
      () => 'ready',
      (error: Error) => error.message,
    )
    for (let turn = 0; turn < turns; turn++) await nextTurn()
    await validator.stop('SIGKILL')
    assert.match(await started, /node1 (stopped|was stopped)/)
    assert.equal(validator.running, false)
  }
})
