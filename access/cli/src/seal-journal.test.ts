import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FileSealJournal, stateFolder } from './seal-journal.ts'

let folder: string
let journal: FileSealJournal
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-journal-'))
  journal = new FileSealJournal(join(folder, 'deep', 'state'))
})
after(() => rm(folder, { recursive: true }))

const place = { chainId: 'test-0123456789abcdef', sender: new Uint8Array(32).fill(1), sequence: 5 }
const seal = (name: string, fill: number) => ({ ...place, name, salt: new Uint8Array(16).fill(fill) })
const secret = new Uint8Array(32).fill(9)

test('a kept secret is found for its seal alone, in a file for this user alone', async () => {
  await journal.keep(seal('shop.acme', 2), secret)
  const { salt } = seal('shop.acme', 2)
  assert.deepEqual(await journal.find(place, salt), secret)
  assert.equal(await journal.find(place, new Uint8Array(16)), undefined)
  assert.equal(await journal.find({ ...place, sequence: 6 }, salt), undefined)
  assert.equal(await journal.find({ ...place, chainId: 'other' }, salt), undefined)
  assert.equal(await journal.find({ ...place, sender: new Uint8Array(32) }, salt), undefined)
  assert.equal((await stat(journal.folder)).mode & 0o777, 0o700)
  const [file = ''] = await readdir(journal.folder)
  assert.equal((await stat(join(journal.folder, file))).mode & 0o777, 0o600)
})

test('a secret is never overwritten', async () => {
  await assert.rejects(journal.keep(seal('shop.acme', 2), new Uint8Array(32)), { code: 'exists' })
  assert.deepEqual(await journal.find(place, seal('shop.acme', 2).salt), secret)
})

test('what is settled is forgotten: this name of this sender on this ledger', async () => {
  await journal.keep(seal('shop.acme', 3), secret)
  await journal.keep(seal('other.acme', 4), secret)
  await journal.forget('other-ledger', place.sender, 'shop.acme')
  await journal.forget(place.chainId, new Uint8Array(32), 'shop.acme')
  assert.equal((await readdir(journal.folder)).length, 3)
  await journal.forget(place.chainId, place.sender, 'shop.acme')
  assert.equal((await readdir(journal.folder)).length, 1)
  assert.deepEqual(await journal.find(place, seal('other.acme', 4).salt), secret)
})

test('a damaged file says what is lost with it, and does not keep others from being forgotten', async () => {
  const [file = ''] = await readdir(journal.folder)
  const path = join(journal.folder, file)
  const content = await readFile(path, 'utf8')
  for (const length of [0, 10, content.length - 3]) {
    await writeFile(path, content)
    await truncate(path, length)
    await assert.rejects(journal.find(place, seal('other.acme', 4).salt), /is damaged; without it the seal/)
    await journal.forget(place.chainId, place.sender, 'other.acme')
  }
  assert.equal((await readdir(journal.folder)).length, 1)
})

test('the folder for state: CRESSET_STATE, XDG_STATE_HOME, the home folder', () => {
  assert.equal(stateFolder({ CRESSET_STATE: '/a', XDG_STATE_HOME: '/b' }), '/a')
  assert.equal(stateFolder({ XDG_STATE_HOME: '/b' }), '/b/cresset')
  assert.match(stateFolder({}), /\/\.local\/state\/cresset$/)
})
