import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordTableLimits } from '../actions.ts'
import { type RecordPage, recordPageBytes, recordPageEntry } from '../entries/record-table.ts'
import { ownersInEntry, recordsInEntry } from './encoded-page.ts'

const recordSet = fc.record({
  type: fc.nat({ max: 65_535 }),
  ttlSeconds: fc.option(fc.nat({ max: 0xffff_ffff }), { nil: undefined }),
  data: fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 30 }),
})
/** Each fits a page alone. */
const owners = fc.array(
  fc.record({
    owner: fc.string({ unit: fc.constantFrom('a', '.', '_'), maxLength: 253 }),
    recordSets: fc.array(recordSet, { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 30, size: '+1' },
)

function countDecoded(page: RecordPage): number {
  return page.owners.flatMap(({ recordSets }) => recordSets.flatMap(({ data }) => data)).length
}

test('records counted, and owners found, by the heads of an entry are those that decoding finds', () => {
  let checked = 0
  fc.assert(
    fc.property(owners, (list) => {
      let page: RecordPage = { owners: list }
      while (recordPageBytes(page) > recordTableLimits.pageBytes) page = { owners: page.owners.slice(0, -1) }
      const entry = recordPageEntry.codec.encode(page)
      assert.equal(recordsInEntry(entry), countDecoded(page))
      assert.throws(() => recordsInEntry(entry.subarray(0, -1)), /invariant/)
      for (const isWanted of [(owner: string) => owner.includes('a'), () => true, () => false])
        assert.deepEqual(
          ownersInEntry(entry, isWanted),
          recordPageEntry.codec.decode(entry).owners.filter(({ owner }) => isWanted(owner)),
        )
      assert.throws(() => ownersInEntry(entry.subarray(0, -1), () => false), /invariant/)
      checked += page.owners.length
    }),
    { numRuns: 50 },
  )
  assert(checked > 50)
})
