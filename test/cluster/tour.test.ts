import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cliArguments, runProgram, temporaryFolder } from './cluster.ts'

const tour = fileURLToPath(new URL('../../access/cli/src/tour/main.ts', import.meta.url))
const flags = cliArguments.slice(0, -1)

/** Where a tour puts its folder: apart from those of other tests that run beside this one. */
const temporaryFiles = (path: string): Record<string, string> => ({ TMPDIR: path })
const tourFolders = async (path: string): Promise<string[]> =>
  (await readdir(path)).filter((name) => name.startsWith('cresset-tour-'))

test('the main job goes through all its steps, ends with status 0 and leaves nothing behind', async () => {
  await using folder = await temporaryFolder()
  const { code, stdout, stderr } = await runProgram(process.execPath, [...flags, tour, '--once'], {
    variables: temporaryFiles(folder.path),
  })
  assert.equal(code, 0, stderr + stdout)
  for (const step of [
    'registered shop.acme',
    'TLSA 3 1 1',
    'holds that key',
    'refused: ',
    'registered bank.acme',
    'all of it worked',
  ]) {
    assert.ok(stdout.includes(step), `"${step}" is missing in:\n${stdout}`)
  }
  assert.deepEqual(await tourFolders(folder.path), [])
})

test('a reader that goes away or a closed terminal ends the tour, and nothing is left behind', async () => {
  // At its beginning, while it makes the consortium, and while it starts it.
  for (const [way, afterMs] of [
    ['reader', 0],
    ['reader', 60],
    ['reader', 250],
    ['terminal', 0],
  ] as const) {
    await using folder = await temporaryFolder()
    const child = spawn(process.execPath, [...flags, tour, '--once'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...temporaryFiles(folder.path) },
    })
    child.stderr.resume()
    await once(child.stdout, 'data')
    await delay(afterMs)
    if (way === 'reader') child.stdout.destroy()
    else child.kill('SIGHUP')
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
    assert.equal(signal, null, `${way}: it ends in order`)
    assert.deepEqual(await tourFolders(folder.path), [], `${way} after ${afterMs} ms`)
  }
})

test('Ctrl-C in the middle ends it with a word, and shows no failure of what it ends', async () => {
  await using folder = await temporaryFolder()
  const child = spawn(process.execPath, [...flags, tour, '--once'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...temporaryFiles(folder.path) },
  })
  let [stdout, stderr] = ['', '']
  child.stderr.on('data', (part) => {
    stderr += part
  })
  child.stdout.on('data', (part) => {
    // The consortium is made; its nodes are starting.
    if (!stdout.includes('genesis digest') && (stdout + part).includes('genesis digest')) child.kill('SIGINT')
    stdout += part
  })
  await once(child, 'close')
  assert.match(stdout, /genesis digest .*\n {5}interrupted: what it started has ended, and its folder is removed\n$/)
  assert.doesNotMatch(stdout, /✗/)
  assert.equal(stderr, '')
  assert.deepEqual(await tourFolders(folder.path), [])
})

test('an engine that this release does not have is refused in one line', async () => {
  await using folder = await temporaryFolder()
  const { code, stderr } = await runProgram(process.execPath, [...flags, tour, '--once', '--engine', 'work'], {
    variables: temporaryFiles(folder.path),
  })
  assert.equal(code, 2)
  assert.match(stderr, /^cresset: .*engine.*\n$/)
  assert.deepEqual(await tourFolders(folder.path), [])
})
