import assert from 'node:assert/strict'
import { accountOf, type KeyPair } from '@cresset/core-crypto'
import { feeFundEntry, leaseEntry } from '../entries/lease.ts'
import { hostEntry, nameEntry } from '../entries/name.ts'
import { offersEntry } from '../entries/offer.ts'
import { stateKeys } from '../state-keys.ts'
import { inCurrency } from '../testing/genesis-kind.ts'
import {
  keyPairFor,
  makeTransfer,
  offer,
  offersOf,
  ownerOf,
  publish,
  publishing,
  register,
  Scenario,
  textRecords,
} from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'

const name = 'shop.acme'
const dayMs = 86_400_000
const seller = accountOf(ownerOf(name).publicKey)

/** `shop.acme` with one host. */
function shop(parameters = {}): Scenario {
  const ledger = new Scenario({ parameters })
  register(ledger, 'alice', name)
  publish(ledger, 'alice', publishing(name, 'www', { recordSets: [textRecords('hello')] }))
  return ledger
}

function registrationOf(ledger: Scenario) {
  return ledger.read(nameEntry, stateKeys.name(name))?.registration
}

function purchase(ledger: Scenario, highestPrice: bigint, owner: KeyPair, index = 0) {
  const bought = offersOf(ledger, name)[index]
  assert(bought !== undefined)
  return {
    kind: 'buyName',
    body: {
      name,
      offer: bought.id,
      seller: accountOf(registrationOf(ledger)?.primaryKey as Uint8Array),
      highestPrice,
      primaryKey: owner.publicKey,
    },
  } as const
}

test('a transfer that both signed gives the name with its deposit, and ends hosts and offers', () => {
  const ledger = shop()
  offer(ledger, name, 5n)
  const lease = ledger.read(leaseEntry, stateKeys.lease(name))
  const balances = ['alice', 'bob'].map((who) => ledger.balance(who))
  const { receipts, changedNames } = ledger.block([ledger.transaction('carol', makeTransfer(ledger, name))])
  assert.deepEqual(receipts[0]?.code, 'ok')
  assert.deepEqual(receipts[0]?.events, [
    {
      kind: 'nameTransferred',
      body: { name, from: seller, owner: ledger.account('bob'), ownership: 2, keptRecords: false },
    },
  ])
  assert.deepEqual(changedNames, ['www.shop.acme'])
  assert.deepEqual(registrationOf(ledger)?.primaryKey, keyPairFor('bob').publicKey)
  assert.deepEqual(registrationOf(ledger)?.hosts, [])
  assert.equal(ledger.read(hostEntry, stateKeys.host(name, 'www')), undefined)
  assert.equal(ledger.read(offersEntry, stateKeys.offers(name)), undefined)
  assert.deepEqual(ledger.read(leaseEntry, stateKeys.lease(name)), lease)
  assert.deepEqual(
    ['alice', 'bob'].map((who) => ledger.balance(who)),
    balances,
    'only the one who carries it pays',
  )
})

test('keepRecords keeps the hosts, but never an offer that would pay the owner before', () => {
  const ledger = shop()
  offer(ledger, name, 5n)
  const kept = makeTransfer(ledger, name, { change: (transfer) => ({ ...transfer, keepRecords: true }) })
  const { receipts, changedNames } = ledger.block([ledger.transaction('carol', kept)])
  assert.equal(receipts[0]?.code, 'ok')
  assert.deepEqual(changedNames, [])
  assert.deepEqual(
    registrationOf(ledger)?.hosts.map(({ host }) => host),
    ['www'],
  )
  assert(ledger.read(hostEntry, stateKeys.host(name, 'www')) !== undefined)
  assert.deepEqual(offersOf(ledger, name), [])
})

test('a transfer is good once, on its chain, whatever is published in between', () => {
  const ledger = shop()
  const transfer = makeTransfer(ledger, name)
  publish(ledger, 'alice', publishing(name, 'mail', { recordSets: [textRecords('later')] }))
  const copy = ledger.copy()
  assert.equal(ledger.run('carol', transfer), 'ok')
  assert.equal(ledger.run('carol', transfer), 'ownership-differs')
  // Back to the first owner: the old agreement is still used up.
  const back = makeTransfer(ledger, name, { from: keyPairFor('bob'), to: ownerOf(name) })
  assert.equal(ledger.run('carol', back), 'ok')
  assert.equal(ledger.run('carol', transfer), 'ownership-differs')

  const foreign = makeTransfer(copy, name, { chainId: 'test-ffffffffffffffff' })
  assert.equal(copy.run('carol', foreign), 'transfer-signature-bad')
  assert.deepEqual(registrationOf(copy)?.primaryKey, ownerOf(name).publicKey)
})

