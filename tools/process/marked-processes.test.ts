import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { plant } from '../testing/plant.ts'
import { findMarked } from './marked-processes.ts'

/** A run that starts a process in a session of its own, which starts another one so, which prints the mark that came down to it. */
const deepest = `console.log(process.env.CRESSET_TEST_RUN); setInterval(() => undefined, 1000)`
const start = (program: string): string =>
  `spawn(process.execPath, ['-e', ${JSON.stringify(program)}], { detached: true, stdio: 'inherit' })`
const run = `
import { spawn } from 'node:child_process'
import { leaveNothingBehind } from '${import.meta.resolve('./marked-processes.ts')}'
leaveNothingBehind()
${start(`const { spawn } = require('node:child_process'); ${start(deepest)}; setInterval(() => undefined, 1000)`)}
setInterval(() => undefined, 1000)
`

for (const signal of ['SIGKILL', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} of a run ends what it started, in whatever session`, {
    skip: process.platform === 'linux' ? false : 'reads /proc',
  }, async (context) => {
    const root = plant(context, { 'package.json': '{ "type": "module" }', 'run.js': run })
    const { CRESSET_TEST_RUN: _, ...env } = process.env
    const child = spawn(process.execPath, [join(root, 'run.js')], { stdio: ['ignore', 'pipe', 'inherit'], env })
    const [mark] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(findMarked(String(mark).trim()).length, 2)
    child.kill(signal)
    await once(child, 'exit')
    const deadlineMs = Date.now() + 60_000
    for (let left = 2; left > 0; left = findMarked(String(mark).trim()).length) {
      assert.ok(Date.now() < deadlineMs, `${left} processes were left behind`)
      await delay(20)
    }
  })
}
