import { equalBytes } from '@cresset/core-codec'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { claimEntry } from '../entries/registration.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { stateKeys } from '../state-keys.ts'
import { ledgerNameProblem } from './ledger-name.ts'
import { type OwnedName, standingOf } from './status.ts'

/** A name that somebody owns now, in use or in grace, or why there is none. */
export function findOwnedName(context: BlockContext, name: string): OwnedName | Refusal {
  const { state, zones, ledgerTimeMs, parameters } = context
  const problem = ledgerNameProblem(name, zones.zones)
  if (problem !== undefined) return problem
  const standing = standingOf(state, name, ledgerTimeMs, parameters)
  if (standing.status === 'active' || standing.status === 'grace') return standing.owned
  if (standing.status === 'reserved') return 'name-reserved'
  return state.get(claimEntry, stateKeys.claim(name)) === undefined ? 'name-unknown' : 'name-claimed'
}

/** As `findOwnedName`, for what only the primary key may do. */
export function findNameOfSigner(
  context: BlockContext,
  prepared: PreparedTransaction,
  name: string,
): OwnedName | Refusal {
  const owned = findOwnedName(context, name)
  if (typeof owned === 'string') return owned
  const { primaryKey } = owned.registration
  return prepared.transaction.signers.some((key) => equalBytes(key, primaryKey)) ? owned : 'not-primary-key'
}
