import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex, uint32ToBytes, utf8 } from '@cresset/core-codec'
import { chacha20, chacha20poly1305 } from '@noble/ciphers/chacha.js'
import fc from 'fast-check'
import {
  hkdfSha256,
  openBox,
  SEALED_BYTES,
  SEALED_PLAINTEXT_BYTES,
  sealBox,
  sealCommitment,
  taggedHash,
} from './index.ts'

const r = new Uint8Array(32).fill(1)
const salt = new Uint8Array(16).fill(2)
const associatedData = utf8('sender, chain id, sequence')

describe('RFC 8439 section 2.8.2: ChaCha20-Poly1305', () => {
  it('the example, as node:crypto does it too', () => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)
    const nonce = fromHex('070000004041424344454647')
    const associated = fromHex('50515253c0c1c2c3c4c5c6c7')
    const plaintext = utf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    )
    const sealed = chacha20poly1305(key, nonce, associated).encrypt(plaintext)
    assert.equal(toHex(sealed.subarray(0, 16)), 'd31a8d34648e60db7b86afbc53ef7ec2')
    assert.equal(toHex(sealed.subarray(-16)), '1ae10b594f09e26a7e902ecbd0600691')
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 })
    cipher.setAAD(associated, { plaintextLength: plaintext.length })
    assert.equal(
      toHex(sealed),
      Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('hex'),
    )
  })
})

describe('sealed boxes', () => {
  it('have 512 bytes and open to what was sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: SEALED_PLAINTEXT_BYTES }), (input) => {
        const plaintext = Uint8Array.from(input)
        const seal = sealBox({ r, plaintext, associatedData, salt })
        assert.equal(seal.ciphertext.length, SEALED_BYTES)
        assert.deepEqual(openBox({ r, ...seal, associatedData, salt }), plaintext)
      }),
    )
    for (const end of [0x00, 0x80]) {
      const plaintext = new Uint8Array(40).fill(end)
      assert.deepEqual(
        openBox({ r, ...sealBox({ r, plaintext, associatedData, salt }), associatedData, salt }),
        plaintext,
      )
    }
  })

  it('open with nothing changed and not otherwise', () => {
    const seal = sealBox({ r, plaintext: utf8('registration'), associatedData, salt })
    const whole = { r, ...seal, associatedData, salt }
    assert.ok(openBox(whole))
    for (const part of ['r', 'ciphertext', 'commitment', 'associatedData', 'salt'] as const) {
      for (let bit = 0; bit < whole[part].length * 8; bit += 7) {
        const changed = Uint8Array.from(whole[part])
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
        assert.equal(openBox({ ...whole, [part]: changed }), undefined, `${part} bit ${bit}`)
      }
      assert.equal(openBox({ ...whole, [part]: whole[part].subarray(1) }), undefined, `${part} cut`)
    }
    const copied = { ...whole, associatedData: utf8('another sender') }
    assert.equal(openBox(copied), undefined)
  })

  it('refuse what does not fit', () => {
    const plaintext = new Uint8Array(SEALED_PLAINTEXT_BYTES)
    assert.throws(() => sealBox({ r, plaintext: new Uint8Array(496), associatedData, salt }), RangeError)
    assert.throws(() => sealBox({ r: new Uint8Array(31), plaintext, associatedData, salt }), RangeError)
    assert.throws(() => sealBox({ r, plaintext, associatedData, salt: new Uint8Array(15) }), RangeError)
  })

  it('do not open without the mark at the end of the plaintext', () => {
    const commitment = sealCommitment(r)
    for (const plain of [
      new Uint8Array(496),
      new Uint8Array(496).fill(7),
      new Uint8Array(495).fill(0x80),
      new Uint8Array(497).fill(0x80),
    ]) {
      const { key, nonce, bound } = derive(r, commitment)
      const ciphertext = chacha20poly1305(key, nonce, bound).encrypt(plain)
      assert.equal(openBox({ r, ciphertext, commitment, associatedData, salt }), undefined)
    }
  })

  it('cannot be opened as two registrations, though the cipher alone would allow it', () => {
    const { ciphertext, first, second } = twoKeyCiphertext()
    const commitment = sealCommitment(first)
    // The cipher takes the one ciphertext under both keys, and gives two different registrations …
    const plain = [first, second].map((r) => {
      const { key, nonce, bound } = derive(r, commitment)
      return chacha20poly1305(key, nonce, bound).decrypt(ciphertext)
    }) as [Uint8Array, Uint8Array]
    assert.ok(new TextDecoder().decode(plain[0]).startsWith('register alice.e'))
    assert.ok(new TextDecoder().decode(plain[1].subarray(16)).startsWith('register bob.exa'))
    // … which both have a valid end, so that nothing but the commitment stands between them.
    for (const text of plain) assert.equal(text[495], 0x80)
    assert.deepEqual(openBox({ r: first, ciphertext, commitment, associatedData, salt }), plain[0].subarray(0, 495))
    assert.equal(openBox({ r: second, ciphertext, commitment, associatedData, salt }), undefined)
  })
})

