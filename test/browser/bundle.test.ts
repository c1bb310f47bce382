import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { type Bundle, bundleForBrowsers } from '../../tools/browser/bundle.ts'
import { fencesOf } from '../cluster/documents/document.ts'

/** Of the guide's page with all that it needs of the built packages, gzipped. */
const maxGzippedBytes = 60 * 1024

/** Libraries may ask whether `globalThis` has a Buffer; nothing may count on one. */
function assertNothingOfNode({ code, imports }: Bundle): void {
  assert.deepEqual(imports, [])
  const found =
    /.{0,40}(?:["'`]node:[a-z]|(?<!\.)\brequire\(["'`]|(?<!globalThis\.)\bprocess\.[a-z]|(?<!globalThis\.)\bBuffer\.[a-z]).{0,40}/.exec(
      code,
    )
  assert.equal(found?.[0], undefined)
}

let page: Bundle
before(async () => {
  page = await bundleForBrowsers({ file: 'docs/guides/verify-in-browser/page.ts' })
})

test('the page that verifies a name stays under 60 KB gzipped', () => {
  const largest = page.inputs.slice(0, 12).map(({ path, bytes }) => `${bytes} ${path}`)
  assert.ok(
    page.gzippedBytes < maxGzippedBytes,
    `${page.gzippedBytes} bytes; the largest parts:\n${largest.join('\n')}`,
  )
})

test('it is made of the built packages, and nothing of Node is in it', () => {
  const ours = page.inputs.filter(({ path }) => !path.startsWith('node_modules/') && !path.startsWith('docs/'))
  assert.ok(ours.length > 20)
  for (const { path } of ours) assert.match(path, /^[a-z-]+\/[a-z-]+\/dist\/.*\.js$/)
  for (const { path } of page.inputs)
    assert.doesNotMatch(path, /polyfill|browserify|platform\/(node|openssl|sodium)\.js$/)
  assertNothingOfNode(page)
})

test('the program that the guide shows is the one that is bundled', async () => {
  const guides = new URL('../../docs/guides/', import.meta.url)
  const shown = fencesOf(await readFile(new URL('verify-in-browser.md', guides), 'utf8')).filter(
    ({ language }) => language === 'ts',
  )
  assert.equal(shown.length, 1)
  const name = /^file: (.+)$/.exec(shown[0]?.comment ?? '')?.[1]
  assert.equal(shown[0]?.text, await readFile(new URL(name ?? '', guides), 'utf8'))
})

test('the whole SDK bundles for browsers too, without any import left', async () => {
  assertNothingOfNode(await bundleForBrowsers({ text: `export * from '@cresset/access-client'` }))
})

test("an import of one of Node's modules would not pass unseen", async () => {
  await assert.rejects(bundleForBrowsers({ text: `import 'node:fs'` }), /node:fs/)
})
