import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseUpdateGrant, TsigKey } from '@cresset/dns-server'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'
import { serveZoneFiles } from './serve-zone-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-zone-updates-'))
after(() => rm(folder, { recursive: true }))

test('a list without the zone of a grant is not taken, as at the start, and what is served goes on', async () => {
  const list = join(folder, 'list')
  for (const file of ['zone', 'other'])
    await writeFile(join(folder, file), '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n')
  const both = `example.org:zone\nexample.net:other\n`
  await writeFile(list, both)
  const key = new TsigKey(parseAbsoluteName('k'), 'hmac-sha256', new Uint8Array(32))
  const grants = [parseUpdateGrant('k@www.example.net') ?? assert.fail()]
  const server = await serveZoneFiles({
    listen: [{ host: '127.0.0.1', port: 0 }],
    zones: [],
    zoneList: list,
    journal: join(folder, 'granted'),
    updates: { keys: [key], grants, updatesPerSecond: 20 },
  })
  try {
    await writeFile(list, 'example.org:zone\n')
    await assert.rejects(server.reload(), {
      name: StartError.name,
      message: 'no zone here holds www.example.net., which a key may change',
    })
    await writeFile(list, both)
    const loads = await server.reload()
    assert.deepEqual(
      loads.map(({ outcome }) => outcome),
      ['unchanged', 'unchanged'],
    )
    await writeFile(list, 'example.net:other\n')
    assert.deepEqual(
      (await server.reload()).map(({ outcome }) => outcome),
      ['gone', 'unchanged'],
    )
  } finally {
    await server.stop()
  }
})
