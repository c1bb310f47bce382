import { type Decoded, hash32, uint53 } from '@cresset/core-codec'
import { notarizationFormCodec } from '../actions.ts'
import { type EntryType, entryType } from './entry-type.ts'

const fields = {
  hash: hash32,
  /** Account. */
  signer: hash32,
  form: notarizationFormCodec,
  height: uint53,
  /** Block time. */
  timeMs: uint53,
}

export type Notarization = { readonly [K in keyof typeof fields]: Decoded<(typeof fields)[K]> }
export const notarizationEntry: EntryType<Notarization> = entryType('notarization', fields)
