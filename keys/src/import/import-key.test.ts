import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { toHex, utf8 } from '@cresset/core-codec'
import { generateKeyPair } from '@cresset/core-crypto'
import { skipWithout } from '../../../tools/system-tools.ts'
import { pkcs8Pem } from '../pkcs8.ts'
import { bcryptPbkdf } from './bcrypt-pbkdf.ts'
import type { ImportError } from './import-error.ts'
import { importKey, importKeyFile } from './import-key.ts'

const never = (): Promise<Uint8Array> => assert.fail('no passphrase is needed')
const says = (text: string) => async () => utf8(text)
const code = (expected: string) => (error: ImportError) => {
  assert.doesNotMatch(error.message, /\n/)
  return error.code === expected
}

describe('bcrypt_pbkdf', () => {
  // The vectors of OpenBSD's regress/lib/libutil/bcrypt_pbkdf.
  const vectors: [rounds: number, passphrase: string, salt: string, key: string][] = [
    [4, 'password', 'salt', '5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9'],
    [
      8,
      'password',
      'salt',
      'e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d',
    ],
  ]
  for (const [rounds, passphrase, salt, key] of vectors) {
    it(`${rounds} rounds, ${key.length / 2} bytes`, () => {
      assert.equal(toHex(new Uint8Array(bcryptPbkdf(utf8(passphrase), utf8(salt), rounds, key.length / 2))), key)
    })
  }
})

describe('keys of ssh-keygen', { skip: skipWithout('ssh-keygen') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cresset-import-'))
  after(() => rmSync(folder, { recursive: true }))
  let made = 0
  const make = (...args: string[]): string => {
    const path = join(folder, `key${made++}`)
    execFileSync('ssh-keygen', ['-q', '-f', path, '-C', 'ann@harbour', ...args])
    return path
  }
  /** The public key that ssh-keygen wrote beside it: the last field of the blob. */
  const publicHalf = (path: string): Buffer =>
    Buffer.from(readFileSync(`${path}.pub`, 'latin1').split(' ')[1] as string, 'base64')

  it('Ed25519, plain and under a passphrase', async () => {
    for (const passphrase of ['', 'open sesame']) {
      const path = make('-t', 'ed25519', '-N', passphrase)
      const key = await importKeyFile(path, passphrase === '' ? never : says(passphrase))
      assert.equal(key.comment, 'ann@harbour')
      assert.equal(key.encrypted, passphrase !== '')
      assert.deepEqual(Buffer.from(key.pair.publicKey.subarray(1)), publicHalf(path).subarray(-32))
    }
  })

  it('P-256, whose scalars have leading zeros now and then', async () => {
    for (let count = 0; count < 4; count++) {
      const path = make('-t', 'ecdsa', '-b', '256', '-N', '')
      const { pair } = await importKeyFile(path, never)
      assert.deepEqual(Buffer.from(pair.publicKey.subarray(2)), publicHalf(path).subarray(-64, -32))
    }
  })

  it('refuses other keys and ciphers, wrong passphrases, and files that others can read', async () => {
    await assert.rejects(importKeyFile(make('-t', 'rsa', '-b', '2048', '-N', ''), never), code('unsupported'))
    await assert.rejects(importKeyFile(make('-t', 'ecdsa', '-b', '384', '-N', ''), never), code('unsupported'))
    const other = make('-t', 'ed25519', '-N', 'open sesame', '-Z', 'aes256-cbc')
    await assert.rejects(importKeyFile(other, says('open sesame')), code('unsupported'))
    const locked = make('-t', 'ed25519', '-N', 'open sesame', '-a', '2')
    await assert.rejects(importKeyFile(locked, says('wrong')), code('wrong-passphrase'))
    chmodSync(locked, 0o644)
    await assert.rejects(importKeyFile(locked, never), code('permissions'))
  })

  it('refuses every truncation and every altered byte of a plain key, or reads the same key', async () => {
    const path = make('-t', 'ed25519', '-N', '')
    const pem = readFileSync(path, 'latin1')
    const { pair } = await importKeyFile(path, never)
    const bytes = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
    const wrap = (content: Uint8Array) =>
      utf8(
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from(content).toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`,
      )
    assert.deepEqual((await importKey(wrap(bytes), never)).pair, pair)
    for (let length = 0; length < bytes.length; length++) {
      await assert.rejects(importKey(wrap(bytes.subarray(0, length)), never), { name: 'ImportError' })
    }
    for (let at = 0; at < bytes.length; at++) {
      const altered = Uint8Array.from(bytes)
      altered[at] = (altered[at] as number) ^ 1
      const read = await importKey(wrap(altered), never).catch((error: ImportError) => {
        assert.equal(error.name, 'ImportError')
        return undefined
      })
      // The outer public key, the end of the secret and the comment say nothing about the key.
      if (read) assert.deepEqual(read.pair.publicKey, pair.publicKey)
    }
  })
})

describe('keys in PKCS#8', () => {
  for (const type of ['ed25519', 'p256'] as const) {
    it(`${type}, plain and under a passphrase`, async () => {
      const pair = generateKeyPair(type, new Uint8Array(32).fill(7))
      const plain = await importKey(utf8(pkcs8Pem(pair)), never)
      assert.deepEqual(plain, { pair, comment: '', format: 'PKCS#8', encrypted: false })
      const generated =
        type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const pem = generated.privateKey.export({
        format: 'pem',
        type: 'pkcs8',
        cipher: 'aes-256-cbc',
        passphrase: 'open sesame',
      })
      const opened = await importKey(utf8(pem.toString()), says('open sesame'))
      assert.equal(pkcs8Pem(opened.pair), generated.privateKey.export({ format: 'pem', type: 'pkcs8' }))
      await assert.rejects(importKey(utf8(pem.toString()), says('wrong')), code('wrong-passphrase'))
    })
  }

  it('refuses everything else in one line that quotes nothing', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cases: [content: string, code: string][] = [
      [rsa.export({ format: 'pem', type: 'pkcs8' }).toString(), 'unsupported'],
      [rsa.export({ format: 'pem', type: 'pkcs1' }).toString(), 'unsupported'],
      [p384.export({ format: 'pem', type: 'pkcs8' }).toString(), 'unsupported'],
      [p256.privateKey.export({ format: 'pem', type: 'sec1' }).toString(), 'unsupported'],
      [p256.publicKey.export({ format: 'pem', type: 'spki' }).toString(), 'unsupported'],
      ['', 'not-a-key'],
      ['secret', 'not-a-key'],
      ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n', 'damaged'],
      ['x'.repeat(20_000), 'not-a-key'],
    ]
    for (const [content, expected] of cases) {
      await assert.rejects(importKey(utf8(content), never), (error: ImportError) => {
        assert.doesNotMatch(error.message, /secret[^ ]|c2VjcmV0/)
        return code(expected)(error)
      })
    }
  })
})
