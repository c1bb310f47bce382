import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { findNameOfSigner } from '../names/owned-name.ts'
import { changeOwner } from '../trade/change-owner.ts'
import type { Operation } from './operation.ts'

/** Gives a name another primary key of its owner's: old and new key sign, and everything published stays. */
export const changeKey: Operation<'changeKey'> = (context, prepared, { name, newKey }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const { primaryKey } = owned.registration
  if (equalBytes(primaryKey, newKey)) return 'owner-already'
  if (!prepared.transaction.signers.some((key) => equalBytes(key, newKey))) return 'new-key-not-signer'

  const ownership = changeOwner(context, owned, newKey, { keepRecords: true })
  const body = { name, from: accountOf(primaryKey), owner: accountOf(newKey), ownership }
  context.events.push({ kind: 'keyChanged', body })
  return 'ok'
}
