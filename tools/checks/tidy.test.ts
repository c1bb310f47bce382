import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { manifests, plant } from '../testing/plant.ts'
import { architectureCheck, layerTable, renewLayerTable } from './architecture.ts'
import { bannedGlobalsCheck } from './banned-globals.ts'
import { type Check, formatViolation } from './check.ts'
import { deadFileCheck } from './dead-files.ts'
import { fileLengthCheck } from './file-length.ts'
import { fileNameCheck } from './file-names.ts'
import { machineNameCheck } from './machine-names.ts'
import { strayMarkerCheck } from './stray-markers.ts'

async function violations(context: TestContext, check: Check, files: Record<string, string>): Promise<string[]> {
  return (await check.run(plant(context, files))).map(formatViolation)
}

const bannedInPure = [
  'const now = Date.now()',
  'const now: number = new Date().getTime()',
  'const now = performance.now()',
  'const a = Math.random()',
  'const a = Math.sqrt(2)',
  'setTimeout(() => {}, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'queueMicrotask(f)',
  'await fetch(url)',
  'process.exit(1)',
  'const a = Buffer.alloc(1)',
  'function f(a: Buffer): void {}',
  'crypto.getRandomValues(a)',
  'globalThis.x = 1',
  'new Intl.Collator()',
  "a.normalize('NFC')",
  'a.localeCompare(b)',
  'a.toLowerCase()',
  'a?.toUpperCase()',
  'a.toLocaleString()',
  "a['toLowerCase']()",
  'const a = 0.5',
  'const a = 1e-3',
  'const a = 1.0',
  'Number.parseFloat(a)',
  'a.toFixed(2)',
  "console.log('x')",
]

for (const source of bannedInPure) {
  test(`tidy/globals finds: ${source}`, async (context) => {
    for (const folder of ['core/ledger', 'dns/wire', 'dns/records']) {
      const found = await violations(context, bannedGlobalsCheck, { [`${folder}/src/a.ts`]: `\n${source}\n` })
      assert.ok(found.length > 0)
      assert.ok(
        found.every((line) => line.startsWith(`${folder}/src/a.ts:2: `)),
        found.join('\n'),
      )
    }
  })
}

const allowedInPure = [
  'const a = Math.floor(b / c) + Math.max(1, 2)',
  'type Entry = { process: string; fetch?: number }',
  'const entry = { performance: 1 }',
  'const a = block.Date',
  'const a = 1_000_000 + 0xff + 1e9 + 10n',
  '// Date.now() is banned here',
  "const a = 'Date.now()'",
  'const a = `Math.random`',
]

for (const source of allowedInPure) {
  test(`tidy/globals lets pass: ${source}`, async (context) => {
    assert.deepEqual(await violations(context, bannedGlobalsCheck, { 'core/ledger/src/a.ts': source }), [])
  })
}

test('tidy/globals leaves tests and other packages alone, and gives platform files their byte type', async (context) => {
  const found = await violations(context, bannedGlobalsCheck, {
    'core/ledger/src/a.test.ts': 'Date.now()',
    'core/ledger/src/testing/clock.ts': 'Date.now()',
    'node/src/clock.ts': 'Date.now()',
    'core/crypto/src/platform/node.ts': 'const a = Buffer.alloc(1); const b = Date.now()',
  })
  assert.deepEqual(found.length, 1)
  assert.match(found[0] ?? '', /platform\/node.ts:1: Date is banned/)
})

test('tidy/dead-files finds a file that nothing reaches', async (context) => {
  const found = await violations(context, deadFileCheck, {
    ...manifests(
      {
        keys: {
          exports: { '.': { 'cresset-source': './src/index.ts', default: './dist/index.js' } },
          bin: { x: './dist/main.js' },
        },
      },
      { scripts: { check: 'node tools/check.ts' } },
    ),
    'keys/src/index.ts': `export * from './used.ts'\nnew Worker(new URL('./worker.ts', import.meta.url))`,
    'keys/src/used.ts': '',
    'keys/src/worker.ts': `import './behind-worker.ts'`,
    'keys/src/behind-worker.ts': '',
    'keys/src/main.ts': `spawn(process.execPath, [join(import.meta.dirname, 'child.ts')])`,
    'keys/src/child.ts': '',
    'keys/src/dead.ts': `import './dead-too.ts'`,
    'keys/src/dead-too.ts': `import './dead.ts'`,
    'keys/src/a.test.ts': `import './testing/samples.ts'`,
    'keys/src/testing/samples.ts': '',
    'keys/src/testing/unused.ts': '',
    'tools/check.ts': '',
    'tools/forgotten.ts': '',
  })
  assert.deepEqual(
    found.map((line) => line.split(':')[0]),
    ['keys/src/dead-too.ts', 'keys/src/dead.ts', 'keys/src/testing/unused.ts', 'tools/forgotten.ts'],
  )
})