test('a name registered anew by the same key has another ownership: an old transfer stays void', () => {
  const ledger = shop({ feeEveryBlocks: 10, releaseDelayMs: 0 })
  const transfer = makeTransfer(ledger, name)
  ledger.run('alice', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] })
  assert.equal(register(ledger, 'alice', name), 'ok')
  assert.equal(ledger.read(nameEntry, stateKeys.name(name))?.ownerships, 2)
  assert.equal(ledger.run('carol', transfer), 'ownership-differs')
})

test('a sale: exactly the price goes from buyer to seller, the name to the new key, its hosts and offers end', () => {
  const ledger = shop()
  offer(ledger, name, 250n)
  offer(ledger, name, 200n)
  const held = ledger.read(feeFundEntry, stateKeys.feeFund)?.heldQuanta
  const before = { bob: ledger.balance('bob'), seller: ledger.balanceOf(seller) }
  const transaction = ledger.transaction('bob', purchase(ledger, 300n, keyPairFor('bob'), 1))
  const { receipts, changedNames } = ledger.block([transaction])
  const fee = 100n + BigInt(transaction.bytes.length)
  assert.equal(receipts[0]?.code, 'ok')
  assert.deepEqual(changedNames, ['www.shop.acme'])
  assert.equal(ledger.balance('bob'), before.bob - inCurrency(fee + 200n))
  assert.equal(ledger.balanceOf(seller), before.seller + inCurrency(200n))
  assert.deepEqual(registrationOf(ledger)?.primaryKey, keyPairFor('bob').publicKey)
  assert.deepEqual(registrationOf(ledger)?.hosts, [])
  assert.deepEqual(offersOf(ledger, name), [])
  assert.equal(ledger.read(feeFundEntry, stateKeys.feeFund)?.heldQuanta, held, 'the deposit went with the name')
  // The seller is nobody to the name any more, and the buyer can sell it on.
  assert.equal(offer(ledger, name, 1n), 'not-primary-key')
  assert.equal(offer(ledger, name, 500n, { owner: keyPairFor('bob') }), 'ok')
  assert.equal(ledger.run('carol', purchase(ledger, 500n, keyPairFor('carol'))), 'ok')
  assert.equal(ledger.read(nameEntry, stateKeys.name(name))?.ownerships, 3)
})

test('a payer can buy for a key that signs too', () => {
  const ledger = shop()
  offer(ledger, name, 10n)
  const cold = keyPairFor('cold key', 'p256')
  assert.equal(ledger.run('bob', purchase(ledger, 10n, cold), { cosigners: [cold] }), 'ok')
  assert.deepEqual(registrationOf(ledger)?.primaryKey, cold.publicKey)
})

test('who buys from himself for another key pays the fee alone', () => {
  const ledger = new Scenario()
  register(ledger, 'alice', name, { owner: keyPairFor('alice') })
  const owner = keyPairFor('alice')
  offer(ledger, name, 900_000n, { owner })
  const cold = keyPairFor('cold key')
  const before = ledger.balance('alice')
  const transaction = ledger.transaction('alice', purchase(ledger, 900_000n, cold), { cosigners: [cold] })
  assert.equal(ledger.block([transaction]).receipts[0]?.code, 'ok')
  assert.equal(ledger.balance('alice'), before - inCurrency(100n + BigInt(transaction.bytes.length)))
  assert.deepEqual(registrationOf(ledger)?.primaryKey, cold.publicKey)
})

test('a name in grace is sold with what it owes', () => {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10 }, termMs: 3 * 36_000 })
  register(ledger, 'alice', name, { deposit: 3n * 14n })
  while ((ledger.read(feeFundEntry, stateKeys.feeFund)?.activeNames ?? 0) > 0) ledger.block([], 10_000)
  const lease = ledger.read(leaseEntry, stateKeys.lease(name))
  assert.equal(offer(ledger, name, 10n), 'ok')
  assert.equal(ledger.run('bob', purchase(ledger, 10n, keyPairFor('bob'))), 'ok')
  assert.deepEqual(ledger.read(leaseEntry, stateKeys.lease(name)), lease)
})

