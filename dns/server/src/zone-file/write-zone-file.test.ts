import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { zoneOf } from '../testing/signed-zone.ts'
import { isChanged, ZoneFileError } from './open-master-file.ts'
import { writeZoneFile } from './write-zone-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-write-zone-'))
after(() => rm(folder, { recursive: true, force: true }))

const zone = zoneOf('example', '@ 60 SOA ns host 7 3600 600 604800 300\n@ 60 NS ns\n')

test('a file that is edited while another one is written for its place stays', async () => {
  const path = join(folder, 'edited')
  await writeFile(path, 'as a person wrote it')
  const check = (): void => {
    throw new ZoneFileError('it was edited')
  }
  await assert.rejects(writeZoneFile(path, zone, check), { message: 'it was edited' })
  assert.equal(await readFile(path, 'utf8'), 'as a person wrote it')
  assert.deepEqual(await readdir(folder), ['edited'])
})

test('what tells of later edits is of the bytes that were written', async () => {
  const path = join(folder, 'written')
  const stamp = await writeZoneFile(path, zone, () => undefined)
  assert.equal(stamp.path, path)
  assert.equal(isChanged([stamp]), false)
  await appendFile(path, '; a word more\n')
  assert.equal(isChanged([stamp]), true)
})
