import assert from 'node:assert/strict'
import type { KeyPair } from '@cresset/core-crypto'
import {
  anyRecords,
  keyPairFor,
  makeTransfer,
  ownerOf,
  type RecordsBody,
  register,
  Scenario,
  servedOwners,
} from '../testing/index.ts'
import { recordPageOf } from './page-of-owner.ts'

/*
 * Bytes as choices: changes of one name's record table, good and bad, some with the end of all of it between them. DNS shows what a map
 * of owners holds, and after each block the scenario checks that tables count their pages and that no page is lost.
 */

export const name = 'ledger-records'
export const maxBytes = 600

const table = 'shop.acme'
const begun = new Scenario()
register(begun, 'alice', table)
/** They give the name to each other. */
const owners = [ownerOf(table), keyPairFor('bob')] as const

/** Records of each owner, by generation. */
type Model = Map<number, Map<string, number>>

export function run(bytes: Uint8Array): void {
  let at = 0
  const pick = <T>(items: readonly T[]): T => items[(bytes[at++] ?? at % 251) % items.length] as T
  const ledger = begun.copy()
  const generations: Model = new Map()
  let served: number | undefined
  let [owner, other] = owners as readonly [KeyPair, KeyPair]
  while (at < bytes.length) {
    if (pick([false, false, false, false, false, false, true])) {
      assert.equal(ledger.run('alice', makeTransfer(ledger, table, { from: owner, to: other })), 'ok')
      ;[owner, other] = [other, owner]
      served = undefined
    } else {
      const action = anyRecords(ledger, pick, table)
      const body = action.body as RecordsBody
      const code = ledger.run('alice', action, { cosigners: [owner] })
      if (code === 'ok') {
        write(generations, body)
        if (body.serve) served = body.generation
      }
    }
    const expected = served === undefined ? new Map<string, number>() : generations.get(served)
    assert.deepEqual(servedOwners(ledger, table), Object.fromEntries([...(expected ?? [])]))
  }
}

function write(generations: Model, { generation, bits, pages }: RecordsBody): void {
  const records = generations.get(generation) ?? new Map<string, number>()
  generations.set(generation, records)
  for (const { index, owners: listed } of pages) {
    for (const owner of [...records.keys()]) if (recordPageOf(owner, bits) === index) records.delete(owner)
    for (const { owner, recordSets } of listed)
      records.set(
        owner,
        recordSets.reduce((sum, { data }) => sum + data.length, 0),
      )
  }
}
