import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { checkSignature, generateKeyPair } from '@cresset/core-crypto'
import { createTlsKeyPair, keyPairFromPkcs8, pkcs8Pem } from './index.ts'

const message = new TextEncoder().encode('message')

describe('PKCS#8', () => {
  it('RFC 8410 section 10.3: the example private key', () => {
    const example =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n'
    const pair = keyPairFromPkcs8(example)
    assert.equal(
      Buffer.from(pair.publicKey).toString('hex'),
      '0119bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1',
    )
    assert.equal(pkcs8Pem(pair), example)
  })

  for (const type of ['ed25519', 'p256'] as const) {
    it(`carries a ${type} key to node:crypto and back`, () => {
      const pair = generateKeyPair(type, new Uint8Array(32).fill(9))
      const pem = pkcs8Pem(pair)
      assert.deepEqual(keyPairFromPkcs8(pem), pair)
      const key = createPrivateKey(pem)
      const algorithm = type === 'ed25519' ? null : 'sha256'
      const signature = sign(algorithm, message, { key, dsaEncoding: 'ieee-p1363' })
      assert.ok(verify(algorithm, message, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, signature))
      if (type === 'ed25519') assert.ok(checkSignature(pair.publicKey, message, new Uint8Array(signature)))
    })
  }

  it('refuses what it is not, without quoting it', () => {
    for (const pem of ['', 'secret', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n']) {
      assert.throws(
        () => keyPairFromPkcs8(pem),
        (error: Error) => error instanceof RangeError && !/secret|c2VjcmV0/.test(error.message),
      )
    }
  })

  it('makes a fresh TLS key each time', () => {
    const [first, second] = [createTlsKeyPair(), createTlsKeyPair()]
    assert.notDeepEqual(first.pair.publicKey, second.pair.publicKey)
    assert.equal(createPrivateKey(first.privateKeyPem).asymmetricKeyDetails?.namedCurve, 'prime256v1')
  })
})
