import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Installer, provideSystemPackages } from './system-packages.ts'
import { findOnPath, skipWithout, systemTools } from './system-tools.ts'
import { plant } from './testing/plant.ts'

/** A system of which the test says what it has, what it lets us do, and what apt brings. */
function system(options: { has: string[]; isRoot: boolean; sudo?: boolean; apt?: 'works' | 'fails' }) {
  const has = new Set([...options.has, ...(options.apt === undefined ? [] : ['apt-get'])])
  if (options.sudo !== undefined) has.add('sudo')
  const commands: string[] = []
  const installer: Installer = {
    find: (program) => (has.has(program) ? `/usr/bin/${program}` : undefined),
    isRoot: options.isRoot,
    async run(command, args) {
      const line = [command, ...args].join(' ')
      commands.push(line)
      if (line === 'sudo -n true') return { status: options.sudo ? 0 : 1, output: '' }
      if (options.apt === 'fails') return { status: 100, output: 'E: Unable to locate package' }
      if (line.includes(' install ')) {
        for (const [program, tool] of Object.entries(systemTools)) if (args.includes(tool.package)) has.add(program)
      }
      return { status: 0, output: '' }
    },
  }
  return { installer, commands }
}

const all = Object.keys(systemTools)

test('nothing is installed when everything is there', async () => {
  const { installer, commands } = system({ has: all, isRoot: true, apt: 'works' })
  assert.deepEqual((await provideSystemPackages(installer)).missing, [])
  assert.deepEqual(commands, [])
})

test('root installs exactly what lacks, and says so', async () => {
  const { installer, commands } = system({ has: ['openssl', 'curl', 'strace'], isRoot: true, apt: 'works' })
  const { missing, message } = await provideSystemPackages(installer)
  assert.deepEqual(missing, [])
  const wanted =
    'dnsutils knot-dnsutils knot nsd bind9-utils unbound knot-dnssecutils ldnsutils dnsviz iproute2 faketime softhsm2 openssh-client chromium'.split(
      ' ',
    )
  assert.equal(message, `installed ${wanted.join(', ')} with apt (as root)`)
  assert.ok(commands.at(-1)?.endsWith(`apt-get -q install -y --no-install-recommends ${wanted.join(' ')}`))
})

test('another user installs through sudo that asks nothing', async () => {
  const { installer, commands } = system({ has: [], isRoot: false, sudo: true, apt: 'works' })
  assert.match((await provideSystemPackages(installer)).message, /by sudo/)
  assert.ok(commands.slice(1).every((line) => line.startsWith('sudo -n env DEBIAN_FRONTEND=noninteractive apt-get')))
})

test('without permission, without apt, or when apt fails, it names what is missing', async () => {
  const cases = [
    system({ has: ['curl'], isRoot: false, sudo: false, apt: 'works' }),
    system({ has: ['curl'], isRoot: false, apt: 'works' }),
    system({ has: ['curl'], isRoot: true }),
    system({ has: ['curl'], isRoot: true, apt: 'fails' }),
  ]
  for (const { installer } of cases) {
    const { missing, message } = await provideSystemPackages(installer)
    assert.deepEqual(
      missing,
      all.filter((program) => program !== 'curl'),
    )
    assert.match(
      message,
      /^missing dig, delv, nsupdate, kdig, knsupdate, knotd, nsd, dnssec-signzone, dnssec-verify, unbound, kzonecheck, ldns-verify-zone, dnsviz, openssl, strace, .*, chromium; .*install by hand: dnsutils/,
    )
  }
})

function withEnvironment(context: TestContext, values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name]
    context.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

test('skipWithout gives the reason, and never skips in CI', (context) => {
  withEnvironment(context, { CI: undefined, CRESSET_MISSING_TOOLS: 'sh' })
  assert.equal(skipWithout('node'), false)
  assert.match(String(skipWithout('node', 'sh')), /^needs sh;/)
  assert.match(String(skipWithout('no-such-program', 'sh')), /^needs no-such-program and sh;/)
  withEnvironment(context, { CI: 'true' })
  assert.equal(skipWithout('no-such-program'), false)
})

test('only a file that can be executed counts as a program', (context) => {
  const folder = plant(context, { tool: '' })
  chmodSync(join(folder, 'tool'), 0o644)
  assert.equal(findOnPath('tool', folder), undefined)
  chmodSync(join(folder, 'tool'), 0o755)
  assert.equal(findOnPath('tool', `/nowhere:${folder}`), join(folder, 'tool'))
})
