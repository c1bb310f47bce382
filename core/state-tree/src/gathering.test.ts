import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareBytes, toHex } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import fc from 'fast-check'
import { ByteArena } from './byte-arena.ts'
import { Gathering } from './gathering.ts'
import { bitAt, sharedBits } from './key-bits.ts'
import { Branch, makeBranch, makeLeaf, type Reference } from './node.ts'

const keys = Array.from({ length: 600 }, (_, index) => sha256(Uint8Array.of(index, index >> 8))).sort(compareBytes)
const place = { version: 1, record: 0, position: 0 }

/** The tree of sorted keys, all of it in memory. */
function treeOf(sorted: readonly Uint8Array[], arena: ByteArena): Reference {
  const [first, last] = [sorted[0] as Uint8Array, sorted.at(-1) as Uint8Array]
  if (sorted.length === 1) return makeLeaf(arena, place, first, Uint8Array.of(1))
  const depth = sharedBits(first, last)
  const split = sorted.findIndex((key) => bitAt(key, depth) === 1)
  const [left, right] = [treeOf(sorted.slice(0, split), arena), treeOf(sorted.slice(split), arena)]
  return makeBranch(arena, place, depth, first, 0, left, right)
}

/** The same branches on the way to a key, made anew as a version that changes its value does. */
function changed(branch: Branch, key: Uint8Array, arena: ByteArena): Branch {
  const fresh = new Branch(branch.bytes, branch.at, 2)
  fresh.moveTo(arena)
  fresh.left = branch.left
  fresh.right = branch.right
  const side = bitAt(key, branch.depth) === 0 ? 'left' : 'right'
  const child = branch[side]
  if (child instanceof Branch) fresh[side] = changed(child, key, arena)
  return fresh
}

function* branchesOf(branch: Branch, level = 1): Generator<{ branch: Branch; level: number }> {
  yield { branch, level }
  for (const child of [branch.left, branch.right]) if (child instanceof Branch) yield* branchesOf(child, level + 1)
}

const recordsOf = (root: Branch, levels: number): string[] =>
  [...branchesOf(root)]
    .filter(({ level }) => level <= levels)
    .map(({ branch: { bytes, at, recordBytes } }) => toHex(bytes.subarray(at, at + recordBytes)))

test('after its last step no branch is where one was before its first, whatever changed between the steps', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: keys.length }),
      fc.integer({ min: 1, max: 14 }),
      fc.array(fc.record({ branches: fc.integer({ min: 1, max: 90 }), key: fc.nat(keys.length - 1) }), {
        minLength: 1,
      }),
      (size, levels, steps) => {
        const some = keys.slice(0, size)
        let root = treeOf(some, new ByteArena()).node as Branch
        const records = recordsOf(root, levels)
        const before = new Set([...branchesOf(root)].map(({ branch }) => branch.bytes))
        const gathering = new Gathering(levels)
        for (let index = 0; ; index++) {
          const { branches, key } = steps[index % steps.length] as (typeof steps)[number]
          const moved = gathering.moved
          if (gathering.step(root, branches)) break
          assert.ok(gathering.moved - moved <= branches + 256, 'a step is bounded')
          assert.ok(index < some.length, 'each step gets on')
          root = changed(root, some[key % some.length] as Uint8Array, new ByteArena())
        }
        for (const { branch } of branchesOf(root)) assert.ok(!before.has(branch.bytes))
        for (const { level } of branchesOf(root)) assert.ok(level <= levels)
        assert.deepEqual(recordsOf(root, levels), records)
        assert.ok(gathering.moved >= records.length)
      },
    ),
    { numRuns: 300 },
  )
})

test('it gathers into few arrays', () => {
  const root = treeOf(keys, new ByteArena()).node as Branch
  const gathering = new Gathering(16)
  while (!gathering.step(root, 50));
  const arrays = new Set([...branchesOf(root)].map(({ branch }) => branch.bytes))
  assert.ok(arrays.size <= 6, `${arrays.size} arrays`)
  assert.ok(gathering.moved <= keys.length + (keys.length / 50) * 16)
})
