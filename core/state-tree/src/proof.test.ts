import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, fixedBytes, hash32, struct, variant, versioned } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import fc from 'fast-check'
import { emptyRoot, MAX_PROOF_BYTES, MAX_SIBLINGS, verifyProof } from './index.ts'
import { run, seeds } from './proof.fuzz.ts'
import { sampleTree } from './testing/sample-tree.ts'

/** The format again, to take proofs apart and put them together wrongly. */
const form = versioned(1, {
  depths: bytes({ maxBytes: 64 }),
  siblings: bytes({ maxBytes: 32 * 300 }),
  end: variant({
    empty: [0, struct({})],
    value: [1, bytes({ maxBytes: 1 << 20 })],
    otherLeaf: [2, struct({ key: fixedBytes(32), valueHash: hash32 })],
  }),
})
const tree = sampleTree(40)
const present = tree.keys.filter((key) => tree.truth(key) !== undefined)
const absent = tree.keys.filter((key) => tree.truth(key) === undefined)
const check = (key: Uint8Array, proof: Uint8Array, root = tree.root) => verifyProof({ root, key, proof })

test('every key of a sample tree is proved present or absent', () => {
  assert.ok(present.length === 40 && absent.length >= 6)
  for (const key of tree.keys) assert.deepEqual(check(key, tree.prove(key)), { ok: true, value: tree.truth(key) })
})

test('an altered proof never verifies: each bit, each byte lost, each byte added', () => {
  for (const key of [present[0]!, present[7]!, absent[0]!, absent[3]!]) {
    const proof = tree.prove(key)
    for (let bit = 0; bit < proof.length * 8; bit++) {
      const altered = proof.slice()
      altered[bit >> 3] = altered[bit >> 3]! ^ (1 << (bit & 7))
      assert.equal(check(key, altered).ok, false, `bit ${bit}`)
    }
    for (let at = 0; at <= proof.length; at++) {
      assert.equal(check(key, Buffer.concat([proof.subarray(0, at), Uint8Array.of(0), proof.subarray(at)])).ok, false)
      if (at < proof.length) {
        assert.equal(check(key, Buffer.concat([proof.subarray(0, at), proof.subarray(at + 1)])).ok, false)
      }
    }
  }
})

test('no recombination of true parts gives a key another value or hides it', () => {
  const parts = tree.keys.map((key) => form.decode(tree.prove(key)))
  const anyPart = fc.integer({ min: 0, max: parts.length - 1 }).map((index) => parts[index]!)
  const anyKey = fc.integer({ min: 0, max: tree.keys.length - 1 }).map((index) => tree.keys[index]!)
  const anyEnd = fc.oneof(
    anyPart.map(({ end }) => end),
    // A branch or a sibling passed off as a leaf: its hash as the hash of a value.
    fc.tuple(anyKey, anyPart).map(([key, { siblings }]) => ({
      kind: 'otherLeaf' as const,
      body: { key, valueHash: siblings.slice(0, 32) },
    })),
    anyKey.map((key) => ({ kind: 'otherLeaf' as const, body: { key, valueHash: sha256(tree.truth(key) ?? key) } })),
    anyKey.map((key) => ({ kind: 'value' as const, body: tree.truth(key) ?? key })),
    fc.constant({ kind: 'empty' as const, body: {} }),
  )
  const cut = fc.integer({ min: 0, max: 8 })
  fc.assert(
    fc.property(anyKey, anyPart, anyPart, anyEnd, cut, (key, { depths }, { siblings }, end, dropped) => {
      const proof = form.encode({ depths, siblings: siblings.slice(32 * dropped), end })
      const verdict = check(key, proof)
      if (verdict.ok) assert.deepEqual(verdict.value, tree.truth(key))
    }),
    { numRuns: 3_000 },
  )
})

test('a leaf whose key does not lie on the way proves nothing, even where the hashes fit', () => {
  // A tree of two entries, and the proof of one of them offered for a key that goes the other way at the branch.
  const two = sampleTree(2)
  const [first, second] = [two.keys[0]!, two.keys[1]!]
  const depth = [...Array(256).keys()].find((bit) => bitOf(first, bit) !== bitOf(second, bit))!
  const { depths, siblings } = form.decode(two.prove(first))
  const stranger = second.slice()
  stranger[31] = stranger[31]! ^ 1
  const end = { kind: 'otherLeaf' as const, body: { key: first, valueHash: sha256(two.truth(first)!) } }
  assert.deepEqual(verifyProof({ root: two.root, key: stranger, proof: form.encode({ depths, siblings, end }) }), {
    ok: false,
    problem: 'other-key',
  })
  assert.equal(bitOf(stranger, depth), bitOf(second, depth))
})

test('parts that do not fit each other are malformed', () => {
  const key = present[0]!
  const parts = form.decode(tree.prove(key))
  const empty = { kind: 'empty' as const, body: {} }
  const other = { kind: 'otherLeaf' as const, body: { key, valueHash: sha256(key) } }
  for (const wrong of [
    { ...parts, siblings: parts.siblings.slice(1) },
    { ...parts, siblings: parts.siblings.slice(32) },
    { ...parts, depths: Buffer.concat([parts.depths, Uint8Array.of(0)]) },
    { ...parts, depths: new Uint8Array(33).fill(255), siblings: new Uint8Array(32 * 264) },
    { ...parts, end: empty },
    // The key itself as the other leaf would be absence of what is there.
    { ...parts, end: other },
  ]) {
    assert.deepEqual(check(key, form.encode(wrong)), { ok: false, problem: 'malformed' })
  }
  assert.deepEqual(check(key, tree.prove(key), sha256(key)), { ok: false, problem: 'other-root' })
  assert.deepEqual(check(key, tree.prove(absent[0]!)).ok, false)
  assert.deepEqual(check(key, form.encode({ depths: new Uint8Array(0), siblings: new Uint8Array(0), end: empty })), {
    ok: false,
    problem: 'other-root',
  })
  assert.throws(() => check(key.slice(1), tree.prove(key)), RangeError)
})

test('hostile sizes are refused unread, and the longest true proof fits', () => {
  assert.deepEqual(check(present[0]!, new Uint8Array(MAX_PROOF_BYTES + 1)), { ok: false, problem: 'malformed' })
  const siblings = new Uint8Array(32 * MAX_SIBLINGS)
  const value = new Uint8Array(1 << 20)
  const longest = form.encode({ depths: new Uint8Array(32).fill(255), siblings, end: { kind: 'value', body: value } })
  assert.ok(longest.length <= MAX_PROOF_BYTES)
  assert.deepEqual(check(present[0]!, longest), { ok: false, problem: 'other-root' })
  assert.deepEqual(verifyProof({ root: emptyRoot, key: present[0]!, proof: sampleTree(0).prove(present[0]!) }), {
    ok: true,
    value: undefined,
  })
})

test('the fuzz target takes its own seeds', () => {
  for (const seed of seeds) run(seed)
})

function bitOf(key: Uint8Array, bit: number): number {
  return (key[bit >> 3]! >> (7 - (bit & 7))) & 1
}
