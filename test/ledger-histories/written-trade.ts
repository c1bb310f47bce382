import type { Step, TransactionPlan } from './history.ts'

const dayMs = 86_400_000

/** A name is offered more often than it may, sold, transferred with all corners of its terms, and sold again. */
export function tradeToItsLimits(): Step[] {
  const name = 'a.acme'
  const step = (...transactions: TransactionPlan[]): Step => ({ afterMs: 1_000, transactions })
  const offer = (id: string, price: string, forMs = dayMs): TransactionPlan => ({
    by: 'e1',
    act: { kind: 'offerName', id, name, price, forMs },
  })
  const seal = { id: 's', label: 'a', zone: 'acme', owner: 'e1', deposit: '1000000' } as const
  const transfer = { name, from: 'e1', to: 'e2', forMs: dayMs } as const
  const bad = (id: string, change: object): TransactionPlan => ({
    by: 'e2',
    act: { kind: 'transferName', id, ...transfer, ...change },
  })
  const purchase = { name, offer: 'o3', seller: 'e1', highest: '3', owner: 'e2' } as const
  return [
    step({ by: 'e1', act: { kind: 'seal', ...seal } }),
    step({ by: 'e1', act: { kind: 'reveal', id: 's' } }),
    step(...Array.from({ length: 9 }, (_, index) => offer(`o${index}`, String(index), (index + 1) * 10_000))),
    // The first three end, and leave room for as many.
    { afterMs: 30_000 },
    step(offer('o9', '9'), offer('o10', '10'), offer('o11', '11'), offer('o12', '12')),
    step(
      bad('key', { wrong: 'key' }),
      bad('from', { wrong: 'from' }),
      bad('to', { wrong: 'to' }),
      bad('chain', { wrong: 'chain' }),
      bad('late', { forMs: 0 }),
      bad('long', { forMs: 90 * dayMs + 1 }),
      bad('number', { ownership: 1 }),
    ),
    step(
      { by: 'e2', act: { kind: 'buyName', ...purchase, offer: 'o0' } },
      { by: 'e2', act: { kind: 'buyName', ...purchase, highest: '2' } },
      { by: 'e2', act: { kind: 'buyName', ...purchase, seller: 'p1' } },
      { by: 'e2', act: { kind: 'buyName', ...purchase, highest: '5' } },
      { by: 'e2', act: { kind: 'buyName', ...purchase } },
    ),
    step({ by: 'e1', act: { kind: 'transferName', id: 't', ...transfer, from: 'e2', to: 'e1', keep: true } }),
    step(
      { by: 'e2', act: { kind: 'transferName', id: 't2', again: 't', ...transfer } },
      { by: 'e1', act: { kind: 'changeKey', name, to: 'p1' } },
      { by: 'e1', with: ['p1'], act: { kind: 'changeKey', name, to: 'p1' } },
    ),
  ]
}
