import { type Decoded, hash32, list, uint53 } from '@cresset/core-codec'
import { agreementFields } from '../agreements/statement.ts'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const fields = {
  ...agreementFields,
  /** Height and block time of the block that holds it. */
  height: uint53,
  timeMs: uint53,
}

/** A document that all its parties signed. Kept for ever: it can be agreed once. */
export type Agreement = Values<typeof fields>
export const agreementEntry: EntryType<Agreement> = entryType('agreement', fields)

const listFields = { count: uint53 }

/** How many agreements there are of a document, or of a party. */
export type AgreementList = Values<typeof listFields>
export const agreementListEntry: EntryType<AgreementList> = entryType('agreementList', listFields)

export const agreementsPerChunk = 32
const chunkFields = { ids: list(hash32, { minItems: 1, maxItems: agreementsPerChunk }) }

/** Ids at places 32 × chunk … of one list, oldest first. */
export type AgreementChunk = Values<typeof chunkFields>
export const agreementChunkEntry: EntryType<AgreementChunk> = entryType('agreementChunk', chunkFields)
