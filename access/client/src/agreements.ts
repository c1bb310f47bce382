import {
  asciiText,
  type Codec,
  CodecError,
  compareBytes,
  type Decoded,
  equalBytes,
  optional,
  text,
  toHex,
  versioned,
} from '@cresset/core-codec'
import { checkSignature, type PublicKey, publicKeyProblem, type Signer } from '@cresset/core-crypto'
import {
  type ActionBody,
  type AgreementListName,
  type AgreementStatement,
  type AgreementsPage,
  agreementFields,
  agreementLimits,
  agreementSignaturesCodec,
  agreementSigningBytes,
  agreementTitleHash,
  readAgreements,
  readLedgerTime,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'
import { ClientError } from './client-error.ts'

const draftCodec = versioned(1, {
  chainId: asciiText({ minBytes: 1, maxBytes: 80 }),
  titleText: optional(text({ maxBytes: agreementLimits.titleBytes })),
  ...agreementFields,
  signatures: agreementSignaturesCodec,
})

/** An agreement on its way between its parties: what it says, what people call it, and the signatures it has so far. */
export type AgreementDraft = Decoded<typeof draftCodec>

/** @throws ClientError `refused` when the draft contradicts itself, so that nobody signs what it only seems to say. */
function checked(draft: AgreementDraft): AgreementDraft {
  const refuse = (code: string, message: string) => new ClientError('refused', code, message)
  const { parties, transfers, titleText, title, document, signatures } = draft
  if (signatures.length !== parties.length)
    throw refuse('agreement-malformed', 'it does not have one place for each signature')
  for (let index = 1; index < parties.length; index++) {
    if (compareBytes(parties[index - 1] as PublicKey, parties[index] as PublicKey) >= 0)
      throw refuse('agreement-parties-unordered', 'its parties do not stand in order, each once')
  }
  if (parties.some((key) => publicKeyProblem(key) !== undefined))
    throw refuse('agreement-party-key-bad', "a party's key cannot be used")
  if (transfers.some(({ from }) => from >= parties.length))
    throw refuse('agreement-payer-unknown', 'a transfer is from nobody among the parties')
  if (transfers.some(({ amount }) => amount === 0n)) throw refuse('amount-zero', 'a transfer moves nothing')
  const expected = titleText === undefined ? undefined : agreementTitleHash(document, titleText)
  const hasTitle = title !== undefined && expected !== undefined ? equalBytes(title, expected) : title === expected
  if (!hasTitle) throw refuse('agreement-title-differs', 'the parties would sign another title than the one shown')
  return draft
}

/** For a file or a message; `decodeAgreement` reads it. */
export function encodeAgreement(draft: AgreementDraft): Uint8Array {
  return (draftCodec as Codec<AgreementDraft>).encode(draft)
}

/** @throws ClientError `usage` when the bytes are no agreement, `refused` when it contradicts itself */
export function decodeAgreement(bytes: Uint8Array): AgreementDraft {
  try {
    return checked(draftCodec.decode(bytes))
  } catch (error) {
    if (error instanceof CodecError)
      throw new ClientError('usage', 'agreement-malformed', 'these bytes are no agreement')
    throw error
  }
}

export interface AgreementTerms {
  /** SHA-256 of the document. */
  readonly document: Uint8Array
  readonly title?: string
  readonly parties: readonly PublicKey[]
  /** From a party, to any account, in smallest units. */
  readonly transfers: readonly { readonly from: PublicKey; readonly to: Uint8Array; readonly amount: bigint }[]
  /** From now, in ledger time; at most 90 days. */
  readonly validForMs: number
}

/** Writes an agreement down for its parties to sign; asks the ledger for its time. */
export async function proposeAgreement(client: Client, terms: AgreementTerms): Promise<AgreementDraft> {
  const { value: ledgerTimeMs } = await client.query((view, at) => readLedgerTime(view, at))
  const parties = [...terms.parties].sort(compareBytes)
  const placeOf = (key: PublicKey): number => {
    const place = parties.findIndex((party) => equalBytes(party, key))
    if (place < 0) throw new ClientError('usage', 'agreement-payer-unknown', `${toHex(key)} is to pay, but is no party`)
    return place
  }
  const { document, title } = terms
  return checked({
    chainId: client.chainId,
    titleText: title,
    document,
    title: title === undefined ? undefined : agreementTitleHash(document, title),
    parties,
    transfers: terms.transfers.map(({ from, to, amount }) => ({ from: placeOf(from), to, amount })),
    expiresMs: ledgerTimeMs + terms.validForMs,
    signatures: parties.map(() => undefined),
  })
}

function statementOf({ document, title, parties, transfers, expiresMs }: AgreementDraft): AgreementStatement {
  return { document, title, parties, transfers, expiresMs }
}

/** The draft with the signer's signature. @throws ClientError `usage` when the signer is no party */
export async function signAgreement(draft: AgreementDraft, signer: Signer): Promise<AgreementDraft> {
  const place = draft.parties.findIndex((key) => equalBytes(key, signer.publicKey))
  if (place < 0) throw new ClientError('usage', 'no-party', `${toHex(signer.publicKey)} is no party of this agreement`)
  const signature = await signer.sign(agreementSigningBytes(draft.chainId, statementOf(draft)))
  return { ...draft, signatures: draft.signatures.with(place, signature) }
}

/** One draft with the signatures of several copies of it. @throws ClientError `usage` when they are not of one agreement */
export function mergeAgreements(first: AgreementDraft, others: readonly AgreementDraft[]): AgreementDraft {
  let merged = first
  for (const other of others) {
    const isSame = equalBytes(
      encodeAgreement({ ...other, signatures: [] }),
      encodeAgreement({ ...first, signatures: [] }),
    )
    if (!isSame) throw new ClientError('usage', 'agreements-differ', 'the copies are not of the same agreement')
    merged = {
      ...merged,
      signatures: merged.signatures.map((signature, place) => signature ?? other.signatures[place]),
    }
  }
  return merged
}

export type PartyStanding = 'signed' | 'missing' | 'bad'

/** For each party in order: whether it has signed, and well. */
export function standingOfParties(draft: AgreementDraft): PartyStanding[] {
  const message = agreementSigningBytes(draft.chainId, statementOf(draft))
  return draft.parties.map((key, place) => {
    const signature = draft.signatures[place]
    if (signature === undefined) return 'missing'
    return checkSignature(key, message, signature) ? 'signed' : 'bad'
  })
}

/** The action that carries an agreement; any account may send it, and only with all signatures does it take effect. */
export function agreeAction(draft: AgreementDraft): { kind: 'agree'; body: ActionBody<'agree'> } {
  return { kind: 'agree', body: { ...statementOf(draft), signatures: [...draft.signatures] } }
}

export interface AgreementsOptions {
  readonly before?: number | undefined
  readonly limit?: number
}

/** Agreements on a document or of a party, newest first, proven complete. */
export function listAgreements(
  client: Client,
  list: AgreementListName,
  { before, limit = 20 }: AgreementsOptions = {},
): Promise<Proven<AgreementsPage>> {
  const query = new URLSearchParams({ [list.kind]: toHex(list.of), limit: String(limit) })
  if (before !== undefined) query.set('before', String(before))
  return client.query((view) => readAgreements(view, list, { before, limit }), `/v1/agreements?${query}`)
}
