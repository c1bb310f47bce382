import { taggedHash } from '@cresset/core-crypto'

/** Hash of the form `authorship`: one who copies it from the ledger cannot use it, because it names its signer. */
export function authorshipHash(signer: Uint8Array, digest: Uint8Array): Uint8Array {
  return taggedHash('cresset/authorship/v1', signer, digest)
}
