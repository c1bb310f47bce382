import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { serveZoneFiles } from './serve-zone-files.ts'

let folder = ''
const options = () => ({
  zones: [{ apex: parseAbsoluteName('example.org'), path: join(folder, 'zone') }],
  listen: [{ host: '127.0.0.1', port: 0 }],
})

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-serve-'))
  await writeFile(join(folder, 'zone'), '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n')
})
after(() => rm(folder, { recursive: true }))

/** Files in the folder that this process has open. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => ''))
  return (await Promise.all(links)).filter((path) => path.startsWith(folder))
}

test('a server that cannot start leaves nothing open, however far it came', {
  skip: process.platform !== 'linux' && 'looks at /proc',
}, async () => {
  const journal = join(folder, 'journal')
  const queryLog = { path: join(folder, 'none', 'queries'), sampleEvery: 1 }
  await assert.rejects(serveZoneFiles({ ...options(), journal, queryLog }), /its folder is not there/)
  assert.deepEqual(await openFiles(), [])
  const server = await serveZoneFiles({ ...options(), journal })
  assert.deepEqual(await openFiles(), [join(journal, 'example.org.journal')])
  await server.stop()
  assert.deepEqual(await openFiles(), [])
})

test('a file in the place of a folder is told with its option', async () => {
  const file = join(folder, 'zone')
  await assert.rejects(
    serveZoneFiles({ ...options(), journal: file }),
    /--journal .*zone: it is no folder; name a folder for the zones/,
  )
  await assert.rejects(
    serveZoneFiles({ ...options(), keyFolder: file }),
    /--keys .*zone: it is no folder; name a folder for the keys/,
  )
})

test('a second server on the same folders is refused before it touches a file; after the first ended it starts', async () => {
  const [journal, keyFolder] = [join(folder, 'own-journal'), join(folder, 'own-keys')]
  const first = await serveZoneFiles({ ...options(), journal, keyFolder })
  const files = async (): Promise<string[]> =>
    Promise.all(
      [join(journal, 'example.org.journal'), join(keyFolder, 'example.org.serial')].map((path) =>
        readFile(path, 'hex'),
      ),
    )
  const before = await files()
  await assert.rejects(
    serveZoneFiles({ ...options(), keyFolder }),
    /^StartError: --keys .*own-keys is in use by process/,
  )
  assert.deepEqual(await files(), before)
  // One that was told to end a moment ago is waited for.
  const second = serveZoneFiles({ ...options(), journal, keyFolder })
  await first.stop()
  await (await second).stop()
})

test('one folder may hold both', async () => {
  const both = join(folder, 'both')
  await (await serveZoneFiles({ ...options(), journal: both, keyFolder: both })).stop()
})
