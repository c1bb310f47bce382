import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCommand } from '../../testing/run-command.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-update-options-'))
  for (const name of ['home', 'other'])
    await writeFile(
      join(folder, name),
      `key "${name}" { algorithm hmac-sha256; secret "${Buffer.alloc(32, 1).toString('base64')}"; };\n`,
      { mode: 0o600 },
    )
  await writeFile(join(folder, 'zone'), '@ 60 SOA ns host 7 3600 600 604800 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n')
})
after(() => rm(folder, { recursive: true, force: true }))

/** What `cresset dns serve` says to options that it cannot follow. */
async function refusal(...options: string[]): Promise<string> {
  const serve = ['dns', 'serve', '--zone', `example.org:${join(folder, 'zone')}`, '--journal', join(folder, 'journal')]
  const { code, stderr } = await runCommand([...serve, ...options], {})
  assert.notEqual(code, 0, stderr)
  return stderr
}

test('who may change what: each mistake is told in one line', async () => {
  const [home, other] = [join(folder, 'home'), join(folder, 'other')]
  for (const [options, reason] of [
    [['--update-key', home], /--update-key: nobody may change anything; give --update as well/],
    [['--update-rate', '5'], /--update-rate: nobody may change anything; give --update as well/],
    [['--update', 'example.org'], /--update example\.org: give KEY@NAME, or KEY@NAME:TYPES such as/],
    [['--update', 'home@example.org:NONE', '--update-key', home], /--update home@example\.org:NONE: give KEY@NAME/],
    [['--update', 'home@example.org'], /--update home@example\.org: no --update-key has the name home/],
    [
      ['--update', 'home@example.org', '--update-key', home, '--update-key', other],
      /--update-key: the key other may change nothing; give --update for it/,
    ],
    [
      ['--update', 'home@example.org', '--update-key', home, '--tsig-key', home],
      /--update-key: two keys have the name home/,
    ],
    [
      ['--update', 'home@example.net', '--update-key', home],
      /no zone here holds example\.net\., which a key may change/,
    ],
    [['--update', 'home@example.org', '--update-key', join(folder, 'none')], /none/],
    [['--update-rate', '0'], /--update-rate/],
  ] as const) {
    const said = await refusal(...options)
    assert.match(said, reason)
    assert.equal(said.trimEnd().split('\n').length, 1, said)
  }
})
