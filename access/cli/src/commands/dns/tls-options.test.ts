import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../../testing/run-command.ts'

/** What `cresset dns serve` says to options that it cannot follow. */
async function refusal(...options: string[]): Promise<string> {
  const { code, stderr } = await runCommand(['dns', 'serve', '--zone', 'example.org:/nowhere/zone', ...options], {})
  assert.equal(code, 2, stderr)
  return stderr
}

const fingerprint = 'ab'.repeat(32)
const tls = ['--tls-listen', '127.0.0.1:0', '--tls-certificate', '/nowhere/crt', '--tls-key', '/nowhere/key']

test('options of TLS that mean nothing together are refused in a line that says what to do', async () => {
  for (const [options, reason] of [
    [['--tls-listen', '127.0.0.1:0'], /--tls-listen, --tls-certificate and --tls-key belong together/],
    [['--tls-certificate', 'x', '--tls-key', 'y'], /belong together/],
    [['--tls-listen', 'somewhere', ...tls.slice(2)], /--tls-listen somewhere: give an address and a port/],
    [['--xot-only'], /--xot-only is about TLS: give --tls-listen as well/],
    [['--xot-certificate', fingerprint], /--xot-certificate is about TLS/],
    [[...tls, '--xot-certificate', 'abc'], /64 hexadecimal digits that "openssl x509/],
  ] as const) {
    const said = await refusal(...options)
    assert.match(said, reason)
    assert.doesNotMatch(said, /\n.*\n.*at /)
  }
})

test('zones with compact denial have no secondaries', async () => {
  const compact = ['--sign', '--denial', 'compact']
  for (const options of [
    ['--allow-transfer', '127.0.0.1'],
    ['--notify', '127.0.0.1'],
    ['--allow-transfer', '127.0.0.1', '--catalog', 'catalog.example'],
    [...tls, '--xot-certificate', `${fingerprint.slice(0, 2)}:${fingerprint.slice(2)}`],
  ])
    assert.match(
      await refusal(...compact, ...options),
      /is for secondaries, and none can serve a zone with --denial compact/,
    )
  assert.match(await refusal('--denial', 'compact'), /--denial is for zones that are signed here: give --sign as well/)
  assert.match(await refusal('--sign', '--denial', 'none'), /chain, compact/)
})
