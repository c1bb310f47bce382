import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { openMemoryStore } from '@cresset/network-storage'
import fc from 'fast-check'
import { emptyRoot, StateTree, TreePrefix } from './index.ts'
import { naiveRoot } from './testing/naive-tree.ts'

/** Keys that share many leading bits with some other, and values. */
const entriesArbitrary = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 60,
    selector: ([lead, tail]) => `${lead} ${tail}`,
  })
  .map((pairs) =>
    pairs
      .map(([lead, tail]) => {
        const key = sha256(Uint8Array.of(lead))
        key[31] = tail
        return { key, value: Uint8Array.of(lead, tail) }
      })
      .sort((a, b) => compareBytes(a.key, b.key)),
  )

async function treeOf(entries: readonly { key: Uint8Array; value: Uint8Array }[]): Promise<StateTree> {
  const store = openMemoryStore()
  const tree = StateTree.open(store, { prefix: Uint8Array.of(1) })
  const update = tree.update(1, entries)
  await store.write(update.writes)
  tree.applied(update)
  return tree
}

test('after each entry: the root of a tree of these alone, and a beginning of the whole tree', async () => {
  assert.deepEqual(new TreePrefix().root, emptyRoot)
  await fc.assert(
    fc.asyncProperty(entriesArbitrary, async (entries) => {
      const whole = await treeOf(entries)
      const prefix = new TreePrefix()
      entries.forEach(({ key, value }, index) => {
        assert.ok(prefix.add(key, value))
        assert.deepEqual(prefix.root, naiveRoot(entries.slice(0, index + 1)))
        assert.ok(prefix.begins(whole.root, whole.prove(key)))
      })
      assert.deepEqual(prefix.root, whole.root)
      assert.equal(prefix.add(entries[0]!.key, entries[0]!.value), false)
    }),
    { numRuns: 60 },
  )
})

test('one entry left out, added or altered before the last key is noticed there and ever after', async () => {
  await fc.assert(
    fc.asyncProperty(
      entriesArbitrary,
      fc.nat(),
      fc.constantFrom('left out', 'added', 'altered'),
      async (entries, seed, kind) => {
        const at = seed % entries.length
        const whole = await treeOf(kind === 'added' ? entries.toSpliced(at, 1) : entries)
        const altered = { key: entries[at]!.key, value: Uint8Array.of(9) }
        const told = kind === 'left out' ? entries.toSpliced(at, 1) : entries.with(at, altered)
        const prefix = new TreePrefix()
        told.forEach(({ key, value }, index) => {
          prefix.add(key, value)
          assert.equal(prefix.begins(whole.root, whole.prove(key)), index < at)
        })
      },
    ),
    { numRuns: 200 },
  )
})

test('a proof of another key, of an absent key or of another tree says nothing', async () => {
  const entries = [1, 2, 3, 4].map((index) => ({ key: sha256(Uint8Array.of(index)), value: Uint8Array.of(index) }))
  entries.sort((a, b) => compareBytes(a.key, b.key))
  const whole = await treeOf(entries)
  const prefix = new TreePrefix()
  assert.equal(prefix.begins(whole.root, whole.prove(entries[0]!.key)), false, 'nothing was added')
  prefix.add(entries[0]!.key, entries[0]!.value)
  prefix.add(entries[1]!.key, entries[1]!.value)
  const proof = whole.prove(entries[1]!.key)
  assert.ok(prefix.begins(whole.root, proof))
  assert.equal(prefix.begins(whole.root, whole.prove(entries[2]!.key)), false)
  assert.equal(prefix.begins(whole.root, whole.prove(sha256(Uint8Array.of(99)))), false)
  assert.equal(prefix.begins(naiveRoot(entries.slice(0, 3)), proof), false)
  assert.equal(prefix.begins(whole.root, proof.subarray(1)), false)
})
