import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { exitStatuses, type StopReason } from './start-error.ts'

const unitPath = fileURLToPath(new URL('../systemd/cresset-node@.service', import.meta.url))
const found = spawnSync('systemd-analyze', ['--version'])
const skip = found.status === 0 ? false : 'needs systemd-analyze, which only machines with systemd have'

/** As an operator would have it: an instance, and a program that is there. */
async function withUnit(use: (path: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-unit-'))
  try {
    const path = join(folder, 'cresset-node@west.service')
    const text = await readFile(unitPath, 'utf8')
    await writeFile(path, text.replace('/opt/cresset/node_modules/.bin/node', process.execPath))
    use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('the unit is in the published package', async () => {
  const { files } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    files: string[]
  }
  assert.ok(files.includes(basename(dirname(unitPath))))
})

test('systemd finds no fault in the unit', { skip }, () =>
  withUnit((path) => {
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.equal(status, 0)
  }),
)

test('the unit is as hard as its guide says', { skip }, (context) =>
  withUnit((path) => {
    const words = ['security', '--offline=yes', '--no-pager', '--threshold=20', path]
    const { stdout, stderr, status } = spawnSync('systemd-analyze', words, { encoding: 'utf8' })
    if (/unrecognized option/.test(stderr)) return context.skip('this systemd-analyze looks at running units only')
    assert.equal(status, 0, stdout)
    assert.match(stdout, /Overall exposure level for \S+: 1\.\d OK/)
  }),
)

test('what only a person can mend is not started again and again', async () => {
  const listed = /^RestartPreventExitStatus=(.*)$/m.exec(await readFile(unitPath, 'utf8'))?.[1]?.split(' ') ?? []
  const byPerson: readonly StopReason[] = [
    'configuration',
    'data-in-use',
    'genesis-differs',
    'data-damaged',
    'key-in-use',
  ]
  for (const reason of byPerson) assert.ok(listed.includes(String(exitStatuses[reason])), reason)
  const byTime: readonly StopReason[] = ['crashed', 'port-in-use', 'disk-full', 'key-unavailable']
  for (const reason of byTime) assert.ok(!listed.includes(String(exitStatuses[reason])), reason)
})
