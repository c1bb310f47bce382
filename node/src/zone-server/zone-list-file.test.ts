import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatName } from '@cresset/dns-wire'
import { readZoneListFile } from './zone-list-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-zone-list-'))
after(() => rm(folder, { recursive: true }))
const path = join(folder, 'list')

test('a zone a line, its file seen from the folder of the list', async () => {
  await writeFile(path, '# ours\nExample.org:zones/example.org\n\n  .:/var/root.zone \r\na.b:c:d\n')
  const zones = await readZoneListFile(path)
  assert.deepEqual(
    zones.map(({ apex, path: file }) => [formatName(apex), file]),
    [
      ['example.org.', join(folder, 'zones/example.org')],
      ['.', '/var/root.zone'],
      ['a.b.', join(folder, 'c:d')],
    ],
  )
  await writeFile(path, '')
  assert.deepEqual(await readZoneListFile(path), [])
})

test('what is none is told with its line', async () => {
  for (const [text, problem] of [
    ['a:b\nexample.org', /list:2: give NAME:FILE/],
    [':b', /list:1: give NAME:FILE/],
    ['a:', /list:1: give NAME:FILE/],
    ['\na..b:c', /list:2: a name has an empty label/],
  ] as const) {
    await writeFile(path, text)
    await assert.rejects(readZoneListFile(path), problem)
  }
  await assert.rejects(readZoneListFile(join(folder, 'none')), /none: there is no such file/)
  await assert.rejects(readZoneListFile(folder), /is not a file/)
})
