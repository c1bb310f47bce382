import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex, utf8 } from '@cresset/core-codec'
import { ed25519 } from '@noble/curves/ed25519.js'
import { checkSignature, checkSignatureWith, keyPairFromSecret, publicKeyProblem, signSync } from './index.ts'
import type { P256Backend } from './platform/interface.ts'
import { loadSodium } from './platform/sodium.ts'
import { ed25519Backends, p256Backends } from './testing/backends.ts'
import { CORPUS_CASES, categories, corpusCase, decodeCase, encodeCase, RECORD_BYTES } from './testing/torsion-corpus.ts'

const p256 = p256Backends[0] as P256Backend
const read = (name: string) => readFileSync(new URL(`../vectors/${name}`, import.meta.url))
const tagged = (key: Uint8Array) => concatBytes(Uint8Array.of(1), key)

// In CI a missing library fails; elsewhere it may not be built for the machine.
const withoutSodium =
  loadSodium() === undefined && process.env['CI'] === undefined && 'sodium-native does not load here'

it('every implementation of Ed25519 is compared', { skip: withoutSodium }, () => {
  assert.deepEqual(
    ed25519Backends.map(({ name }) => name),
    ['sodium', 'openssl', 'noble'],
  )
})

// RFC 8032 section 7.1: secret key, public key, message, signature.
const rfc8032: [string, string, string, string, string][] = [
  [
    'TEST 1',
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'TEST 2',
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'TEST 3',
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    'TEST SHA(abc)',
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
]

describe('RFC 8032 section 7.1', () => {
  for (const [name, secret, publicKey, message, signature] of rfc8032) {
    for (const ed25519 of ed25519Backends) {
      it(`${name} with ${ed25519.name}`, () => {
        const signer = ed25519.signerOf(fromHex(secret))
        assert.equal(toHex(signer.publicKey), publicKey)
        assert.equal(toHex(signer.sign(fromHex(message))), signature)
        const key = tagged(fromHex(publicKey))
        assert.ok(checkSignatureWith({ ed25519, p256 }, key, fromHex(message), fromHex(signature)))
      })
    }
    it(`${name} through keys`, () => {
      const pair = keyPairFromSecret('ed25519', fromHex(secret))
      assert.equal(toHex(pair.publicKey), `01${publicKey}`)
      assert.equal(toHex(signSync(pair, fromHex(message))), signature)
      assert.ok(checkSignature(pair.publicKey, fromHex(message), fromHex(signature)))
      assert.equal(publicKeyProblem(pair.publicKey), undefined)
    })
  }
})

interface EdgeCase {
  number: number
  why: string
  valid: boolean
  message: string
  publicKey: string
  signature: string
}

describe('Taming the many EdDSAs', () => {
  const { cases } = JSON.parse(read('taming-the-many-eddsas.json').toString()) as { cases: EdgeCase[] }
  assert.equal(cases.length, 12)
  for (const { number, why, valid, message, publicKey, signature } of cases) {
    it(`case ${number}: ${why}: ${valid ? 'valid' : 'refused'} by all`, () => {
      for (const ed25519 of ed25519Backends) {
        const verdict = checkSignatureWith(
          { ed25519, p256 },
          tagged(fromHex(publicKey)),
          fromHex(message),
          fromHex(signature),
        )
        assert.equal(verdict, valid, ed25519.name)
      }
    })
  }
})

describe('corpus of torsion and malleability', () => {
  const corpus = new Uint8Array(read('ed25519-torsion.bin'))

  it('has 10,000 records, and its generator makes the same', () => {
    assert.equal(corpus.length, CORPUS_CASES * RECORD_BYTES)
    for (let index = 0; index < CORPUS_CASES; index += 37) {
      const expected = corpus.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES)
      assert.equal(toHex(encodeCase(corpusCase(index))), toHex(expected), `record ${index}`)
    }
  })

  it('has teeth: thousands of cases divide the rules', () => {
    let valid = 0
    let divided = 0
    const seen = new Set<string>()
    for (let index = 0; index < CORPUS_CASES; index++) {
      const { category, ...verdict } = decodeCase(corpus, index)
      seen.add(category)
      if (verdict.valid) valid++
      if (verdict.valid !== verdict.cofactored) divided++
    }
    assert.equal(seen.size, categories.length)
    assert.ok(valid > 1500, `${valid} valid`)
    assert.ok(divided > 3000, `${divided} divided`)
  })

  // Noble takes a millisecond a case; a quarter of the corpus still has every category 125 times.
  const strides: Record<string, number> = { sodium: 1, openssl: 1, noble: 4 }
  for (const ed25519 of ed25519Backends) {
    it(`${ed25519.name} behind our checks gives the verdict that the numbers give`, () => {
      const stride = strides[ed25519.name] as number
      // The stride runs along each category, not across them.
      for (let index = 0; index < CORPUS_CASES; index++) {
        if (Math.floor(index / categories.length) % stride !== 0) continue
        const { category, valid, publicKey, signature, message } = decodeCase(corpus, index)
        const verdict = checkSignatureWith({ ed25519, p256 }, tagged(publicKey), message, signature)
        assert.equal(verdict, valid, `record ${index}: ${category}`)
      }
    })
  }

  it("the library's own rule differs on it, which is why it is never called", () => {
    let differs = 0
    for (let index = 0; index < 1000; index++) {
      const { valid, publicKey, signature, message } = decodeCase(corpus, index)
      if (ed25519.verify(signature, message, publicKey) !== valid) differs++
    }
    assert.ok(differs > 200, `${differs} of 1000`)
  })
})

