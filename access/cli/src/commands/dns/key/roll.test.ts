import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { KeyReport } from '@cresset/node'
import type { ControlReply } from '../../../../../../node/src/zone-server/control/protocol.ts'
import { serveControl } from '../../../../../../node/src/zone-server/control/serve-control.ts'
import { runCommand } from '../../../testing/run-command.ts'
import { rollText } from './roll.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-key-roll-'))
after(() => rm(folder, { recursive: true, force: true }))

const cresset = (...commandLine: string[]) =>
  runCommand(['dns', 'key', ...commandLine], { CRESSET_STATE: join(folder, 'state') })

test('keys of a zone of the ledger are not replaced here, and the commands that do it are told', async () => {
  const path = join(folder, 'run', 'dns.sock')
  const reply: ControlReply = { error: { code: 'ledger-zone', message: 'by transactions' } }
  const control = await serveControl({ path, handle: async () => reply, onFailure: assert.fail })
  try {
    const { code, stdout, stderr } = await cresset('roll', 'acme', '--control', path)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^acme is a zone of the ledger: /)
    for (const line of [
      'zone sign acme --anchor OLD.key --add NEW.key',
      'zone publish acme.keys',
      'network propose set-keys',
    ])
      assert.ok(stdout.includes(`  cresset ${line}`), line)
    const { commands } = JSON.parse((await cresset('roll', 'acme', '--control', path, '--json')).stdout)
    assert.ok(commands.length > 5)
    assert.equal((await cresset('confirm', 'acme', '--control', path)).code, 1)
  } finally {
    await control.close()
  }
})

test('without a name server and without a ledger nothing is made up', async () => {
  const { code, stderr } = await cresset('roll', 'acme', '--control', join(folder, 'none'))
  assert.equal(code, 5)
  assert.match(stderr, /^cresset: no name server listens on /)
})

test('what comes next is told with its keys and times', () => {
  const at = '2026-12-01T00:00:00.000Z'
  const textOf = (
    event: NonNullable<KeyReport['next']>['event'],
    oldState: KeyReport['state'],
    newState: KeyReport['state'],
  ) => {
    const next = { event, at: event === 'confirmed' ? null : at, waitsFor: null }
    const key = (tag: number, state: KeyReport['state']) => ({ zone: 'example.org', tag, state, next }) as KeyReport
    const keys = [key(1, oldState), key(2, newState)]
    return rollText(keys[0] as KeyReport, keys)
  }
  assert.match(textOf('active', 'active', 'published'), new RegExp(`^key 2 signs from ${at} on`))
  assert.match(
    textOf('confirmed', 'retired', 'active'),
    /^put the DS of key 2 .*"cresset dns key confirm example\.org"$/,
  )
  assert.match(textOf('removed', 'retired', 'active'), new RegExp(`^key 1 is taken out ${at}`))
})
