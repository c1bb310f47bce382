import { compareBytes, encodeItem, equalBytes, type Item } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem, signingBytes, taggedHash } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'
import type { NaiveEvent } from './receipt.ts'
import type { BlockPlace, Outcome } from './registrations.ts'
import { balanceOf, type NaiveState, pay } from './state.ts'
import type { NaiveBody } from './transaction.ts'

/** docs/protocol/ledger.md, "Agreements". */

const longestMs = 90 * 86_400_000

export type NaiveStatement = Omit<NaiveBody<'agree'>, 'signatures'>

export interface NaiveAgreement extends NaiveStatement {
  id: Uint8Array
  height: number
  blockTime: number
}

/** The fields that the parties sign, in their order. */
export function statementItems({ document, title, parties, transfers, expires }: NaiveStatement): Item[] {
  return [document, title ?? null, parties, transfers.map(({ from, to, amount }) => [from, to, amount]), expires]
}

export function agreementText(chainId: string, statement: NaiveStatement): Uint8Array {
  return signingBytes('agreement', chainId, encodeItem([1, ...statementItems(statement)]))
}

export function agree(state: NaiveState, body: NaiveBody<'agree'>, at: BlockPlace, blockTime: number): Outcome {
  const id = taggedHash('cresset/agreement/v1', body.document, ...body.parties.map(accountOf))
  const code = refusalOf(state, body, id, at)
  if (code !== undefined) return { code, events: [] }
  const { signatures: _, ...statement } = body
  state.agreements.push({ ...statement, id, height: at.height, blockTime })
  const accounts = body.parties.map(accountOf)
  const events: NaiveEvent[] = [{ kind: 'agreed', body: { agreement: id, document: body.document, parties: accounts } }]
  for (const { from: index, to, amount } of body.transfers) {
    const from = accounts[index] as Uint8Array
    pay(state, from, -amount)
    pay(state, to, amount)
    events.push({ kind: 'agreementPaid', body: { agreement: id, from, to, amount } })
  }
  return { code: 'ok', events }
}

function refusalOf(
  state: NaiveState,
  body: NaiveBody<'agree'>,
  id: Uint8Array,
  { chainId, now }: BlockPlace,
): NaiveCode | undefined {
  const { parties, transfers, expires, signatures } = body
  const rises = parties.every((key, index) => index === 0 || compareBytes(parties[index - 1] as Uint8Array, key) < 0)
  if (!rises) return 'agreement-parties-unordered'
  if (parties.some((key) => publicKeyProblem(key) !== undefined)) return 'agreement-party-key-bad'
  if (transfers.some(({ from }) => parties[from] === undefined)) return 'agreement-payer-unknown'
  if (transfers.some(({ amount }) => amount === 0n)) return 'amount-zero'
  if (expires <= now) return 'agreement-expired'
  if (expires - now > longestMs) return 'expiry-too-far'
  if (state.agreements.some((agreement) => equalBytes(agreement.id, id))) return 'agreed-before'
  if (signatures.filter((signature) => signature !== undefined).length !== parties.length)
    return 'agreement-signature-missing'
  if (signatures.length !== parties.length) return 'agreement-signature-missing'
  const text = agreementText(chainId, body)
  for (const [index, key] of parties.entries())
    if (!checkSignature(key, text, signatures[index] as Uint8Array)) return 'agreement-signature-bad'
  for (const [index, key] of parties.entries()) {
    const gives = transfers.filter(({ from }) => from === index).reduce((sum, { amount }) => sum + amount, 0n)
    if (balanceOf(state, accountOf(key)) < gives) return 'agreement-party-cannot-pay'
  }
  return undefined
}
