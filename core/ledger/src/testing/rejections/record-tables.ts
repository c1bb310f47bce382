import type { Code } from '../../codes.ts'
import { delegating } from '../authorities.ts'
import { ownersNamed, pagesOf, type RecordsBody, setRecords } from '../record-tables.ts'
import { ownerOf, register } from '../registrations.ts'
import { Scenario } from '../scenario.ts'
import type { Case } from './case.ts'

const name = 'shop.acme'

/** What `act` is answered where a name's first generation is served. */
function whereServed(act: (ledger: Scenario) => Code): Code {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  const first = setRecords(ledger, name, { bits: 1, pages: pagesOf(1, ownersNamed('www', 'mail', 'a', 'b', 'c')) })
  return first === 'ok' ? act(ledger) : first
}

const change = (content: Partial<RecordsBody>): Code =>
  whereServed((ledger) => setRecords(ledger, name, { bits: 1, ...content }))

export const recordTableCases = {
  'records-generation': () => change({ generation: 3, pages: pagesOf(1, ownersNamed('www')) }),
  'record-page-bad': () => change({ pages: pagesOf(1, ownersNamed('a', 'b', 'c', 'd')).reverse() }),
  'record-page-too-long': () => {
    const texts = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(250, 'x'))
    const long = texts.map((text) => Uint8Array.of(text.length, ...new TextEncoder().encode(text)))
    const recordSets = [
      { type: 16, ttlSeconds: undefined, data: long.slice(0, 15) },
      { type: 99, ttlSeconds: undefined, data: long.slice(0, 15) },
      { type: 65_280, ttlSeconds: undefined, data: long.slice(0, 15) },
      { type: 65_281, ttlSeconds: undefined, data: long.slice(0, 15) },
      { type: 65_282, ttlSeconds: undefined, data: long.slice(0, 15) },
    ]
    return change({ pages: pagesOf(1, [{ owner: 'www', recordSets }]) })
  },
  'table-fee-not-offered': () =>
    whereServed((ledger) => ledger.run('alice', delegating(name, 't'), { cosigners: [ownerOf(name)] })),
} satisfies Partial<Record<Code, Case>>
