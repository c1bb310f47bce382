import type { Action } from '../../actions.ts'
import type { Code } from '../../codes.ts'
import { ownerOf, register, Scenario } from '../index.ts'
import { termParameters } from '../scenario.ts'
import type { Case } from './case.ts'

/** Seven days of the default rate. */
const leastRefill = 16_800n * 14n

function owned(ledger = new Scenario()): Scenario {
  register(ledger, 'alice', 'shop.acme')
  return ledger
}

function run(ledger: Scenario, action: Action): Code {
  return ledger.run('alice', action, { cosigners: [ownerOf('shop.acme')] })
}

function order(refill: bigint, cap: bigint): Action {
  return { kind: 'setStandingOrder', body: { name: 'shop.acme', order: { refill, cap } } }
}

const renew: Action = { kind: 'renew', body: { name: 'shop.acme' } }
const byTerm = () => owned(new Scenario({ parameters: termParameters }))

export const orderCases = {
  'names-run-by-term': () => run(byTerm(), { kind: 'topUp', body: { name: 'shop.acme', amount: 1_000n } }),
  'names-run-by-deposit': () => run(owned(), renew),
  'renewed-already': () => run(byTerm(), renew),
  'refill-too-small': () => run(owned(), order(leastRefill - 1n, leastRefill)),
  'cap-below-refill': () => run(owned(), order(leastRefill, leastRefill - 1n)),
  'standing-order-unknown': () =>
    run(owned(), { kind: 'setStandingOrder', body: { name: 'shop.acme', order: undefined } }),
} as const satisfies Record<string, Case>
