import assert from 'node:assert/strict'
import { nameEntry } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { makeSeal, ownerOf, register, Scenario } from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

test('a sealed and revealed name is registered for its primary key', () => {
  const ledger = new Scenario()
  const { seal, reveal } = makeSeal(ledger, 'alice', 'shop.acme')
  assert.equal(ledger.run('alice', seal), 'ok')
  assert.equal(ledger.last?.wantsBlockWithinMs, 1_000)
  assert.equal(ledger.run('bob', reveal), 'ok')
  assert.equal(ledger.last?.wantsBlockWithinMs, undefined)
  const entry = ledger.read(nameEntry, stateKeys.name('shop.acme'))
  assert.deepEqual(entry?.registration?.primaryKey, ownerOf('shop.acme').publicKey)
  assert.equal(register(ledger, 'bob', 'shop.acme'), 'name-taken')
})
