import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes } from '@cresset/core-codec'
import fc from 'fast-check'
import {
  decryptFile,
  encryptFile,
  FILE_CHUNK_BYTES,
  FileCipherError,
  type FileCipherErrorCode,
  readFileSalt,
} from './index.ts'

const secret = new Uint8Array(32).fill(3)
const salt = new Uint8Array(32).fill(4)

async function* stream(bytes: Uint8Array, partBytes = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

const encrypt = (bytes: Uint8Array, partBytes?: number) =>
  collect(encryptFile(stream(bytes, partBytes), { secret, salt }))
const decrypt = (bytes: Uint8Array, partBytes?: number, key = secret) =>
  collect(decryptFile(stream(bytes, partBytes), async () => key))
const refuses = (promise: Promise<unknown>, code: FileCipherErrorCode) =>
  assert.rejects(promise, (error) => error instanceof FileCipherError && error.code === code)

describe('encrypted files', () => {
  it('come back whole at every length around a chunk, however the stream is cut', async () => {
    for (const length of [
      0,
      1,
      FILE_CHUNK_BYTES - 1,
      FILE_CHUNK_BYTES,
      FILE_CHUNK_BYTES + 1,
      2 * FILE_CHUNK_BYTES,
      200_000,
    ]) {
      const plain = Uint8Array.from({ length }, (_, index) => index * 7)
      const sealed = await encrypt(plain)
      assert.equal(sealed.length, 84 + length + 16 * Math.max(1, Math.ceil(length / FILE_CHUNK_BYTES)))
      for (const partBytes of [83, 84, 65_552, 1_000_000]) assert.deepEqual(await decrypt(sealed, partBytes), plain)
      assert.deepEqual(await encrypt(plain, 333), sealed)
    }
  })

  it('give the holder the salt to find the secret by', async () => {
    const sealed = await encrypt(Uint8Array.of(1))
    assert.deepEqual(readFileSalt(sealed), salt)
    let asked: Uint8Array | undefined
    await collect(
      decryptFile(stream(sealed), async (salt) => {
        asked = salt
        return secret
      }),
    )
    assert.deepEqual(asked, salt)
  })

  it('are refused for another secret before any output', async () => {
    await refuses(decrypt(await encrypt(new Uint8Array(9)), undefined, new Uint8Array(32)), 'wrong-key')
  })

  it('are refused cut at any place, at the border of a chunk too', async () => {
    const sealed = await encrypt(new Uint8Array(2 * FILE_CHUNK_BYTES + 5))
    const border = 84 + FILE_CHUNK_BYTES + 16
    for (const length of [84, 85, 100, border - 1, border, border + 1, 2 * border - 84, sealed.length - 1]) {
      await refuses(decrypt(sealed.subarray(0, length)), 'damaged')
    }
    for (const length of [0, 1, 83]) await refuses(decrypt(sealed.subarray(0, length)), 'not-sealed')
  })

  it('are refused with chunks moved, repeated or added', async () => {
    const sealed = await encrypt(new Uint8Array(3 * FILE_CHUNK_BYTES))
    const chunk = FILE_CHUNK_BYTES + 16
    const [header, a, b, c] = [
      sealed.subarray(0, 84),
      ...[0, 1, 2].map((index) => sealed.subarray(84 + index * chunk, 84 + (index + 1) * chunk)),
    ] as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    assert.equal((await decrypt(concatBytes(header, a, b, c))).length, 3 * FILE_CHUNK_BYTES)
    for (const order of [[b, a, c], [a, c, b], [a, a, c], [a, b, c, c], [a, c], [a, b], [c]]) {
      await refuses(decrypt(concatBytes(header, ...order)), 'damaged')
    }
  })

  it('are refused with any one bit changed', async () => {
    const sealed = await encrypt(new Uint8Array(50).fill(1))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length * 8 - 1 }), async (bit) => {
        const changed = Uint8Array.from(sealed)
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
        await assert.rejects(decrypt(changed), FileCipherError)
      }),
    )
  })
})