describe('Ed25519', () => {
  const pair = keyPairFromSecret('ed25519', new Uint8Array(32).fill(1))
  const message = utf8('a message of some length, longer than any buffer that stays on the heap of the engine')

  it('is refused with any one bit of key, signature or message changed', () => {
    const signature = signSync(pair, message)
    assert.ok(checkSignature(pair.publicKey, message, signature))
    const parts = [pair.publicKey, message, signature] as const
    for (let part = 0; part < parts.length; part++) {
      const length = (parts[part] as Uint8Array).length
      for (let bit = 0; bit < length * 8; bit++) {
        const changed = parts.map((bytes) => Uint8Array.from(bytes)) as [Uint8Array, Uint8Array, Uint8Array]
        const bytes = changed[part] as Uint8Array
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(checkSignature(...changed), false, `part ${part} bit ${bit}`)
      }
    }
  })

  it('is refused in another length, type or form', () => {
    const signature = signSync(pair, message)
    for (const length of [0, 1, 63, 65, 128]) {
      const other = new Uint8Array(length)
      other.set(signature.subarray(0, length))
      assert.equal(checkSignature(pair.publicKey, message, other), false)
    }
    for (const key of [new Uint8Array(0), pair.publicKey.subarray(1), concatBytes(pair.publicKey, Uint8Array.of(0))]) {
      assert.equal(checkSignature(key, message, signature), false)
    }
    for (const type of [0, 2, 3, 255]) {
      const key = Uint8Array.from(pair.publicKey)
      key[0] = type
      assert.equal(checkSignature(key, message, signature), false)
      assert.equal(publicKeyProblem(key), type === 2 ? 'bad-key' : 'unknown-key-type')
    }
  })

  it('signs messages of any length alike with every implementation', () => {
    for (const length of [0, 1, 63, 64, 65, 1023, 1024, 1025, 70_000]) {
      const long = new Uint8Array(length).fill(length)
      const signatures = ed25519Backends.map((backend) => toHex(backend.signerOf(pair.secret).sign(long)))
      assert.equal(new Set(signatures).size, 1, `${length} bytes`)
      assert.ok(checkSignature(pair.publicKey, long, fromHex(signatures[0] as string)))
    }
  })

  it('knows bad public keys', () => {
    const bad: Record<string, string> = {
      'the identity': '0100000000000000000000000000000000000000000000000000000000000000',
      'order 8': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'order 8, negated': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
      'order 4': '0000000000000000000000000000000000000000000000000000000000000080',
      'order 2': 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'y not reduced': 'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'not on the curve': '0200000000000000000000000000000000000000000000000000000000000000',
    }
    for (const [why, hex] of Object.entries(bad)) assert.equal(publicKeyProblem(tagged(fromHex(hex))), 'bad-key', why)
  })

  it('never signs under a public key that is not the secret’s own', () => {
    const other = keyPairFromSecret('ed25519', new Uint8Array(32).fill(2))
    const mixed = { type: 'ed25519' as const, publicKey: other.publicKey, secret: pair.secret }
    assert.deepEqual(signSync(mixed, message), signSync(pair, message))
  })
})
