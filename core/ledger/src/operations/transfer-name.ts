import { equalBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem } from '@cresset/core-crypto'
import type { Refusal } from '../codes.ts'
import { findOwnedName } from '../names/owned-name.ts'
import type { OwnedName } from '../names/status.ts'
import { expiryProblem } from '../trade/agreement-expiry.ts'
import { changeOwner } from '../trade/change-owner.ts'
import { type NameTransfer, nameTransferSigningBytes } from '../trade/name-transfer.ts'
import type { Operation } from './operation.ts'

/**
 * Gives a name to another key, which signed that it wants it. The payer need be neither of the two, so nobody's sequence waits for
 * the other's signature.
 */
export const transferName: Operation<'transferName'> = (context, _prepared, body) => {
  const { transfer, fromSignature, toSignature } = body
  const owned = findOwnedName(context, transfer.name)
  if (typeof owned === 'string') return owned
  const refusal = agreementProblem(owned, transfer, context.ledgerTimeMs)
  if (refusal !== undefined) return refusal
  const message = nameTransferSigningBytes(context.chainId, transfer)
  if (!checkSignature(transfer.from, message, fromSignature)) return 'transfer-signature-bad'
  if (!checkSignature(transfer.to, message, toSignature)) return 'transfer-signature-bad'

  const { name, from, to, keepRecords } = transfer
  const ownership = changeOwner(context, owned, to, { keepRecords })
  context.events.push({
    kind: 'nameTransferred',
    body: { name, from: accountOf(from), owner: accountOf(to), ownership, keptRecords: keepRecords },
  })
  return 'ok'
}

function agreementProblem(
  { entry, registration }: OwnedName,
  { ownership, from, to, expiresMs }: NameTransfer,
  ledgerTimeMs: number,
): Refusal | undefined {
  const expired = expiryProblem(expiresMs, ledgerTimeMs, 'transfer-expired')
  if (expired !== undefined) return expired
  if (ownership !== entry.ownerships) return 'ownership-differs'
  if (!equalBytes(from, registration.primaryKey)) return 'transfer-not-from-owner'
  if (equalBytes(from, to)) return 'owner-already'
  return publicKeyProblem(to) === undefined ? undefined : 'new-key-bad'
}
