import { type Codec, equalBytes, hash32, mapped, struct, uint53, variant } from '@cresset/core-codec'
import {
  type CertificateCode,
  type CommitCertificate,
  checkCommitCertificate,
  commitCertificateCodec,
  type SignatureCheck,
} from './certificate.ts'
import { blockHash, type Header, headerCodec } from './header.ts'
import { powerOf, type ValidatorSet, validatorsHash } from './validators.ts'

/** Why a state root is final, whatever engine made it so. */
export interface FinalityProof {
  engine: 'quorum'
  /** Height after whose block the state has this root. */
  stateHeight: number
  stateRoot: Uint8Array
  evidence: QuorumEvidence
}

export interface QuorumEvidence {
  header: Header
  certificate: CommitCertificate
}

const quorumCodec = struct({
  stateHeight: uint53,
  stateRoot: hash32,
  evidence: struct({ header: headerCodec, certificate: commitCertificateCodec }),
})

/** Other engines get numbers of their own here. */
export const finalityProofCodec: Codec<FinalityProof> = mapped(
  variant({ quorum: [1, quorumCodec] }),
  ({ kind, body }) => ({ engine: kind, ...body }),
  ({ engine, stateHeight, stateRoot, evidence }) => ({ kind: engine, body: { stateHeight, stateRoot, evidence } }),
)

/**
 * - `wrong-chain`, `wrong-height`, `wrong-block`, `wrong-root`: the parts do not belong together
 * - `wrong-validators`: decided by a set that is not the trusted one
 * - the others: of the certificate
 */
export type FinalityCode =
  | 'wrong-chain'
  | 'wrong-height'
  | 'wrong-block'
  | 'wrong-root'
  | 'wrong-validators'
  | Exclude<CertificateCode, 'ok'>

export interface FinalState {
  code: 'ok'
  height: number
  timeMs: number
  blockHash: Uint8Array
  stateRoot: Uint8Array
  receiptsRoot: Uint8Array
  /** Set that decides the next height. */
  nextValidatorsHash: Uint8Array
  /** How many signed, of how many. */
  signers: number
  validators: number
  /** The same by power: as many, where all count alike. */
  signedPower: number
  totalPower: number
}

/** Checks a proof against the set trusted for its height. Pure. */
export function checkFinality(
  proof: FinalityProof,
  trusted: ValidatorSet,
  chainId: string,
  check?: SignatureCheck,
): FinalState | { code: FinalityCode } {
  const { header, certificate } = proof.evidence
  if (header.chainId !== chainId) return { code: 'wrong-chain' }
  if (header.height !== proof.stateHeight || certificate.height !== proof.stateHeight) return { code: 'wrong-height' }
  const hash = blockHash(header)
  if (!equalBytes(hash, certificate.blockHash)) return { code: 'wrong-block' }
  if (!equalBytes(proof.stateRoot, certificate.stateRoot)) return { code: 'wrong-root' }
  if (!equalBytes(header.validatorsHash, validatorsHash(trusted))) return { code: 'wrong-validators' }
  const code = checkCommitCertificate(certificate, trusted, chainId, check)
  if (code !== 'ok') return { code }
  return {
    code,
    height: header.height,
    timeMs: header.timeMs,
    blockHash: hash,
    stateRoot: certificate.stateRoot,
    receiptsRoot: certificate.receiptsRoot,
    nextValidatorsHash: header.nextValidatorsHash,
    signers: certificate.signatures.length,
    validators: trusted.validators.length,
    signedPower: powerOf(
      trusted,
      certificate.signatures.map(({ validatorIndex }) => validatorIndex),
    ),
    totalPower: trusted.totalPower,
  }
}
