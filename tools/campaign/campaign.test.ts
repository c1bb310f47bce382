import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capture } from '../process/capture.ts'
import { plant } from '../testing/plant.ts'
import fuzzPart from './fuzz.campaign.ts'
import killsPart from './kills.campaign.ts'
import propertiesPart from './properties.campaign.ts'
import { repeatTests } from './repeat-tests.ts'

const head = `import { test } from 'node:test'\n`

test('tests are repeated with growing seeds until the time ends, one that failed only once', async (context) => {
  const root = plant(context, {
    'package.json': '{ "type": "module" }',
    'good.test.ts': `${head}test('a', () => {})`,
    'late.test.ts': `${head}test('a', () => { if (process.env['CRESSET_TEST_SEED'] === '12') throw new Error('twelve') })`,
  })
  const printed: string[] = []
  const print = (line: string): void => void printed.push(line)
  const { runs, failures } = await repeatTests(['late.test.ts', 'good.test.ts'], {
    root,
    seed: 10,
    budgetMs: 3_000,
    print,
  })
  assert.ok(runs > 6, `${runs} runs`)
  assert.deepEqual(failures, [
    { name: 'late.test.ts', detail: 'seed 12', replay: 'CRESSET_TEST_SEED=12 npm test -- late.test.ts' },
  ])
  assert.match(printed.join('\n'), /twelve/)
})

test('parts find what they run and are left out where there is nothing', async (context) => {
  const property = `import fc from 'fast-check'\n${head}`
  const root = plant(context, {
    'keys/src/a.test.ts': property,
    'network/storage/src/store-kill.test.ts': head,
    'keys/src/a.fuzz.ts': `export const name = 'a'\nexport function run(): void {}\n`,
  })
  const empty = plant(context, {})
  for (const part of [fuzzPart, killsPart, propertiesPart]) {
    assert.equal(await part.available(root), true, part.name)
    assert.equal(await part.available(empty), false, part.name)
  }
})

test('the fuzz part reports a planted mistake with the command that replays it', async (context) => {
  const source = `export const name = 'canary'\nexport function run(bytes: Uint8Array): void { if (bytes.length > 9) throw new Error('planted') }\n`
  const root = plant(context, { 'package.json': '{ "type": "module" }', 'keys/src/canary.fuzz.ts': source })
  const { failures } = await fuzzPart.run({ root, seed: 1, budgetMs: 5_000, print: () => {} })
  assert.equal(failures.length, 1)
  assert.match(failures[0]?.detail ?? '', /planted/)
  assert.match(failures[0]?.replay ?? '', /npm run fuzz -- canary/)
})

test('a campaign without a length, or with an unknown part, ends with status 2', async () => {
  for (const args of [[], ['--minutes', 'x'], ['--minutes', '1', '--only', 'no-such']]) {
    const { status } = await capture(process.execPath, ['--conditions=cresset-source', 'tools/campaign.ts', ...args])
    assert.equal(status, 2, args.join(' '))
  }
})
