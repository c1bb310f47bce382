import { compareBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, type PublicKey, publicKeyProblem } from '@cresset/core-crypto'
import { accountAt, credit, debitAt } from '../accounts.ts'
import type { ActionBody } from '../actions.ts'
import { appendAgreement } from '../agreements/agreement-list.ts'
import { agreementId, agreementSigningBytes } from '../agreements/statement.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { agreementEntry } from '../entries/agreement.ts'
import { stateKeys } from '../state-keys.ts'
import { expiryProblem } from '../trade/agreement-expiry.ts'
import type { Operation } from './operation.ts'

type Body = ActionBody<'agree'>

/** Parties agree on a document and pay each other, all or none of it. The payer of the fee need not be one of them. */
export const agree: Operation<'agree'> = (context, _prepared, body) => {
  const { state, height, timeMs } = context
  const { document, title, parties, transfers, expiresMs } = body
  const id = agreementId(document, parties)
  const problem =
    formProblem(body) ??
    expiryProblem(expiresMs, context.ledgerTimeMs, 'agreement-expired') ??
    (isKnown(context, id) ? 'agreed-before' : undefined)
  if (problem !== undefined) return problem
  const refusal = signaturesProblem(context, body) ?? paymentProblem(context, body)
  if (refusal !== undefined) return refusal

  const accounts = parties.map((key) => accountOf(key))
  state.put(agreementEntry, stateKeys.agreement(id), { document, title, parties, transfers, expiresMs, height, timeMs })
  appendAgreement(state, { kind: 'document', of: document }, id)
  for (const account of accounts) appendAgreement(state, { kind: 'party', of: account }, id)
  context.events.push({ kind: 'agreed', body: { agreement: id, document, parties: accounts } })
  for (const { from: party, to, amount } of transfers) {
    const from = accounts[party] as Uint8Array
    debitAt(state, stateKeys.account(from), amount)
    credit(state, to, amount)
    context.events.push({ kind: 'agreementPaid', body: { agreement: id, from, to, amount } })
  }
  return 'ok'
}

function formProblem({ parties, transfers }: Body): Refusal | undefined {
  for (let index = 1; index < parties.length; index++) {
    if (compareBytes(parties[index - 1] as PublicKey, parties[index] as PublicKey) >= 0)
      return 'agreement-parties-unordered'
  }
  if (parties.some((key) => publicKeyProblem(key) !== undefined)) return 'agreement-party-key-bad'
  if (transfers.some(({ from }) => from >= parties.length)) return 'agreement-payer-unknown'
  return transfers.some(({ amount }) => amount === 0n) ? 'amount-zero' : undefined
}

function isKnown({ state }: BlockContext, id: Uint8Array): boolean {
  return state.get(agreementEntry, stateKeys.agreement(id)) !== undefined
}

function signaturesProblem({ chainId }: BlockContext, body: Body): Refusal | undefined {
  const { parties, signatures } = body
  if (signatures.length !== parties.length || signatures.includes(undefined)) return 'agreement-signature-missing'
  const message = agreementSigningBytes(chainId, body)
  const areGood = parties.every((key, index) => checkSignature(key, message, signatures[index] as Uint8Array))
  return areGood ? undefined : 'agreement-signature-bad'
}

/** Every party must have all that it gives before any of it moves: what it receives by the same agreement does not count. */
function paymentProblem({ state }: BlockContext, { parties, transfers }: Body): Refusal | undefined {
  const given = new Array<bigint>(parties.length).fill(0n)
  for (const { from, amount } of transfers) given[from] = (given[from] as bigint) + amount
  const cannotPay = parties.some((key, index) => {
    const sum = given[index] as bigint
    return sum > 0n && accountAt(state, stateKeys.account(accountOf(key))).balance < sum
  })
  return cannotPay ? 'agreement-party-cannot-pay' : undefined
}
