import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sourceFlags } from './network/source-flags.ts'

test('compiled code is kept in a folder of the user, and nothing of it where every user may write', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cresset-test-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const [temporary, home, cacheHome] = ['tmp', 'home', 'cache'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const { NODE_COMPILE_CACHE: _, XDG_CACHE_HOME: __, ...env } = process.env
  const start = (variables: Record<string, string>) =>
    execFileSync(process.execPath, [...sourceFlags, join(import.meta.dirname, 'main.ts'), '--version'], {
      env: { ...env, TMPDIR: temporary, HOME: home, ...variables },
    })
  start({})
  assert.ok(readdirSync(join(home, '.cache', 'cresset', 'compiled')).length > 0)
  start({ XDG_CACHE_HOME: cacheHome })
  assert.ok(readdirSync(join(cacheHome, 'cresset', 'compiled')).length > 0)
  assert.equal(existsSync(join(temporary, 'node-compile-cache')), false)
})

/** The files that a command line loads. */
function loadedBy(...commandLine: string[]): string[] {
  const told = `import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    process.on('exit', () => process.stderr.write(loaded.join('\\n')))`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(told)}`, ...sourceFlags]
  const main = join(import.meta.dirname, 'main.ts')
  const { status, stderr } = spawnSync(process.execPath, [...args, main, ...commandLine], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stderr.split('\n')
}

test('a command starts without the code of a node, a store or a server, and of other commands', () => {
  const loaded = loadedBy('--help')
  assert.ok(loaded.some((url) => url.endsWith('/commands/network/up.ts')))
  const heavy =
    /\/(node\/(src|dist)|network\/\w+\/(src|dist)|dns\/server|access\/(http-api|resolver)|node_modules\/(lmdb|fastify|zod|pino))\//
  assert.deepEqual(
    loaded.filter((url) => heavy.test(url)),
    [],
    'import them where they are used: await import(…)',
  )
  const ofKey = loadedBy('key', '--help').filter((url) => url.includes('/commands/'))
  assert.ok(ofKey.length > 0 && ofKey.every((url) => url.includes('/commands/key/')), ofKey.join(' '))
})
