import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, fromHex } from '@cresset/core-codec'
import { checkSignatureWith, generateKeyPair, signSync } from './index.ts'
import type { SignatureBackends } from './signature.ts'
import { ed25519Backends } from './testing/backends.ts'

/** A library that accepts everything: what is refused in front of it is refused by our own code. */
const credulous: SignatureBackends = {
  ed25519: { name: 'credulous', verify: () => true, signerOf: () => assert.fail('not asked to sign') },
  p256: { name: 'credulous', verify: () => true, publicKeyOf: () => assert.fail('not asked for a key') },
}

const message = new Uint8Array(3)
const ed25519 = generateKeyPair('ed25519', new Uint8Array(32).fill(1))
const p256 = generateKeyPair('p256', new Uint8Array(32).fill(1))
const good = { ed25519: signSync(ed25519, message), p256: signSync(p256, message) }
const accepts = (key: Uint8Array, signature: Uint8Array) => checkSignatureWith(credulous, key, message, signature)

const ones = 'ff'.repeat(30)
const ORDER_8 = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03',
]
/** Point encodings that must be refused, as hex. */
const unusable: Record<string, string> = {
  identity: `01${'00'.repeat(31)}`,
  'identity with a sign': `01${'00'.repeat(30)}80`,
  'identity as p + 1': `ee${ones}7f`,
  'identity as p + 1 with a sign': `ee${ones}ff`,
  'order 2': `ec${ones}7f`,
  'order 2 with a sign': `ec${ones}ff`,
  'order 4': '00'.repeat(32),
  'order 4, negated': `${'00'.repeat(31)}80`,
  'order 4 as p': `ed${ones}7f`,
  'order 4 as p, negated': `ed${ones}ff`,
  'order 8, first': `${ORDER_8[0]}05`,
  'order 8, first negated': `${ORDER_8[0]}85`,
  'order 8, second': `${ORDER_8[1]}7a`,
  'order 8, second negated': `${ORDER_8[1]}fa`,
  'y = p + 2': `ef${ones}7f`,
  'y = p + 3 with a sign': `f0${ones}ff`,
  'y = 2^255 - 1': `ff${ones}7f`,
}
/** The nearest encodings that are not ours to refuse. */
const usable: Record<string, string> = {
  'y = p - 2': `eb${ones}7f`,
  'y = 2': `02${'00'.repeat(31)}`,
  'all ones but one in the middle': `ff${'ff'.repeat(14)}fe${'ff'.repeat(15)}7f`,
  'all ones but the last byte': `ff${ones}7e`,
  'order 8 with another last byte': `${ORDER_8[0]}06`,
}

describe('our own checks, before any library', () => {
  it('let through what is well formed', () => {
    assert.ok(accepts(ed25519.publicKey, good.ed25519))
    assert.ok(accepts(p256.publicKey, good.p256))
  })

  for (const [why, hex] of [...Object.entries(unusable), ...Object.entries(usable)]) {
    const expected = why in usable
    it(`Ed25519: ${expected ? 'let through' : 'refuse'} ${why} as A and as R`, () => {
      const point = fromHex(hex)
      assert.equal(accepts(concatBytes(Uint8Array.of(1), point), good.ed25519), expected)
      assert.equal(accepts(ed25519.publicKey, concatBytes(point, good.ed25519.subarray(32))), expected)
    })
  }

  it('Ed25519: refuse S from the order up', () => {
    const order = 'edd3f55c1a631258d69cf7a2def9de14'
    const limits: [string, boolean][] = [
      [`00${'00'.repeat(31)}`, true],
      [`ec${order.slice(2)}${'00'.repeat(15)}10`, true],
      [`${order}${'00'.repeat(15)}10`, false],
      [`ee${order.slice(2)}${'00'.repeat(15)}10`, false],
      [`00${'00'.repeat(30)}11`, false],
      [`ff${'ff'.repeat(30)}0f`, true],
      ['ff'.repeat(32), false],
    ]
    for (const [hex, expected] of limits) {
      const signature = concatBytes(good.ed25519.subarray(0, 32), fromHex(hex))
      assert.equal(accepts(ed25519.publicKey, signature), expected, hex)
    }
  })

  it('P-256: refuse r and s outside their ranges', () => {
    const n = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325'
    const half = '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192'
    const one = '01'.padStart(64, '0')
    const cases: [r: string, s: string, expected: boolean][] = [
      [one, one, true],
      [`${n}50`, one, true],
      [`${n}51`, one, false],
      [`${n}52`, one, false],
      ['ff'.repeat(32), one, false],
      ['00'.repeat(32), one, false],
      [one, '00'.repeat(32), false],
      [one, `${half}a8`, true],
      [one, `${half}a9`, false],
      [one, `${n}50`, false],
      [one, `${n}52`, false],
    ]
    for (const [r, s, expected] of cases) assert.equal(accepts(p256.publicKey, fromHex(r + s)), expected, `${r} ${s}`)
  })

  it('P-256: refuse points whose x is not reduced or whose form is another', () => {
    const prime = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffff'
    const points: [string, boolean][] = [
      [`02${prime}fe`, true],
      [`03${prime}fe`, true],
      [`02${prime}ff`, false],
      [`02ffffffff00000001${'00'.repeat(8)}00000001${'00'.repeat(12)}`, false],
      [`02${'ff'.repeat(32)}`, false],
      [`00${prime}fe`, false],
      [`01${prime}fe`, false],
      [`04${prime}fe`, false],
      [`06${prime}fe`, false],
    ]
    for (const [hex, expected] of points) {
      assert.equal(accepts(concatBytes(Uint8Array.of(2), fromHex(hex)), good.p256), expected, hex)
    }
  })

  it('leave the points that no library needs to refuse to the equation, which all libraries refuse', () => {
    for (const hex of Object.values(usable)) {
      for (const backend of ed25519Backends) {
        const backends = { ...credulous, ed25519: backend }
        assert.equal(
          checkSignatureWith(backends, concatBytes(Uint8Array.of(1), fromHex(hex)), message, good.ed25519),
          false,
        )
      }
    }
  })
})
