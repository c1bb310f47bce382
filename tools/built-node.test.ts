import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeOfNpm, runBuilt } from './built-node.ts'
import { capture, repositoryRoot } from './process/capture.ts'
import { readWorkspaces, sourceTargets } from './source/packages.ts'

/** Packages promised to run under the Node that runs npm, from 20 on; an empty one has nothing to load. */
const promised = readWorkspaces(repositoryRoot).filter(({ folder }) => /^(core|dns)\/|^access\/client$/.test(folder))

for (const { folder, manifest } of promised) {
  test(`built ${folder} loads under the Node that runs npm`, async () => {
    assert.ok(sourceTargets(manifest.exports).length > 0)
    const program = `
      const resolved = import.meta.resolve('${manifest.name}')
      const loaded = await import('${manifest.name}')
      console.log(JSON.stringify({ resolved, names: Object.keys(loaded), version: process.versions.node }))`
    const { resolved, names, version } = JSON.parse(await runBuilt(program)) as {
      resolved: string
      names: string[]
      version: string
    }
    assert.ok(resolved.endsWith(`/${folder}/dist/index.js`), resolved)
    assert.ok(names.length > 0)
    assert.equal(`v${version}`, (await capture(nodeOfNpm(), ['--version'])).stdout.trim())
  })
}

test('a built program that fails is an error with its output', async () => {
  await assert.rejects(runBuilt(`console.error('the reason'); process.exit(4)`), /status 4.*the reason/s)
})
