import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plant } from '../testing/plant.ts'
import { formatViolation } from './check.ts'
import { linkCheck } from './links.ts'

const page = '# Keys, and who holds them\n\n## `node` keys\n'

for (const [what, link, message] of [
  ['a missing file', '[a](docs/missing.md)', 'README.md:1: nothing is at docs/missing.md, correct the link'],
  ['a missing heading', '[a](docs/page.md#locks)', 'README.md:1: docs/page.md has no heading #locks, correct the link'],
  ['a missing heading of its own', '[a](#locks)', 'README.md:1: README.md has no heading #locks, correct the link'],
] as const) {
  test(`tidy/links finds ${what}`, async (context) => {
    const root = plant(context, { 'README.md': link, 'docs/page.md': page })
    assert.deepEqual((await linkCheck.run(root)).map(formatViolation), [message])
  })
}

test('tidy/links lets pass what leads somewhere, other sites, and code', async (context) => {
  const links = [
    '[a](docs/page.md#keys-and-who-holds-them)',
    '[a](docs/page.md#node-keys)',
    '[a](docs/)',
    '[a](https://example.org/x)',
    '`[a](x)`',
    '```\n[a](x)\n```',
  ]
  const root = plant(context, { 'README.md': links.join('\n'), 'docs/page.md': page })
  assert.deepEqual(await linkCheck.run(root), [])
})

test('tidy/links finds a page that the index of its folder does not name', async (context) => {
  const root = plant(context, { 'docs/keys/README.md': '[a](a.md)', 'docs/keys/a.md': '', 'docs/keys/b.md': '' })
  assert.deepEqual((await linkCheck.run(root)).map(formatViolation), [
    'docs/keys/README.md: does not name docs/keys/b.md, link it',
  ])
})
