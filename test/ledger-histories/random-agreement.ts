import type { Random } from '../../tools/fuzz/random.ts'
import type { Act } from './history.ts'
import { owners, payers } from './random-genesis.ts'

const dayMs = 86_400_000

/** Few documents between few parties, so that some are agreed twice; sums that empty an account, and some that do not fit. */
export function randomAgreement(random: Random): Act {
  const people = [...new Set([...payers, ...owners])]
  const parties = random.oneIn(3) ? ['e1', 'p1'] : people.filter(() => random.oneIn(4))
  for (const person of people) if (parties.length < 2 && !parties.includes(person)) parties.push(person)
  const transfer = (): [number, string, string] => [
    random.oneIn(20) ? random.below(16) : random.below(parties.length),
    random.pick([...parties, 'new']),
    random.oneIn(20) ? '0' : random.pick(['1', '999', '1000000', '30000000', String(2n ** 62n)]),
  ]
  const pays = Array.from({ length: random.pick([0, 0, 1, 2, 3]) }, transfer)
  const wrongs = ['order', 'twice', 'key', 'missing', 'short', 'long', 'chain'] as const
  return {
    kind: 'agree',
    document: `contract ${random.below(3)}`,
    ...(random.oneIn(2) ? { title: 'title' } : {}),
    parties,
    pays,
    forMs: random.oneIn(6) ? random.pick([-1, 0, 1, 90 * dayMs, 90 * dayMs + 1]) : dayMs,
    ...(random.oneIn(5) ? { wrong: random.pick(wrongs) } : {}),
  }
}
