import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { fromHex, toHex } from '@cresset/core-codec'
import { platform as browserPlatform } from './platform/browser.ts'
import { chooseEd25519, isCofactorless } from './platform/choice.ts'
import type { Ed25519Backend, Platform } from './platform/interface.ts'
import { growingPlatform, nodePlatform } from './platform/node.ts'
import { loadSodium } from './platform/sodium.ts'
import { ed25519Backends } from './testing/backends.ts'

const native = nodePlatform(loadSodium())
const fallback = nodePlatform(undefined)

const withoutSodium =
  loadSodium() === undefined && process.env['CI'] === undefined && 'sodium-native does not load here'

it('libsodium is used where it loads, OpenSSL where it does not, noble in browsers', { skip: withoutSodium }, () => {
  assert.equal(native.ed25519.name, 'sodium')
  assert.equal(fallback.ed25519.name, 'openssl')
  assert.equal(browserPlatform.ed25519.name, 'noble')
  assert.equal(
    loadSodium(() => {
      throw new Error('not built for this machine')
    }),
    undefined,
  )
})

it('libsodium is loaded once there is enough to do, and not for a few answers', () => {
  let loads = 0
  const growing = growingPlatform(() => {
    loads += 1
    return loadSodium()
  })
  const { publicKey, sign } = growing.ed25519.signerOf(new Uint8Array(32).fill(3))
  const message = new Uint8Array(100)
  const signature = sign(message)
  const output = new Uint8Array(32)
  for (let index = 0; index < 100; index++) {
    assert.ok(growing.ed25519.verify(publicKey, message, signature))
    growing.sha256Into(output, 0, message)
  }
  assert.deepEqual([loads, growing.ed25519.name], [0, 'openssl'])
  for (let index = 0; index < 20_000; index++) growing.sha256Into(output, 0, message)
  assert.deepEqual([loads, growing.ed25519.name], [1, native.ed25519.name])
  assert.ok(growing.ed25519.verify(publicKey, message, signature))
  assert.equal(toHex(output), createHash('sha256').update(message).digest('hex'))
})

it('a key from before libsodium was loaded signs alike after it, and with it', () => {
  let signed = 0
  const sodium = loadSodium()
  const growing = growingPlatform(() =>
    sodium === undefined
      ? undefined
      : {
          ...sodium,
          crypto_sign_detached(signature, message, secretKey) {
            signed++
            sodium.crypto_sign_detached(signature, message, secretKey)
          },
        },
  )
  const seed = new Uint8Array(32).fill(5)
  const { sign } = growing.ed25519.signerOf(seed)
  const expected = toHex(fallback.ed25519.signerOf(seed).sign(seed))
  assert.equal(toHex(sign(seed)), expected)
  assert.equal(signed, 0)
  for (let index = 0; index < 400; index++) assert.equal(toHex(sign(seed)), expected)
  assert.equal(signed > 0, sodium !== undefined)
})

it('where libsodium does not load it is asked for once', () => {
  let loads = 0
  const growing = growingPlatform(() => {
    loads += 1
    return undefined
  })
  const output = new Uint8Array(32)
  for (let index = 0; index < 50_000; index++) growing.sha256Into(output, 0, output)
  assert.deepEqual([loads, growing.ed25519.name], [1, 'openssl'])
})

it('an implementation of another rule is passed over', () => {
  const openssl = ed25519Backends.find(({ name }) => name === 'openssl') as Ed25519Backend
  const cofactored: Ed25519Backend = { ...openssl, name: 'cofactored', verify: () => true }
  const strict: Ed25519Backend = { ...openssl, name: 'refuses mixed order', verify: () => false }
  assert.equal(isCofactorless(cofactored), false)
  assert.equal(isCofactorless(strict), false)
  assert.equal(chooseEd25519([cofactored, strict, openssl]), openssl)
  assert.throws(() => chooseEd25519([cofactored, strict]), /no implementation/)
})

it('all platforms hash alike, whatever the length and alignment', () => {
  const platforms: Platform[] = [native, fallback, browserPlatform]
  for (const length of [0, 1, 31, 32, 55, 56, 63, 64, 65, 127, 1023, 1024, 1025, 100_000]) {
    const input = new Uint8Array(randomBytes(length + 3)).subarray(3)
    const expected = createHash('sha256').update(input).digest('hex')
    for (const { sha256Into } of platforms) {
      const output = new Uint8Array(40).fill(0xee)
      sha256Into(output, 5, input)
      assert.equal(toHex(output), `eeeeeeeeee${expected}eeeeee`, `${length} bytes`)
    }
  }
})

it('the browser condition gives code without a module of Node', () => {
  assert.deepEqual([browserPlatform.ed25519.name, browserPlatform.p256.name], ['noble', 'noble'])
  const source = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context)
        if (found.url.startsWith('node:') || specifier.includes('sodium')) throw new Error('imports ' + specifier)
        return found
      },
    })
    const crypto = await import('@cresset/core-crypto')
    const pair = crypto.keyPairFromSecret('ed25519', new Uint8Array(32).fill(5))
    const signature = crypto.signSync(pair, crypto.sha256(new Uint8Array(3)))
    console.log(Array.from(signature, (byte) => byte.toString(16).padStart(2, '0')).join(''))`
  const run = (conditions: string[]) =>
    execFileSync(
      process.execPath,
      [...conditions.map((name) => `--conditions=${name}`), '--input-type=module', '-e', source],
      {
        cwd: import.meta.dirname,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim()
  assert.throws(() => run(['cresset-source']), /imports node:/)
  const signature = fromHex(run(['cresset-source', 'browser']))
  const own = native.ed25519.signerOf(new Uint8Array(32).fill(5))
  assert.ok(native.ed25519.verify(own.publicKey, createHash('sha256').update(new Uint8Array(3)).digest(), signature))
})
