import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair } from '@cresset/core-crypto'
import type { Action } from './actions.ts'
import { touchedByEvent, touchedByTransaction } from './touched.ts'

const key = (seed: number) => generateKeyPair('ed25519', new Uint8Array(32).fill(seed)).publicKey
const account = (seed: number) => toHex(accountOf(key(seed)))
const touched = (signers: readonly number[], action: Action) => {
  const unsigned = { chainId: 'x', signers: signers.map(key), sequence: 0, validUntilMs: 0, fee: 0n, action }
  const { names, accounts } = touchedByTransaction({ unsigned, signatures: [] })
  return [[...names], [...accounts]]
}

test('a payment touches who pays and who is paid', () => {
  const body = { to: accountOf(key(2)), amount: 1n, memo: new Uint8Array(32) }
  assert.deepEqual(touched([1], { kind: 'transfer', body }), [[], [account(1), account(2)]])
})

test('a change of key touches the name, the signers and the new key', () => {
  const body = { name: 'shop.acme', newKey: key(3) }
  assert.deepEqual(touched([1, 2], { kind: 'changeKey', body }), [['shop.acme'], [account(1), account(2), account(3)]])
})

test('a hash that is no account is none', () => {
  const body = { hash: new Uint8Array(32).fill(9), form: 'plain' as const }
  assert.deepEqual(touched([1], { kind: 'notarize', body: body as never }), [[], [account(1)]])
})

test('events touch the names and accounts that they tell of', () => {
  const [seller, buyer] = [accountOf(key(1)), accountOf(key(2))]
  const offer = new Uint8Array(32).fill(7)
  const sold = { name: 'shop.acme', offer, seller, buyer, owner: buyer, ownership: 2, price: 5n }
  const { names, accounts } = touchedByEvent({ kind: 'nameSold', body: sold })
  assert.deepEqual([[...names], [...accounts]], [['shop.acme'], [account(1), account(2)]])
  const agreed = { agreement: offer, document: offer, parties: [seller, buyer] }
  assert.deepEqual([...touchedByEvent({ kind: 'agreed', body: agreed }).accounts], [account(1), account(2)])
})

test('keys of a zone touch who sends them: nodes and anchors are not accounts that were paid or named', () => {
  const bytes = new Uint8Array(36)
  const body = {
    zone: 'acme',
    ttlSeconds: 60,
    keys: [bytes],
    signatures: [new Uint8Array(32)],
    authorization: undefined,
  }
  assert.deepEqual(touched([1], { kind: 'setZoneKeys', body }), [[], [account(1)]])
  const change = { kind: 'setZoneAnchors' as const, body: { zone: 'acme', anchors: [key(2)] } }
  const node = accountOf(key(3))
  assert.deepEqual(touched([1], { kind: 'propose', body: { node, change } }), [[], [account(1)]])
})

test('a record table touches its name and who signs: owners of records are no owners of names', () => {
  const owners = [{ owner: 'www', recordSets: [{ type: 16, ttlSeconds: 60, data: [new Uint8Array(32)] }] }]
  const body = { name: 'shop.acme', generation: 1, bits: 0, serve: true, pages: [{ index: 0, owners }] }
  assert.deepEqual(touched([1], { kind: 'setRecords', body }), [['shop.acme'], [account(1)]])
  const event = { kind: 'recordsSet' as const, body: { name: 'shop.acme', generation: 1, isServed: true, pages: [0] } }
  assert.deepEqual([...touchedByEvent(event).names], ['shop.acme'])
})
