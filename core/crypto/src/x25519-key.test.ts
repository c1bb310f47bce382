import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { fromHex } from '@cresset/core-codec'
import { x25519KeyProblem } from './index.ts'

const smallOrder = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
]
const notCanonical = [`ed${'ff'.repeat(30)}7f`, `ee${'ff'.repeat(30)}7f`, 'ff'.repeat(32), `09${'00'.repeat(30)}80`]

function keyObject(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
}

test('RFC 7748 6.1: keys whose shared secret is zero are refused, as OpenSSL refuses them', () => {
  const { privateKey } = generateKeyPairSync('x25519')
  for (const hex of smallOrder) {
    assert.equal(x25519KeyProblem(fromHex(hex)), 'small-order', hex)
    assert.throws(() => diffieHellman({ privateKey, publicKey: keyObject(fromHex(hex)) }), hex)
  }
})

test('one key has one encoding', () => {
  for (const hex of notCanonical) assert.equal(x25519KeyProblem(fromHex(hex)), 'not-canonical', hex)
  assert.equal(x25519KeyProblem(new Uint8Array(31)), 'length')
})

test('keys as they are made are good, and so are the neighbours of bad ones', () => {
  for (let count = 0; count < 20; count++) {
    const { x = '' } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })
    assert.equal(x25519KeyProblem(new Uint8Array(Buffer.from(x, 'base64url'))), undefined)
  }
  for (const hex of [
    `02${'00'.repeat(31)}`,
    `eb${'ff'.repeat(30)}7f`,
    `09${'00'.repeat(31)}`,
    `01${'00'.repeat(30)}01`,
  ])
    assert.equal(x25519KeyProblem(fromHex(hex)), undefined, hex)
})
