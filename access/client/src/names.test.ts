import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientError } from './client-error.ts'
import { parseName, splitHost } from './names.ts'

const zones = ['acme', 'data.internal']

test('a host is split at its zone, whatever its case and dot', () => {
  assert.deepEqual(splitHost('WWW.Shop.acme.', zones), { name: 'shop.acme', host: 'www', zone: 'acme' })
  assert.deepEqual(splitHost('a.b.x.data.internal', zones), {
    name: 'x.data.internal',
    host: 'a.b',
    zone: 'data.internal',
  })
  assert.deepEqual(splitHost('shop.acme', zones), { name: 'shop.acme', host: '', zone: 'acme' })
})

test('a zone alone, another zone and a host in place of a name are refused with the remedy', () => {
  for (const text of ['acme', 'shop.example', '', '.']) assert.throws(() => splitHost(text, zones), ClientError)
  assert.throws(() => parseName('www.shop.acme', zones), /the name on the ledger is shop.acme/)
  assert.equal(parseName('shop.acme', zones), 'shop.acme')
})
