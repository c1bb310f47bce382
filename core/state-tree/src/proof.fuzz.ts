import { equalBytes } from '@cresset/core-codec'
import { emptyRoot, verifyProof } from './index.ts'
import { sampleTree } from './testing/sample-tree.ts'

/*
 * Bytes from outside as a proof: verifyProof answers, whatever they are, and never says anything but the truth.
 */

const trees = [sampleTree(0), sampleTree(1), sampleTree(2), sampleTree(40)]
const proofs = trees.flatMap((tree) => tree.keys.map((key) => tree.prove(key)))

export const name = 'state-proof'
export const seeds: readonly Uint8Array[] = proofs
export const maxBytes = 2_048

export function run(bytes: Uint8Array): void {
  for (const tree of trees) {
    for (const key of tree.keys) {
      const verdict = verifyProof({ root: tree.root, key, proof: bytes })
      if (!verdict.ok) continue
      const truth = tree.truth(key)
      const isTrue = truth === undefined ? verdict.value === undefined : equalBytes(verdict.value ?? emptyRoot, truth)
      if (!isTrue) throw new Error('a proof verifies with a lie')
      if (!proofs.some((proof) => equalBytes(proof, bytes))) throw new Error('a second spelling of a proof verifies')
    }
  }
}