moneyTest('who cannot pay gets nothing, and the seller keeps everything', 'a price', () => {
  const ledger = shop()
  offer(ledger, name, 2_000_000_000n)
  const before = [registrationOf(ledger), ledger.balanceOf(seller), offersOf(ledger, name).length]
  assert.equal(ledger.run('bob', purchase(ledger, 2_000_000_000n, keyPairFor('bob'))), 'balance-too-low')
  assert.deepEqual([registrationOf(ledger), ledger.balanceOf(seller), offersOf(ledger, name).length], before)
})

test('of two buyers of one offer in a block the second pays only the fee', () => {
  const ledger = shop()
  offer(ledger, name, 10n)
  const { receipts } = ledger.block([
    ledger.transaction('bob', purchase(ledger, 10n, keyPairFor('bob'))),
    ledger.transaction('carol', purchase(ledger, 10n, keyPairFor('carol'))),
  ])
  assert.deepEqual(
    receipts.map(({ code }) => code),
    ['ok', 'name-not-offered'],
  )
})

test('an offer to one account is that account alone', () => {
  const ledger = shop()
  offer(ledger, name, 10n, { buyer: 'carol' })
  assert.equal(ledger.run('bob', purchase(ledger, 10n, keyPairFor('bob'))), 'offer-for-another')
  assert.equal(ledger.run('carol', purchase(ledger, 10n, keyPairFor('carol'))), 'ok')
})

test('an offer ends by ledger time, to the millisecond, and makes room for the next', () => {
  const ledger = shop()
  for (let price = 0n; price < 8n; price++) assert.equal(offer(ledger, name, price, { forMs: 20_000 }), 'ok')
  assert.equal(offer(ledger, name, 9n), 'too-many-offers')
  const { expiresMs } = offersOf(ledger, name)[0] ?? { expiresMs: 0 }
  ledger.block([], expiresMs - ledger.timeMs - 1_001)
  const copy = ledger.copy()
  assert.equal(ledger.run('bob', purchase(ledger, 0n, keyPairFor('bob'))), 'ok')
  copy.block([], 1)
  assert.equal(copy.run('bob', purchase(copy, 0n, keyPairFor('bob'))), 'offer-expired')
  assert.equal(offer(copy, name, 10n), 'ok')
  assert(offersOf(copy, name).every((open) => open.expiresMs > copy.timeMs))
})

test('a withdrawn offer cannot be taken, the others can', () => {
  const ledger = shop()
  offer(ledger, name, 10n)
  offer(ledger, name, 20n)
  const first = purchase(ledger, 20n, keyPairFor('bob'), 0)
  const withdraw = { kind: 'withdrawOffer', body: { name, offer: first.body.offer } } as const
  assert.equal(ledger.run('alice', withdraw), 'not-primary-key')
  assert.equal(ledger.run('alice', withdraw, { cosigners: [ownerOf(name)] }), 'ok')
  assert.equal(ledger.run('bob', first), 'offer-unknown')
  assert.equal(ledger.run('bob', purchase(ledger, 20n, keyPairFor('bob'))), 'ok')
})

test('a name that ends takes its offers with it', () => {
  const ledger = shop({ feeEveryBlocks: 10, graceMs: 0 })
  offer(ledger, name, 10n, { forMs: 90 * dayMs - 5_000 })
  ledger.run('alice', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] })
  assert.deepEqual(offersOf(ledger, name), [])
})

test('a changed key needs both keys, keeps hosts and ends offers and unaccepted transfers', () => {
  const ledger = shop()
  offer(ledger, name, 10n)
  const transfer = makeTransfer(ledger, name)
  const [from, to] = [ownerOf(name), keyPairFor('new key', 'p256')]
  const action = { kind: 'changeKey', body: { name, newKey: to.publicKey } } as const
  assert.equal(ledger.run('alice', action, { cosigners: [to] }), 'not-primary-key')
  assert.equal(ledger.run('alice', action, { cosigners: [from] }), 'new-key-not-signer')
  assert.equal(ledger.run('alice', action, { cosigners: [from, to] }), 'ok')
  assert.deepEqual(ledger.last?.receipts[0]?.events, [
    { kind: 'keyChanged', body: { name, from: seller, owner: accountOf(to.publicKey), ownership: 2 } },
  ])
  assert(ledger.read(hostEntry, stateKeys.host(name, 'www')) !== undefined)
  assert.deepEqual(offersOf(ledger, name), [])
  assert.equal(ledger.run('carol', transfer), 'ownership-differs')
  assert.equal(
    publish(ledger, 'alice', publishing(name, 'mail', { recordSets: [textRecords('x')] }), { owner: to }),
    'ok',
  )
})
