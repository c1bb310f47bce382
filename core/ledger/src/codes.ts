import { authorityCodes } from './codes/authority-codes.ts'
import { type CodeDescription, row } from './codes/code-description.ts'
import { membershipCodes } from './codes/membership-codes.ts'
import { nameCodes } from './codes/name-codes.ts'
import { publishingCodes } from './codes/publishing-codes.ts'
import { recordTableCodes } from './codes/record-table-codes.ts'
import { registrationCodes } from './codes/registration-codes.ts'
import { tradeCodes } from './codes/trade-codes.ts'
import { transactionCodes } from './codes/transaction-codes.ts'
import { zoneKeyCodes } from './codes/zone-key-codes.ts'

export type { CodeDescription, CodePlace } from './codes/code-description.ts'

/** Every answer that the ledger gives to a transaction or a block. The set is closed. */
export const codes = {
  ok: row(0, ['admission', 'receipt'], 'The transaction took effect.', 'Nothing.'),
  ...transactionCodes,
  ...registrationCodes,
  ...nameCodes,
  ...publishingCodes,
  ...tradeCodes,
  ...authorityCodes,
  ...membershipCodes,
  ...zoneKeyCodes,
  ...recordTableCodes,
} as const satisfies Record<string, CodeDescription>

export type Code = keyof typeof codes

/** A code that is not `ok`. */
export type Refusal = Exclude<Code, 'ok'>

const byNumber = new Map<number, Code>()
for (const [code, { number }] of Object.entries(codes)) {
  if (byNumber.has(number)) throw new Error(`two codes have the number ${number}`)
  byNumber.set(number, code as Code)
}

export function codeOfNumber(number: number): Code | undefined {
  return byNumber.get(number)
}
