import assert from 'node:assert/strict'
import { toHex } from '@cresset/core-codec'
import { recordTableLimits } from '../actions.ts'
import { type RecordPage, recordPageBytes } from '../entries/record-table.ts'
import { recordPageOf } from '../record-tables/page-of-owner.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateScan } from './scan.ts'

/**
 * Tables count what their pages hold, only owned names have records, and every page is either of a generation that a table lists or
 * waits to be removed.
 */
export function checkRecordTables(scan: StateScan): void {
  const listed = new Set<string>()
  const list = (name: string, generation: number): void => {
    const place = `${name} ${generation}`
    assert(!listed.has(place), 'a generation stands in one place')
    listed.add(place)
  }
  let tables = 0
  let pages = 0
  for (const { name, registration } of scan.all('name')) {
    const table = scan.at('recordTable', stateKeys.recordTable(name))
    if (table === undefined) continue
    tables += 1
    assert(table.generation > 0)
    const generations = [table.served, table.building].filter((one) => one !== undefined)
    assert(registration !== undefined || generations.length === 0, 'only an owned name has records')
    for (const { generation, bits, records, bytes } of generations) {
      list(name, generation)
      assert(generation <= table.generation)
      const found = pagesOf(scan, { name, generation, bits }, 0)
      assert.deepEqual([sum(found.map(recordsOf)), sum(found.map(recordPageBytes))], [records, bytes])
      pages += found.length
    }
  }
  assert.equal(scan.all('recordTable').length, tables, 'a table is of a name')

  const { head, tail } = scan.all('recordRemovals')[0] ?? { head: 0, tail: 0 }
  assert.equal(scan.all('recordRemoval').length, tail - head, 'the queue has no gap, and no place is outside of it')
  for (let position = head; position < tail; position++) {
    const removal = scan.at('recordRemoval', stateKeys.recordRemoval(position))
    assert(removal !== undefined)
    assert(removal.next < 2 ** removal.bits && (removal.next === 0 || position === head), 'the head is removed first')
    list(removal.name, removal.generation)
    assert.equal(pagesOf(scan, removal, 0).length, pagesOf(scan, removal, removal.next).length)
    pages += pagesOf(scan, removal, removal.next).length
  }
  assert.equal(scan.all('recordPage').length, pages, 'no page is lost')
}

type Place = { readonly name: string; readonly generation: number; readonly bits: number }

function pagesOf(scan: StateScan, { name, generation, bits }: Place, from: number): RecordPage[] {
  const found: RecordPage[] = []
  for (let index = from; index < 2 ** bits; index++) {
    const page = scan.at('recordPage', stateKeys.recordPage(name, generation, index))
    if (page === undefined) continue
    checkPage(page, index, bits)
    found.push(page)
  }
  return found
}

function checkPage(page: RecordPage, index: number, bits: number): void {
  const owners = page.owners.map(({ owner }) => owner)
  assert.deepEqual(owners, [...new Set(owners)].sort(), 'owners rise')
  for (const owner of owners) assert.equal(recordPageOf(owner, bits), index, 'an owner stands in its page')
  assert(recordPageBytes(page) <= recordTableLimits.pageBytes)
  for (const { recordSets } of page.owners)
    for (const { data } of recordSets) assert.equal(new Set(data.map(toHex)).size, data.length)
}

function recordsOf({ owners }: RecordPage): number {
  return sum(owners.flatMap(({ recordSets }) => recordSets.map(({ data }) => data.length)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
