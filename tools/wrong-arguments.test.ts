import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capture } from './process/capture.ts'

const commands: readonly [file: string, args: readonly string[], says: RegExp][] = [
  ['simulation/src/main.ts', ['--seeds', '-3'], /--seeds needs a whole number from 1; .*--help/],
  ['simulation/src/main.ts', ['--mode', 'x'], /--mode is one of safety, liveness/],
  ['simulation/src/main.ts', ['--nonsense'], /'--nonsense'; .*--help/],
  ['simulation/src/main.ts', ['--episodes', '1,x'], /--episodes needs numbers/],
  ['simulation/src/main.ts', ['--planted', 'x'], /--planted is one of: quorum one short/],
  ['simulation/src/main.ts', ['--scenario', 'x'], /--scenario is one of: /],
  ['tools/torture.ts', ['--minutes', '-3'], /--minutes needs a number above 0; usage: /],
  ['tools/torture.ts', ['--minutes', '1', '--only', 'x'], /no episode x; there are .*kill/],
  ['tools/torture.ts', ['--nonsense'], /'--nonsense'; usage: /],
  ['tools/fuzz.ts', ['--nonsense'], /'--nonsense'; usage: /],
  ['tools/fuzz.ts', ['--all', '--runs', '-3'], /--runs takes a number, not -3; usage: /],
  ['tools/campaign.ts', ['--minutes', '-3'], /--minutes needs a number above 0; usage: /],
  ['tools/campaign.ts', ['--nonsense'], /'--nonsense'; usage: /],
  ['tools/campaign.ts', ['--minutes', '1', '--only', 'x'], /no part x to run; there are .*twins/],
  ['tools/bench.ts', ['sha256', '--nonsense'], /'--nonsense'; options are --bytes/],
  ['tools/bench.ts', ['x'], /no benchmark x; there are: /],
  ['tools/test.ts', ['--nonsense'], /'--nonsense'; usage: /],
  ['tools/test.ts', ['no/such/file'], /no test file is at no\/such\/file; parts are build|parts are system/],
]

for (const [file, args, says] of commands) {
  test(`${file} ${args.join(' ')}: one line that says what to do, and status 2`, async () => {
    const { status, stdout, stderr } = await capture(process.execPath, ['--conditions=cresset-source', file, ...args])
    assert.equal(status, 2, stderr)
    assert.match(stderr, says)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.equal(stdout, '')
  })
}
