import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex } from '@cresset/core-codec'
import fc from 'fast-check'
import { merkleNodeHash, merkleProof, merkleRoot, sha256, verifyMerkleProof } from './index.ts'

/** RFC 9162 section 2.1.1 word for word: split at the largest power of two below n. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0))
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0] as Uint8Array)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Uint8Array.of(1), rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)))
}

/** RFC 9162 section 2.1.3.1 word for word. */
function proofByDefinition(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return []
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return index < split
    ? [...proofByDefinition(left, index), rootByDefinition(right)]
    : [...proofByDefinition(right, index - split), rootByDefinition(left)]
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Uint8Array.of(index >> 8, index))

describe('Merkle tree of RFC 6962', () => {
  // Reference data of the Certificate Transparency project for RFC 6962.
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ].map((hex) => fromHex(hex))
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  for (let size = 0; size <= leaves.length; size++) {
    it(`root of the first ${size} reference leaves`, () => {
      assert.equal(toHex(merkleRoot(leaves.slice(0, size))), roots[size])
    })
  }

  it('roots and proofs are those of the definition, and each proof verifies', () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100]) {
      const leaves = leavesOf(size)
      const root = merkleRoot(leaves)
      assert.deepEqual(root, rootByDefinition(leaves))
      for (let index = 0; index < size; index++) {
        const proof = merkleProof(leaves, index)
        assert.deepEqual(proof, proofByDefinition(leaves, index))
        assert.ok(verifyMerkleProof(leaves[index] as Uint8Array, index, size, proof, root))
      }
    }
  })

  it('a proof shows one leaf at one index and nothing else', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        fc.nat(),
        fc.nat({ max: 255 }),
        (size, where, other, bit) => {
          const leaves = leavesOf(size)
          const root = merkleRoot(leaves)
          const index = where % size
          const leaf = leaves[index] as Uint8Array
          const proof = merkleProof(leaves, index)
          assert.equal(verifyMerkleProof(Uint8Array.of(9, 9, 9), index, size, proof, root), false)
          if (other % size !== index) assert.equal(verifyMerkleProof(leaf, other % size, size, proof, root), false)
          assert.equal(verifyMerkleProof(leaf, index, size, [...proof, root], root), false)
          if (proof.length > 0) {
            assert.equal(verifyMerkleProof(leaf, index, size, proof.slice(1), root), false)
            assert.equal(verifyMerkleProof(leaf, index, size, proof.slice(0, -1), root), false)
            const changed = proof.map((hash) => Uint8Array.from(hash))
            const at = changed[other % proof.length] as Uint8Array
            at[bit >> 3] = (at[bit >> 3] as number) ^ (1 << (bit & 7))
            assert.equal(verifyMerkleProof(leaf, index, size, changed, root), false)
          }
        },
      ),
    )
  })

  it('an inner node is no leaf', () => {
    const leaves = leavesOf(4)
    const root = merkleRoot(leaves)
    const left = concatBytes(merkleRoot(leaves.slice(0, 1)), merkleRoot(leaves.slice(1, 2)))
    assert.deepEqual(merkleNodeHash(merkleRoot(leaves.slice(0, 2)), merkleRoot(leaves.slice(2))), root)
    assert.equal(verifyMerkleProof(left, 0, 2, [merkleRoot(leaves.slice(2))], root), false)
  })

  it('refuses sizes and indexes that are none, and hostile proofs', () => {
    const leaves = leavesOf(3)
    const root = merkleRoot(leaves)
    const leaf = leaves[0] as Uint8Array
    const proof = merkleProof(leaves, 0)
    for (const [index, size] of [
      [-1, 3],
      [3, 3],
      [0, 0],
      [0.5, 3],
      [0, Number.NaN],
      [0, 2 ** 60],
      [0, Infinity],
    ] as const) {
      assert.equal(verifyMerkleProof(leaf, index, size, proof, root), false, `${index} of ${size}`)
    }
    assert.equal(verifyMerkleProof(leaf, 0, 3, [new Uint8Array(31), new Uint8Array(32)], root), false)
    assert.equal(verifyMerkleProof(leaf, 0, 2 ** 53 - 1, new Array(1000).fill(root), root), false)
    for (const index of [-1, 3, 0.5]) assert.throws(() => merkleProof(leaves, index), RangeError)
    assert.throws(() => merkleNodeHash(root, leaf), RangeError)
  })
})
