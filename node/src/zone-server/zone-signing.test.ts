import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import type { ZoneKeyAlgorithm } from './keys/zone-key-folder.ts'
import { ZoneSigningFolder } from './zone-signing.ts'

const apex = parseAbsoluteName('example.org')
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-zone-signing-'))
})
after(() => rm(folder, { recursive: true }))

/** DNSSEC number, length of the public key and tag of a zone's key. */
async function keyOf(name: string, algorithm?: ZoneKeyAlgorithm): Promise<readonly number[]> {
  const { keys } = await new ZoneSigningFolder(join(folder, name), { algorithm }).keysOf(apex)
  const [key] = keys
  assert.ok(key !== undefined)
  assert.equal(key.sign(Uint8Array.of(1)).length, 64)
  return [key.algorithm, key.dnskey.length - 4, key.tag]
}

test('a key is made of the algorithm that is asked for, Ed25519 by default, and for its owner alone', async () => {
  assert.deepEqual((await keyOf('default')).slice(0, 2), [15, 32])
  assert.deepEqual((await keyOf('edwards', 'ed25519')).slice(0, 2), [15, 32])
  assert.deepEqual((await keyOf('p256', 'ecdsap256sha256')).slice(0, 2), [13, 64])
  const path = join(folder, 'p256', 'example.org.pem')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.match(await readFile(path, 'latin1'), /^-----BEGIN PRIVATE KEY-----/)
})

test('a key that is there stays, whatever the algorithm that new ones get', async () => {
  const made = await keyOf('kept', 'ecdsap256sha256')
  assert.deepEqual(await keyOf('kept', 'ed25519'), made)
  assert.deepEqual(await keyOf('kept'), made)
})
