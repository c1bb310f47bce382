import { x25519KeyProblem } from '@cresset/core-crypto'
import { nameEntry } from '../entries/name.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** Says for which key others seal what only the name's owner shall read, or that there is none any more. */
export const setEncryptionKey: Operation<'setEncryptionKey'> = (context, prepared, { name, key }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const { entry, registration } = owned
  if (key === undefined && registration.encryptionKey === undefined) return 'encryption-key-absent'
  if (key !== undefined && x25519KeyProblem(key) !== undefined) return 'encryption-key-bad'

  const next = succeed(context, entry, { registration: { ...registration, encryptionKey: key }, freeAtLedgerMs: 0 })
  context.state.put(nameEntry, stateKeys.name(name), next)
  if (key === undefined) context.events.push({ kind: 'encryptionKeyEnded', body: { name } })
  else context.events.push({ kind: 'encryptionKeySet', body: { name, key } })
  return 'ok'
}
