import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeFolder } from './make-folder.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-folder-'))
})
after(() => rm(folder, { recursive: true }))

test('folders are made for their owner alone, and the first of them is told', async () => {
  assert.equal(await makeFolder(join(folder, 'a/b/c')), join(folder, 'a'))
  for (const name of ['a', 'a/b', 'a/b/c']) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o700)
  assert.equal(await makeFolder(join(folder, 'a/b/c')), undefined)
  assert.equal(await makeFolder(join(folder, 'a/d')), join(folder, 'a/d'))
  assert.equal(await makeFolder('/'), undefined)
})

test('many at once make one', async () => {
  const made = await Promise.all(Array.from({ length: 16 }, () => makeFolder(join(folder, 'many/of/them'))))
  assert.ok(made.includes(join(folder, 'many')))
  assert.ok((await stat(join(folder, 'many/of/them'))).isDirectory())
})

test('a file in its place or above it, and a link to nowhere, are refused', async () => {
  await writeFile(join(folder, 'file'), '')
  await symlink(join(folder, 'nowhere'), join(folder, 'link'))
  await assert.rejects(makeFolder(join(folder, 'file')), { code: 'EEXIST' })
  await assert.rejects(makeFolder(join(folder, 'file/b/c')), { code: 'ENOTDIR' })
  await assert.rejects(makeFolder(join(folder, 'link')), { code: 'EEXIST' })
})

test('a file system that takes no folder is told at once', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc',
  timeout: 90_000,
}, async () => {
  await assert.rejects(makeFolder('/proc/cresset'), { code: 'ENOENT', path: '/proc/cresset' })
  await assert.rejects(makeFolder('/proc/cresset/nodes/a'), { code: 'ENOENT', path: '/proc/cresset' })
})