/** Key, nonce and associated data as the format defines them, written a second time. */
function derive(r: Uint8Array, commitment: Uint8Array) {
  const derived = hkdfSha256(r, salt, utf8('cresset/seal/v1'), 44)
  const bound = taggedHash('cresset/seal-associated-data/v1', associatedData, salt, commitment)
  return { key: derived.subarray(0, 32), nonce: derived.subarray(32), bound }
}

/**
 * One ciphertext with a valid tag under two keys. Poly1305 is a polynomial over 2^130 − 5 in a key that whoever made both knows, so
 * two of the 31 ciphertext blocks can be solved for from two linear equations; the rest is free.
 */
function twoKeyCiphertext(): { ciphertext: Uint8Array; first: Uint8Array; second: Uint8Array } {
  const prime = 2n ** 130n - 5n
  const block = 2n ** 128n
  const first = r
  const commitment = sealCommitment(first)
  const materialOf = (secret: Uint8Array) => {
    const { key, nonce, bound } = derive(secret, commitment)
    // Block 0 of the key stream is the one-time key (RFC 8439 section 2.6); the plaintext starts at block 1.
    const stream = chacha20(key, nonce, new Uint8Array(64 + 496))
    const rKey = littleEndian(stream.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
    return { bound, stream: stream.subarray(64), rKey, sKey: littleEndian(stream.subarray(16, 32)) }
  }
  const one = materialOf(first)
  for (let tries = 0; ; tries++) {
    const second = concatBytes(new Uint8Array(28), uint32ToBytes(tries))
    const two = materialOf(second)
    // Both plaintexts must end in the mark.
    if (one.stream[495] !== two.stream[495]) continue

    const ciphertext = new Uint8Array(496)
    xorInto(ciphertext, 0, utf8('register alice.e'), one.stream)
    xorInto(ciphertext, 16, utf8('register bob.exa'), two.stream)
    ciphertext[495] = 0x80 ^ (one.stream[495] as number)

    const lengths = concatBytes(fromLittleEndian(32n, 8), fromLittleEndian(496n, 8))
    const [freeA, freeB] = [10 * 16, 11 * 16]
    const hashOf = ({ bound, rKey }: typeof one) => {
      let sum = 0n
      const data = concatBytes(bound, ciphertext, lengths)
      for (let at = 0; at < data.length; at += 16) {
        const isFree = at === 32 + freeA || at === 32 + freeB
        const value = isFree ? 0n : littleEndian(data.subarray(at, at + 16)) + block
        sum = ((sum + value) * rKey) % prime
      }
      return sum
    }
    // Powers of the key at the two free blocks: 34 blocks are hashed, the block at position i has the power 34 − i.
    const powers = ({ rKey }: typeof one) => [power(rKey, 34 - 12, prime), power(rKey, 34 - 13, prime)] as const
    const [[a1, b1], [a2, b2]] = [powers(one), powers(two)]
    for (let guess = 0n; guess < 64n; guess++) {
      const tag = (block / 64n) * guess
      const target = (key: typeof one) => (((tag - key.sKey) % block) + block) % block
      const t1 = (((target(one) - hashOf(one)) % prime) + prime) % prime
      const t2 = (((target(two) - hashOf(two)) % prime) + prime) % prime
      const determinant = (((a1 * b2 - a2 * b1) % prime) + prime) % prime
      const inverse = power(determinant, prime - 2n, prime)
      const x = ((((t1 * b2 - t2 * b1) * inverse) % prime) + prime) % prime
      const y = ((((a1 * t2 - a2 * t1) * inverse) % prime) + prime) % prime
      // A block is 128 bits with a one above; one solution in sixteen has that form.
      if (x < block || x >= 2n * block || y < block || y >= 2n * block) continue
      ciphertext.set(fromLittleEndian(x - block, 16), freeA)
      ciphertext.set(fromLittleEndian(y - block, 16), freeB)
      return { ciphertext: concatBytes(ciphertext, fromLittleEndian(tag, 16)), first, second }
    }
  }
}

function xorInto(target: Uint8Array, at: number, text: Uint8Array, stream: Uint8Array): void {
  for (let index = 0; index < text.length; index++)
    target[at + index] = (text[index] as number) ^ (stream[at + index] as number)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function fromLittleEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * index)) & 255n))
}

function power(base: bigint, exponent: bigint | number, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
