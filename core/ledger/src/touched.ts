import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { LedgerEvent } from './events.ts'
import type { Transaction } from './transaction.ts'

/** Whom something on the ledger is about. */
export interface Touched {
  readonly names: ReadonlySet<string>
  /** In hex. */
  readonly accounts: ReadonlySet<string>
}

const accountFields = new Set([
  'owner',
  'sender',
  'signer',
  'seller',
  'buyer',
  'from',
  'to',
  'payer',
  'holder',
  'account',
  'parties',
])
const keyFields = new Set(['primaryKey', 'newKey', 'parties', 'from', 'to'])
const accountBytes = 32

/** The names and accounts that an event speaks of. */
export function touchedByEvent(event: LedgerEvent): Touched {
  const found = { names: new Set<string>(), accounts: new Set<string>() }
  collect(event.body, '', found)
  return found
}

/** The names and accounts that a transaction speaks of, those who signed it among them. */
export function touchedByTransaction({ unsigned }: Transaction): Touched {
  const found = { names: new Set<string>(), accounts: new Set<string>() }
  for (const signer of unsigned.signers) found.accounts.add(toHex(accountOf(signer)))
  collect(unsigned.action.body, '', found)
  return found
}

/** Bodies are declared in one table and name their fields alike, so new kinds are found without a list of them here. */
function collect(value: unknown, field: string, found: { names: Set<string>; accounts: Set<string> }): void {
  if (typeof value === 'string') {
    if (field === 'name') found.names.add(value)
  } else if (value instanceof Uint8Array) {
    if (value.length === accountBytes) {
      if (accountFields.has(field)) found.accounts.add(toHex(value))
    } else if (keyFields.has(field)) found.accounts.add(toHex(accountOf(value)))
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, field, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) collect(item, name, found)
  }
}
