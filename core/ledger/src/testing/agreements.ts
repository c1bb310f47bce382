import { compareBytes, utf8 } from '@cresset/core-codec'
import { accountOf, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import { type AgreementStatement, agreementSigningBytes } from '../agreements/statement.ts'
import { keyPairFor, type Scenario } from './scenario.ts'

export interface AgreementOptions {
  document?: string
  /** Who pays whom: names of parties and of accounts. */
  pays?: readonly (readonly [from: string, to: string, amount: bigint])[]
  /** Ledger time, which is block time in a scenario without halts. */
  expiresMs?: number
  /** Names of parties whose signature is left out. */
  unsignedBy?: readonly string[]
  /** Changes what the parties sign. */
  change?: (statement: AgreementStatement) => AgreementStatement
  chainId?: string
}

/** Parties by name, in the order that an agreement lists them in. */
export function partiesInOrder(names: readonly string[]): { name: string; pair: KeyPair }[] {
  return names
    .map((name) => ({ name, pair: keyPairFor(name) }))
    .sort((a, b) => compareBytes(a.pair.publicKey, b.pair.publicKey))
}

/** An agreement of these parties, signed as their clients do. */
export function makeAgreement(
  ledger: Scenario,
  names: readonly string[],
  options: AgreementOptions = {},
): Extract<Action, { kind: 'agree' }> {
  const parties = partiesInOrder(names)
  const draft: AgreementStatement = {
    document: sha256(utf8(options.document ?? 'a document')),
    title: undefined,
    parties: parties.map(({ pair }) => pair.publicKey),
    transfers: (options.pays ?? []).map(([from, to, amount]) => ({
      from: parties.findIndex(({ name }) => name === from),
      to: accountOf(keyPairFor(to).publicKey),
      amount,
    })),
    expiresMs: options.expiresMs ?? ledger.timeMs + 3_600_000,
  }
  const statement = options.change?.(draft) ?? draft
  const message = agreementSigningBytes(options.chainId ?? ledger.chainId, statement)
  const signatures = parties.map(({ name, pair }) =>
    options.unsignedBy?.includes(name) ? undefined : signSync(pair, message),
  )
  return { kind: 'agree', body: { ...statement, signatures } }
}