test('tidy/dead-files follows exports and imports under nested conditions', async (context) => {
  const found = await violations(context, deadFileCheck, {
    ...manifests({
      keys: {
        imports: { '#platform': { 'cresset-source': { browser: './src/browser.ts', default: './src/node.ts' } } },
      },
    }),
    'keys/src/browser.ts': '',
    'keys/src/node.ts': '',
  })
  assert.deepEqual(found, [])
})

test('tidy/names finds other cases and names that say nothing', async (context) => {
  const found = await violations(context, fileNameCheck, {
    'keys/src/keyFile.ts': '',
    'keys/src/Key.test.ts': '',
    'keys/src/snake_case.ts': '',
    'keys/src/utils.ts': '',
    'keys/src/string-helpers.ts': '',
    'keys/src/Common/ok.ts': '',
    'keys/src/common/ok.ts': '',
    'keys/src/key-file.test.ts': '',
    'core/certificates/src/common-name.ts': '',
  })
  assert.deepEqual(
    found.map((line) => line.split(':')[0]),
    [
      'keys/src/Key.test.ts',
      'keys/src/keyFile.ts',
      'keys/src/snake_case.ts',
      'keys/src/string-helpers.ts',
      'keys/src/utils.ts',
      'keys/src/Common',
      'keys/src/common',
    ],
  )
})

test('tidy/length finds a file over 600 lines', async (context) => {
  const found = await violations(context, fileLengthCheck, {
    'keys/src/long.ts': 'a\n'.repeat(601),
    'keys/src/short.ts': 'a\n'.repeat(600),
  })
  assert.deepEqual(found, [
    'keys/src/long.ts: 601 lines, over 600, split it by concept, or give the reason in tools/long-files.ts',
  ])
})

test('tidy/markers finds unfinished work, narrowed tests and stray output', async (context) => {
  const unfinished = ['TO', 'DO'].join('')
  const found = await violations(context, strayMarkerCheck, {
    'keys/src/a.ts': `// ${unfinished}: later\nconsole.log(1)\ndebugger\n`,
    'keys/src/a.test.ts': `test.only('x', () => {})\nconsole.log('tests may print')\n`,
    'docs/guide.md': `${unfinished}\n`,
    'access/cli/src/a.ts': 'console.log(1)\n',
    'keys/src/b.ts': `const todo = 1; select.only(2); const text = 'test.only(x)'\n`,
  })
  assert.deepEqual(
    found.map((line) => line.split(',')[0]),
    [
      `docs/guide.md:1: ${unfinished} marker`,
      'keys/src/a.test.ts:1: test.only( hides the other tests',
      `keys/src/a.ts:1: ${unfinished} marker`,
      'keys/src/a.ts:2: console.log outside a program',
      'keys/src/a.ts:3: debugger statement',
    ],
  )
})

test('tidy/machine-names finds paths of a machine, package hosts and a lock file that names one', async (context) => {
  const home = ['', 'home', 'someone', 'cresset'].join('/')
  const host = ['https://', 'registry', '.example.org/x'].join('')
  const found = await violations(context, machineNameCheck, {
    'docs/guide.md': `cd ${home}\n`,
    '.npmrc': `//a comment\nregistry=${host}\n`,
    'package-lock.json': `{\n"resolved": "https://packages.example.org/a.tgz"\n}`,
    'keys/src/a.ts': `import './home/file.ts'\nconst path = join(folder, 'home/x')\n`,
  })
  assert.deepEqual(
    found.map((line) => line.split(',')[0]),
    [
      `.npmrc:2: package host ${host.slice(0, -2)}`,
      `docs/guide.md:1: path of one machine: ${home.slice(0, -'/cresset'.length)}`,
      'package-lock.json:2: the lock names the host it was made with',
    ],
  )
})

test('tidy/architecture finds a package table that differs from the one enforced', async (context) => {
  const document =
    '# Architecture\n<!-- layers: written by npm run architecture -->\noutdated\n<!-- /layers -->\nmore\n'
  const root = plant(context, { 'ARCHITECTURE.md': document })
  assert.equal((await architectureCheck.run(root)).length, 1)
  const renewed = renewLayerTable(document, root)
  assert.ok(renewed.includes(layerTable(root)) && !renewed.includes('outdated') && renewed.endsWith('more\n'))
  assert.deepEqual(await architectureCheck.run(plant(context, { 'ARCHITECTURE.md': renewed })), [])
  assert.equal((await architectureCheck.run(plant(context, {}))).length, 1)
  assert.throws(() => renewLayerTable('no marks', root))
})
