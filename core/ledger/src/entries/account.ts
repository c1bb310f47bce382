import { amount, type Decoded, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'

const fields = {
  balance: amount,
  /** The next sequence this account must use. An account that ever sent stays, or its transactions could be sent again. */
  sequence: uint53,
}

export type Account = { readonly [K in keyof typeof fields]: Decoded<(typeof fields)[K]> }
export const accountEntry: EntryType<Account> = entryType('account', fields)
