import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { plant } from '../testing/plant.ts'
import { runTestFiles, type TestCounts, type TestRunOptions } from './run-test-files.ts'

const head = `import { describe, test } from 'node:test'\nimport assert from 'node:assert/strict'\n`

type Run = { counts: TestCounts; printed: string; root: string }

async function runPlanted(context: TestContext, body: string, options: Partial<TestRunOptions> = {}): Promise<Run> {
  const root = plant(context, { 'package.json': '{ "type": "module" }', 'a.test.ts': head + body })
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  const counts = await runTestFiles(['a.test.ts'], { concurrency: 1, fileTimeoutMs: 120_000, root, print, ...options })
  return { counts, printed: lines.join('\n'), root }
}

test('counts tests and not the suites around them', async (context) => {
  const { counts, printed } = await runPlanted(
    context,
    `describe('suite', () => { test('a', () => {}); test('b', () => {}) })\ntest('c', () => {})`,
  )
  assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 })
  assert.equal(printed, '')
})

test('a failure is printed once, with its message and line and what the file wrote', async (context) => {
  const { counts, printed } = await runPlanted(
    context,
    `describe('suite', () => { test('breaks', () => { console.log('a clue'); assert.equal(1, 2, 'one is not two') }) })`,
  )
  assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 })
  assert.equal(printed.match(/failed: breaks \(line 3\)/g)?.length, 1)
  assert.match(printed, /one is not two/)
  assert.match(printed, /a clue/)
})

test('a skip is printed with its reason, a test to be done counts as skipped', async (context) => {
  const { counts, printed } = await runPlanted(
    context,
    `test('a', { skip: 'needs dig' }, () => {})\ntest('b', { todo: 'later' }, () => { throw new Error('x') })`,
  )
  assert.deepEqual(counts, { passed: 0, failed: 0, skipped: 2 })
  assert.match(printed, /skipped: a \(needs dig\)/)
})

test('a file that does not load fails', async (context) => {
  const { counts, printed } = await runPlanted(context, `throw new Error('no such thing')`)
  assert.equal(counts.failed, 1)
  assert.match(printed, /no such thing/)
})

test('a file that defines no test fails', async (context) => {
  const { counts, printed } = await runPlanted(context, '')
  assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 })
  assert.match(printed, /defines no test/)
})

test('a file that ends its process early fails', async (context) => {
  const { counts } = await runPlanted(context, `test('a', () => {})\ntest('b', () => process.exit(3))`)
  assert.equal(counts.failed, 1)
})

/** For a planted file: a process that would outlive every test, and its id in a file. */
const startsSleeper = `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
function sleeper(options) {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => "sleeps", 300_000)'], options)
  writeFileSync('sleeper', String(child.pid))
  return child
}`

/** Waits until the sleeper is no more; one that nobody has taken leave of has no command line. */
async function gone(root: string): Promise<void> {
  const pid = readFileSync(join(root, 'sleeper'), 'utf8')
  const deadlineMs = Date.now() + 60_000
  for (const commandLine = `/proc/${pid}/cmdline`; ; await wait(20)) {
    if (!existsSync(commandLine) || readFileSync(commandLine, 'utf8') === '') return
    assert.ok(Date.now() < deadlineMs, `process ${pid} lives`)
  }
}

test('a file whose process stays alive is ended and fails, with the processes it started', async (context) => {
  const body = `${startsSleeper}
test('a', () => {
  sleeper({})
  setInterval(() => {}, 1000)
})`
  // A slow machine takes longer to come to the test.
  for (let fileTimeoutMs = 750; ; fileTimeoutMs *= 2) {
    const { counts, printed, root } = await runPlanted(context, body, { fileTimeoutMs })
    assert.equal(counts.failed, 1)
    assert.match(printed, new RegExp(`did not end within ${fileTimeoutMs / 1000} s`))
    if (!existsSync(join(root, 'sleeper')) && fileTimeoutMs < 60_000) continue
    await gone(root)
    return
  }
})

test('a file that leaves a process in a session of its own behind fails, and the process is ended', async (context) => {
  const body = `${startsSleeper}
test('a', () => sleeper({ detached: true, stdio: 'ignore' }).unref())`
  const { counts, printed, root } = await runPlanted(context, body)
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 })
  assert.match(printed, /failed: the file left behind: \d+ .*sleeps/)
  await gone(root)
})

test('--name runs the tests that match alone', async (context) => {
  const { counts } = await runPlanted(context, `test('one', () => {})\ntest('two', () => { throw new Error() })`, {
    namePattern: 'one',
  })
  assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 0 })
})

test('CRESSET_TEST_SEED replays the seed of a property', async (context) => {
  const fastCheck = import.meta.resolve('fast-check')
  process.env['CRESSET_TEST_SEED'] = '1234567'
  context.after(() => delete process.env['CRESSET_TEST_SEED'])
  const { counts, printed } = await runPlanted(
    context,
    `import fc from '${fastCheck}'\ntest('p', () => fc.assert(fc.property(fc.integer(), (n) => n < 100)))`,
  )
  assert.equal(counts.failed, 1)
  assert.match(printed, /seed: 1234567/)
})
