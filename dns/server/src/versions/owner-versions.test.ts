import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type OwnerChunk, OwnerVersions } from './owner-versions.ts'

const textOf = (chunks: readonly OwnerChunk[]): string[] =>
  chunks
    .flatMap((chunk) => chunk.flatMap((bytes) => bytes ?? []))
    .map((bytes) => Buffer.from(bytes).toString())
    .sort()

test('whatever is set, a version has what there was, and goes on to have it', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(fc.nat(1_500), fc.nat(9)) },
    { weight: 1, arbitrary: fc.constant('version' as const) },
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400 }), fc.boolean(), (steps, isLarge) => {
      const owners = new OwnerVersions()
      const model = new Map<string, string>()
      const versions: { readonly chunks: readonly OwnerChunk[]; readonly expected: string[] }[] = []
      const set = (number: number, value: number): void => {
        const [key, text] = [`${number}`, value === 0 ? '' : `${number} ${'x'.repeat(value)}`]
        owners.set(key, Uint8Array.from(Buffer.from(text)))
        if (value === 0) model.delete(key)
        else model.set(key, text)
      }
      if (isLarge) for (let number = 0; number < 1_300; number++) set(number, 1)
      for (const act of steps) {
        if (act === 'version') versions.push({ chunks: owners.version(), expected: [...model.values()].sort() })
        else set(...act)
      }
      for (const { chunks, expected } of versions) assert.deepEqual(textOf(chunks), expected)
      assert.deepEqual(textOf(owners.version()), [...model.values()].sort())
      assert.deepEqual([...owners.keys()].sort(), [...model.keys()].sort())
      assert.equal(owners.bytes, [...model.values()].join('').length)
      for (const [key, text] of model) assert.equal(Buffer.from(owners.get(key) as Uint8Array).toString(), text)
    }),
    { numRuns: 40 },
  )
})
