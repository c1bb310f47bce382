import { type Codec, hash32, list, struct, uint32, uint53, versioned } from '@cresset/core-codec'
import { checkSignature, type PublicKey, signatureCodec } from '@cresset/core-crypto'
import { decides, MAX_VALIDATORS, type ValidatorSet, validatorIndexCodec } from './validators.ts'
import { type BlockVote, type CommitVote, commitVoteBytes, prepareVoteBytes } from './votes.ts'

export interface IndexedSignature {
  validatorIndex: number
  signature: Uint8Array
}

/** A quorum of commit votes of one view: the block and its roots are final. */
export interface CommitCertificate extends CommitVote {
  /** Rising by validator index, so every signer counts once. */
  readonly signatures: readonly IndexedSignature[]
}

/** A quorum of prepare votes of one view: no other block can be prepared in this view or be final in an earlier one. */
export interface PreparedCertificate extends BlockVote {
  readonly signatures: readonly IndexedSignature[]
}

const signatureListCodec: Codec<IndexedSignature[]> = list(
  struct({ validatorIndex: validatorIndexCodec, signature: signatureCodec }),
  { minItems: 1, maxItems: MAX_VALIDATORS },
)

export const commitCertificateCodec = versioned(1, {
  height: uint53,
  view: uint32,
  blockHash: hash32,
  stateRoot: hash32,
  receiptsRoot: hash32,
  signatures: signatureListCodec,
}) as unknown as Codec<CommitCertificate>

export const preparedCertificateCodec = versioned(1, {
  height: uint53,
  view: uint32,
  blockHash: hash32,
  signatures: signatureListCodec,
}) as unknown as Codec<PreparedCertificate>

/**
 * - `ok`
 * - `signers-not-distinct`: indexes do not rise strictly
 * - `unknown-signer`: an index outside the set
 * - `no-quorum`: too little power signed
 * - `bad-signature`
 */
export type CertificateCode = 'ok' | 'signers-not-distinct' | 'unknown-signer' | 'no-quorum' | 'bad-signature'

/** How signatures are checked; one that remembers good ones saves work and must give the same verdicts. */
export type SignatureCheck = (key: PublicKey, message: Uint8Array, signature: Uint8Array) => boolean

export function checkCommitCertificate(
  certificate: CommitCertificate,
  set: ValidatorSet,
  chainId: string,
  check: SignatureCheck = checkSignature,
): CertificateCode {
  return checkSignatures(certificate.signatures, commitVoteBytes(chainId, certificate), set, check)
}

export function checkPreparedCertificate(
  certificate: PreparedCertificate,
  set: ValidatorSet,
  chainId: string,
  check: SignatureCheck = checkSignature,
): CertificateCode {
  return checkSignatures(certificate.signatures, prepareVoteBytes(chainId, certificate), set, check)
}

function checkSignatures(
  signatures: readonly IndexedSignature[],
  message: Uint8Array,
  set: ValidatorSet,
  check: SignatureCheck,
): CertificateCode {
  let previous = -1
  for (const { validatorIndex } of signatures) {
    if (validatorIndex <= previous) return 'signers-not-distinct'
    if (validatorIndex >= set.validators.length) return 'unknown-signer'
    previous = validatorIndex
  }
  // Counted before any signature is checked: a short list costs nothing to refuse.
  const signers = signatures.map(({ validatorIndex }) => validatorIndex)
  if (!decides(set, signers)) return 'no-quorum'
  for (const { validatorIndex, signature } of signatures) {
    const validator = set.validators[validatorIndex]
    if (validator === undefined || !check(validator.key, message, signature)) return 'bad-signature'
  }
  return 'ok'
}
