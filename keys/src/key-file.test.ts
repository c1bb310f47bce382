import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { toBase64Url, toHex, utf8 } from '@cresset/core-codec'
import { checkSignature, generateKeyPair, hmacSha256 } from '@cresset/core-crypto'
import {
  createKeyFile,
  createPublicKeyFile,
  describeKeyFile,
  KeyFileError,
  type KeyFileErrorCode,
  openKeyFile,
  readPublicKey,
} from './index.ts'
import { fileSystemError } from './key-file-error.ts'
import { formatKeyFile } from './key-file-format.ts'

const passphrase = utf8('correct horse battery staple')
// Milliseconds instead of half a second; the default is covered once.
const scryptCost = { logN: 10, r: 8, p: 1 }
const message = utf8('message')

let folder: string
let count = 0
const newPath = () => join(folder, `${count++}.key`)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-keys-'))
})
after(() => rm(folder, { recursive: true }))

async function refuses(promise: Promise<unknown>, code: KeyFileErrorCode, path: string): Promise<KeyFileError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}`),
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof KeyFileError, String(error))
  assert.equal(error.code, code, error.message)
  assert.ok(error.message.startsWith(`${path}: `) && !error.message.includes('\n'), error.message)
  return error
}

describe('key files', () => {
  for (const type of ['ed25519', 'p256'] as const) {
    for (const protectedBy of [undefined, passphrase]) {
      it(`keep a ${type} key ${protectedBy ? 'under a passphrase' : 'in the clear'}`, async () => {
        const path = newPath()
        const created = await createKeyFile(path, {
          type,
          comment: 'founder',
          scryptCost,
          ...(protectedBy && { passphrase: protectedBy }),
        })
        const opened = await openKeyFile(path, { passphrase: async () => passphrase })
        assert.deepEqual(opened.publicKey, created.publicKey)
        assert.equal(opened.type, type)
        assert.equal(opened.comment, 'founder')
        assert.ok(checkSignature(created.publicKey, message, await opened.sign(message)))
        assert.ok(checkSignature(created.publicKey, message, opened.signSync(message)))
        assert.deepEqual(await opened.secretFor(message), hmacSha256(created.exportKeyPair().secret, message))
        assert.deepEqual(await readPublicKey(path), created.publicKey)
        assert.equal((await describeKeyFile(path)).holds, protectedBy ? 'encrypted' : 'plain')
        assert.equal((await stat(path)).mode & 0o777, 0o600)
      })
    }
  }

  it('use scrypt with N = 2^17 by default', async () => {
    const path = newPath()
    await createKeyFile(path, { passphrase })
    const { logN, r, p } = JSON.parse(await readFile(path, 'utf8')).scrypt
    assert.deepEqual({ logN, r, p }, { logN: 17, r: 8, p: 1 })
    await openKeyFile(path, { passphrase: async () => passphrase })
  })

  it('hold no trace of the secret under a passphrase', async () => {
    const path = newPath()
    const { secret } = (await createKeyFile(path, { passphrase, scryptCost })).exportKeyPair()
    const content = await readFile(path, 'utf8')
    assert.ok(!content.includes(toBase64Url(secret)) && !content.includes(toHex(secret)))
  })

  it('show no secret when the key is printed', async () => {
    const key = await createKeyFile(newPath())
    const { secret } = key.exportKeyPair()
    for (const shown of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), String(key)]) {
      assert.ok(!shown.includes(toHex(secret)) && !shown.includes(toBase64Url(secret)), shown)
    }
  })

  it('are never overwritten, and leave no temporary file', async () => {
    const path = newPath()
    const first = await createKeyFile(path)
    await refuses(createKeyFile(path), 'exists', path)
    assert.deepEqual(await readPublicKey(path), first.publicKey)
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    )
    const dangling = newPath()
    await symlink(join(folder, 'nowhere'), dangling)
    await refuses(createKeyFile(dangling), 'exists', dangling)
  })

  it('are made once when two make the same', async () => {
    const path = newPath()
    const made = await Promise.allSettled(Array.from({ length: 8 }, () => createKeyFile(path)))
    const winners = made.filter((result) => result.status === 'fulfilled')
    assert.equal(winners.length, 1)
    assert.deepEqual(await readPublicKey(path), winners[0]?.value.publicKey)
  })

  it('are refused when others can read or write them', async () => {
    for (const mode of [0o640, 0o604, 0o660, 0o644, 0o620, 0o601]) {
      const path = newPath()
      await createKeyFile(path)
      await chmod(path, mode)
      const error = await refuses(openKeyFile(path), 'permissions', path)
      assert.match(error.message, /chmod 600/)
      await refuses(readPublicKey(path), 'permissions', path)
    }
    const path = newPath()
    await createKeyFile(path)
    await chmod(path, 0o400)
    await openKeyFile(path)
  })

  it('are refused truncated at any byte', async () => {
    for (const options of [{}, { passphrase, scryptCost }]) {
      const path = newPath()
      await createKeyFile(path, options)
      const whole = await readFile(path)
      for (let length = 0; length < whole.length - 1; length++) {
        const cut = newPath()
        await writeFile(cut, whole.subarray(0, length), { mode: 0o600 })
        const expected = length < 16 ? 'not-a-key-file' : 'damaged'
        await refuses(openKeyFile(cut, { passphrase: async () => passphrase }), expected, cut)
      }
    }
  })

  it('are refused with any one bit changed', async () => {
    const path = newPath()
    const key = await createKeyFile(path, { passphrase, scryptCost, comment: 'bits' })
    const whole = await readFile(path)
    const changed = newPath()
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const copy = Buffer.from(whole)
      copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
      await writeFile(changed, copy, { mode: 0o600 })
      const outcome = await openKeyFile(changed, { passphrase: async () => passphrase }).catch(
        (error: unknown) => error,
      )
      // White space between the values may change; nothing else may.
      if (outcome instanceof KeyFileError) assert.match(outcome.code, /^(damaged|not-a-key-file|unknown-version)$/)
      else assert.deepEqual((outcome as typeof key).toJSON(), key.toJSON(), `bit ${bit}`)
    }
  })

  it('are refused with a secret of another key, even with a fresh check', async () => {
    const path = newPath()
    const other = generateKeyPair('ed25519', new Uint8Array(32).fill(7))
    const mine = generateKeyPair('ed25519', new Uint8Array(32).fill(8))
    await assert.rejects(createKeyFile(path, { pair: { ...mine, secret: other.secret } }), RangeError)
    const content = formatKeyFile({
      publicKey: mine.publicKey,
      comment: '',
      protection: undefined,
      secret: other.secret,
    })
    await writeFile(path, content, { mode: 0o600 })
    await refuses(openKeyFile(path), 'damaged', path)
  })

  it('tell a wrong passphrase from damage', async () => {
    const path = newPath()
    await createKeyFile(path, { passphrase, scryptCost })
    await refuses(openKeyFile(path, { passphrase: async () => utf8('wrong') }), 'wrong-passphrase', path)
    await refuses(openKeyFile(path), 'wrong-passphrase', path)
    await refuses(openKeyFile(path, { passphrase: async () => new Uint8Array(0) }), 'bad-passphrase', path)
    await refuses(
      createKeyFile(newPath(), { passphrase: new Uint8Array(0) }),
      'bad-passphrase',
      join(folder, `${count - 1}.key`),
    )
  })

  it('ask for no passphrase when there is none', async () => {
    const path = newPath()
    await createKeyFile(path)
    await openKeyFile(path, { passphrase: () => assert.fail('asked') })
  })

  it('of a later version name the release to use', async () => {
    const path = newPath()
    await writeFile(path, '{"cressetKey": 2}', { mode: 0o600 })
    await refuses(openKeyFile(path), 'unknown-version', path)
  })

  it('cannot ask for unbounded work', async () => {
    const path = newPath()
    const { publicKey } = await createKeyFile(path)
    const protection = { logN: 10, r: 8, p: 1, salt: new Uint8Array(32), nonce: new Uint8Array(12) }
    const withCost = async (cost: Partial<typeof protection>) => {
      const file = newPath()
      const stored = { publicKey, comment: '', protection: { ...protection, ...cost }, secret: new Uint8Array(48) }
      await writeFile(file, formatKeyFile(stored), { mode: 0o600 })
      return file
    }
    for (const cost of [{ logN: 40 }, { r: 255 }, { p: 200 }, { logN: 1 }, { logN: 20, r: 16 }]) {
      const file = await withCost(cost)
      await refuses(openKeyFile(file, { passphrase: () => assert.fail('asked') }), 'damaged', file)
    }
    const bounded = await withCost({})
    await refuses(openKeyFile(bounded, { passphrase: async () => passphrase }), 'wrong-passphrase', bounded)
  })

  it('name the failure of the file system in words', () => {
    const codes = { ENOSPC: 'no-space', EDQUOT: 'no-space', EACCES: 'permissions', EROFS: 'io', EEXIST: 'exists' }
    for (const [code, expected] of Object.entries(codes)) {
      const error = fileSystemError('/a.key', Object.assign(new Error('raw'), { code }))
      assert.equal(error.code, expected)
      assert.match(error.message, /^\/a\.key: [^\n]+$/)
    }
  })

  it('that are missing, folders, huge or something else get one line', async () => {
    const missing = newPath()
    await refuses(openKeyFile(missing), 'not-found', missing)
    await refuses(openKeyFile(folder), 'not-a-key-file', folder)
    await refuses(createKeyFile(join(folder, 'no', 'such.key')), 'not-found', join(folder, 'no', 'such.key'))
    for (const content of [
      '{}',
      'null',
      '[]',
      '-----BEGIN PRIVATE KEY-----\n',
      '\u0000'.repeat(100),
      'x'.repeat(5000),
    ]) {
      const path = newPath()
      await writeFile(path, content, { mode: 0o600 })
      await refuses(openKeyFile(path), 'not-a-key-file', path)
    }
  })

  it('with the public key alone may be read by others and sign nothing', async () => {
    const key = await createKeyFile(newPath(), { type: 'p256' })
    const path = newPath()
    await createPublicKeyFile(path, key.publicKey, 'node 3')
    assert.equal((await stat(path)).mode & 0o777, 0o644)
    assert.deepEqual(await describeKeyFile(path), {
      type: 'p256',
      publicKey: key.publicKey,
      comment: 'node 3',
      holds: 'public',
    })
    await chmod(path, 0o600)
    await refuses(openKeyFile(path), 'no-secret', path)
  })

  it('refuse a comment over 256 bytes before anything is written', async () => {
    const path = newPath()
    await assert.rejects(createKeyFile(path, { comment: 'é'.repeat(129) }), RangeError)
    await refuses(readPublicKey(path), 'not-found', path)
  })
})
