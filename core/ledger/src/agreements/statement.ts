import {
  amount,
  type Codec,
  type Decoded,
  hash32,
  list,
  optional,
  struct,
  uint,
  uint53,
  utf8,
  versioned,
} from '@cresset/core-codec'
import {
  accountOf,
  type PublicKey,
  publicKeyCodec,
  signatureCodec,
  signingBytes,
  taggedHash,
} from '@cresset/core-crypto'

/** Bounds of an agreement. */
export const agreementLimits = { parties: 16, transfers: 32, titleBytes: 256 } as const

const transferCodec = struct({
  /** Place of the party that pays among the parties. */
  from: uint(agreementLimits.parties - 1),
  /** Account, of a party or not. */
  to: hash32,
  amount,
})
export type AgreementTransfer = Decoded<typeof transferCodec>

/** What an agreement says, in the transaction and in the state alike. */
export const agreementFields = {
  /** SHA-256 of the document. */
  document: hash32,
  /** `agreementTitleHash` of what people call it. */
  title: optional(hash32),
  /** Keys in rising order of their bytes, each once. */
  parties: list(publicKeyCodec, { minItems: 2, maxItems: agreementLimits.parties }),
  transfers: list(transferCodec, { maxItems: agreementLimits.transfers }),
  /** Ledger time from which on it cannot be carried; at most 90 days ahead. */
  expiresMs: uint53,
}

/** One encoding for all parties: what each of them signs. */
export const agreementStatementCodec = versioned(1, agreementFields)
export type AgreementStatement = Decoded<typeof agreementStatementCodec>

/** A signature for each party in their order; absent where one is missing. */
export const agreementSignaturesCodec: Codec<(Uint8Array | undefined)[]> = list(optional(signatureCodec), {
  maxItems: agreementLimits.parties,
})

export function agreementSigningBytes(chainId: string, statement: AgreementStatement): Uint8Array {
  const { document, title, parties, transfers, expiresMs } = statement
  const encoded = agreementStatementCodec.encode({ document, title, parties, transfers, expiresMs })
  return signingBytes('agreement', chainId, encoded)
}

/** The same document between the same parties has the same id, whatever else the statement says: it is agreed once. */
export function agreementId(document: Uint8Array, parties: readonly PublicKey[]): Uint8Array {
  return taggedHash('cresset/agreement/v1', document, ...parties.map(accountOf))
}

/** Bound to the document, so that a common title cannot be told from its hash alone. */
export function agreementTitleHash(document: Uint8Array, title: string): Uint8Array {
  return taggedHash('cresset/agreement-title/v1', document, utf8(title))
}
