import { utf8 } from '@cresset/core-codec'
import { RecordType } from '@cresset/dns-wire'
import type { Action, ActionBody, OwnerRecords, RecordPageChange, RecordSet } from '../actions.ts'
import type { Code } from '../codes.ts'
import { recordPageOf } from '../record-tables/page-of-owner.ts'
import { readRecordPage, readRecordTable } from '../record-tables/queries.ts'
import { ownerOf } from './registrations.ts'
import type { Scenario } from './scenario.ts'

export type RecordsBody = ActionBody<'setRecords'>

/** A with one address each. */
export function addressRecords(...lastBytes: number[]): RecordSet {
  return { type: RecordType.A, ttlSeconds: undefined, data: lastBytes.map((byte) => Uint8Array.of(127, 0, 0, byte)) }
}

/** Owners sorted into the pages that they belong to; pages without owners are left out. */
export function pagesOf(bits: number, owners: readonly OwnerRecords[]): RecordPageChange[] {
  const byPage = new Map<number, OwnerRecords[]>()
  for (const records of [...owners].sort((a, b) => (a.owner < b.owner ? -1 : 1))) {
    const index = recordPageOf(records.owner, bits)
    byPage.set(index, [...(byPage.get(index) ?? []), records])
  }
  return [...byPage].sort(([a], [b]) => a - b).map(([index, own]) => ({ index, owners: own }))
}

/** Owners with an address each, which tells them apart. */
export function ownersNamed(...owners: string[]): OwnerRecords[] {
  return owners.map((owner, index) => ({ owner, recordSets: [addressRecords(index)] }))
}

export function settingRecords(name: string, content: Partial<RecordsBody>): Action {
  return { kind: 'setRecords', body: { name, generation: 1, bits: 0, serve: true, pages: [], ...content } }
}

/** Alice pays and the name's owner agrees. */
export function setRecords(ledger: Scenario, name: string, content: Partial<RecordsBody>): Code {
  return ledger.run('alice', settingRecords(name, content), { cosigners: [ownerOf(name)] })
}

/** What DNS shows of a table: its owners and the number of their records, from its pages. */
export function servedOwners({ state }: Scenario, name: string): Record<string, number> {
  const served = readRecordTable(state, name)?.served
  if (served === undefined) return {}
  const found: Record<string, number> = {}
  for (let index = 0; index < 2 ** served.bits; index++)
    for (const { owner, recordSets } of readRecordPage(state, name, served.generation, index)?.owners ?? [])
      found[owner] = recordSets.reduce((sum, { data }) => sum + data.length, 0)
  return found
}

const owners = ['', 'www', 'a.www', '*', '_sip._tcp', 'sub', 'mail'] as const
const badOwners = ['_1._tcp', 'UPPER', 'a..b', 'x'.repeat(64), `${'x.'.repeat(140)}x`] as const
const mail: RecordSet = { type: RecordType.MX, ttlSeconds: 60, data: [Uint8Array.of(0, 10, 1, 0x61, 0)] }
const alias: RecordSet = { type: RecordType.CNAME, ttlSeconds: undefined, data: [Uint8Array.of(1, 0x61, 0)] }
const ofKey: RecordSet = { type: RecordType.TLSA, ttlSeconds: undefined, data: [Uint8Array.of(3, 1, 1, ...utf8('x'))] }

type Pick = <T>(items: readonly T[]) => T

/** A change of a record table that is often good: of the table that the name has, of the next one, or of none there is. */
export function anyRecords({ state }: Scenario, pick: Pick, name: string): Action {
  const { generation: newest = 0, served, building } = readRecordTable(state, name) ?? {}
  const next = { generation: newest + 1, bits: pick([0, 1, 2, 2, 8]) }
  const known = pick([served, building, building, undefined])
  const { generation, bits } = pick([known ?? next, known ?? next, known ?? next, { generation: newest, bits: 1 }])
  const sets = (): RecordSet[] =>
    pick([
      [addressRecords(1, 2)],
      [addressRecords(3)],
      [mail, addressRecords(4)],
      [alias],
      [mail],
      pick([[alias, mail], [ofKey]]),
    ])
  const listed = Array.from({ length: pick([1, 1, 2, 2, 5, 0]) }, () =>
    pick([...owners, ...owners, ...owners, pick(badOwners)]),
  )
  const pages = pagesOf(
    bits,
    [...new Set(listed)].map((owner) => ({ owner, recordSets: sets() })),
  )
  const emptied = pages.map(({ index }) => ({ index, owners: [] }))
  const moved = pages.map((page) => ({ ...page, index: page.index + 1 }))
  return settingRecords(name, {
    generation,
    bits,
    serve: pick([known !== undefined && known === served, known !== undefined, true, false]),
    pages: pick([pages, pages, pages, pages, [], emptied, moved]),
  })
}
