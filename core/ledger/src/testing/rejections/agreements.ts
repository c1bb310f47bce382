import type { Code } from '../../codes.ts'
import { inCurrency } from '../genesis-kind.ts'
import { type AgreementOptions, makeAgreement, Scenario } from '../index.ts'
import type { Case } from './case.ts'

const dayMs = 86_400_000
const parties = ['alice', 'bob', 'carol']

/** Carried by somebody who is no party. */
function agreed(options: AgreementOptions = {}, ledger = new Scenario({ accounts: [...parties, 'dora'] })): Code {
  return ledger.run('dora', makeAgreement(ledger, parties, options))
}

export const agreementCases = {
  'agreement-parties-unordered': () =>
    agreed({ change: (statement) => ({ ...statement, parties: [...statement.parties].reverse() }) }),
  'agreement-party-key-bad': () =>
    agreed({
      change: (statement) => ({
        ...statement,
        parties: [Uint8Array.of(1, ...new Uint8Array(32)), ...statement.parties.slice(1)],
      }),
    }),
  'agreement-payer-unknown': () =>
    agreed({
      pays: [['alice', 'bob', 1n]],
      change: (statement) => ({
        ...statement,
        transfers: statement.transfers.map((transfer) => ({ ...transfer, from: 3 })),
      }),
    }),
  'agreement-expired': () => agreed({ expiresMs: new Scenario().timeMs + 1_000 }),
  'agreed-before': () => {
    const ledger = new Scenario({ accounts: [...parties, 'dora'] })
    const first = agreed({}, ledger)
    // Another expiry and other transfers do not make another agreement of it.
    return first === 'ok' ? agreed({ expiresMs: ledger.timeMs + dayMs, pays: [['bob', 'alice', 1n]] }, ledger) : first
  },
  'agreement-signature-missing': () => agreed({ unsignedBy: ['bob'] }),
  'agreement-signature-bad': () => agreed({ chainId: 'test-ffffffffffffffff' }),
  'agreement-party-cannot-pay': () => {
    const ledger = new Scenario({ accounts: [...parties, 'dora'] })
    // Each of the two is an amount that she has, or the smallest.
    const all = inCurrency(ledger.balance('alice') - 1n) + 1n
    const pays = [
      ['alice', 'bob', all],
      ['alice', 'carol', 1n],
    ] as const
    return agreed({ pays }, ledger)
  },
} as const satisfies Record<string, Case>
