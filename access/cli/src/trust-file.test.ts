import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Trust } from '@cresset/core-chain'
import { initConsortium } from '@cresset/node'
import { run } from './program.ts'
import { TrustFile } from './trust-file.ts'

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-trust-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function consortiumIn(folder: string) {
  return initConsortium({ dir: join(folder, 'made'), name: 'test', zones: ['acme'], validators: 1, nowMs: Date.now() })
}

test('what was checked is kept for the next command, readable by its user alone', async (t) => {
  const folder = await folderOf(t)
  const { genesis } = await consortiumIn(folder)
  const state = join(folder, 'state')
  const first = new TrustFile(state)
  const fromGenesis = await first.read(genesis)
  assert.equal(fromGenesis.height, 0)
  await first.write(fromGenesis)
  await assert.rejects(readdir(state), { code: 'ENOENT' }, 'genesis needs no file')
  const moved: Trust = {
    ...fromGenesis,
    height: 7,
    timeMs: genesis.timeMs + 7_000,
    blockHash: new Uint8Array(32).fill(7),
  }
  await first.write(moved)
  assert.deepEqual(await new TrustFile(state).read(genesis), moved)
  assert.equal((await stat(first.pathOf(moved.chainId))).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(state, 'trust')), [`${moved.chainId}.json`])
})

test('a folder that cannot be written costs nothing but the walk', async (t) => {
  const folder = await folderOf(t)
  const { genesis } = await consortiumIn(folder)
  await writeFile(join(folder, 'state'), 'a file where the folder should be')
  const file = new TrustFile(join(folder, 'state'))
  const trust = await file.read(genesis)
  await file.write({ ...trust, height: 3 })
  assert.equal((await file.read(genesis)).height, 0)
})

test('a damaged file and a malformed --trust are told in one line', async (t) => {
  const folder = await folderOf(t)
  const { genesis, paths } = await consortiumIn(folder)
  const state = join(folder, 'state')
  const file = new TrustFile(state)
  const trust = await file.read(genesis)
  await file.write({ ...trust, height: 3 })
  const path = file.pathOf(trust.chainId)
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, 40))
  let told = ''
  const stderr = {
    write(text: string) {
      told += text
      return true
    },
  }
  const environment = {
    stdout: { write: () => true },
    stderr,
    variables: { CRESSET_STATE: state },
    interactive: false,
    nowMs: Date.now,
  }
  const command = ['name', 'show', 'shop.acme', '--genesis', paths.genesis, '--node', 'http://127.0.0.1:9']
  assert.equal(await run(command, environment), 2)
  assert.match(told, /^cresset: .*trust.*\.json: the kept trust cannot be used: .*--trust HEIGHT:HASH once\n$/)
  for (const text of ['7', `0:${'0'.repeat(64)}`, '7:abc', `7:${'A'.repeat(64)}`]) {
    told = ''
    assert.equal(await run([...command, '--trust', text], environment), 2)
    assert.match(told, /give HEIGHT:HASH/)
  }
  // With a block of a person's own the damaged file does not matter; here no node answers.
  assert.equal(await run([...command, '--trust', `7:${'a'.repeat(64)}`], environment), 5)
})
