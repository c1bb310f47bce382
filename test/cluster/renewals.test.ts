import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster } from './cluster.ts'

test('a standing order refills a deposit that is due, is shown with the renewals, and is revoked', async () => {
  await using cluster = await Cluster.start({ validators: 1 })
  const owner = await cluster.fundedKey('owner.key')
  const payer = await cluster.fundedKey('payer.key')
  const balance = async () => BigInt(String((await cluster.json('account', 'show', payer))['balance']))
  await cluster.json('name', 'register', 'shop.acme', '--days', '2', '--key', owner)
  const due = (await cluster.json('name', 'renewals', '--owner', owner)) as { names: { name: string }[] }
  assert.deepEqual(
    due.names.map(({ name }) => name),
    ['shop.acme'],
  )
  const before = await balance()
  // Due already: the order is run in the transaction that sets it.
  await cluster.json(
    'name',
    'refill',
    'shop.acme',
    '--amount',
    '0.28',
    '--cap',
    '0.42',
    '--key',
    owner,
    '--payer',
    payer,
  )
  const spent = before - (await balance())
  assert(spent >= 280_000n && spent < 281_000n, `${spent}`)
  const shown = (await cluster.json('name', 'renewals', 'shop.acme')) as {
    count: number
    renewals: { amount: string }[]
    standingOrder: { left: string }
  }
  assert.equal(shown.count, 1)
  assert.equal(shown.renewals[0]?.amount, '280000')
  assert.equal(shown.standingOrder.left, '140000')
  assert.deepEqual((await cluster.json('name', 'renewals', '--mine', '--key', owner))['names'], [])

  await cluster.json('name', 'refill', 'shop.acme', '--revoke', '--key', payer)
  const again = await cluster.cresset('name', 'refill', 'shop.acme', '--revoke', '--key', payer, '--json')
  assert.equal(again.code, 1)
  assert.match(again.stdout, /"standing-order-unknown"/)
})

test('a ledger without currency: a name is registered, published and renewed by keys that own nothing', {
  skip: skipWithout('dig'),
}, async () => {
  const initArguments = ['--set', 'currency=none', '--set', 'nameTerm=30d']
  await using cluster = await Cluster.start({ validators: 1, initArguments })
  await cluster.json('key', 'new', 'owner.key', '--no-passphrase')
  assert.equal((await cluster.json('account', 'show', cluster.founderKey))['balance'], '0')
  await cluster.json('name', 'register', 'shop.acme', '--key', 'owner.key')
  await cluster.json('name', 'publish', 'www.shop.acme', '--record', 'TXT "for nothing"', '--key', 'owner.key')
  assert.match((await cluster.dig('www.shop.acme', 'TXT', '+short')).stdout, /for nothing/)
  const shown = await cluster.json('name', 'show', 'shop.acme')
  assert.equal(shown['balance'], '0')
  const days = (Number(shown['paidUntilLedgerMs']) - Number(shown['ledgerTimeMs'])) / 86_400_000
  assert(days > 29.9 && days < 30.1, `${days} days`)
  const early = await cluster.cresset('name', 'renew', 'shop.acme', '--key', 'owner.key', '--json')
  assert.equal(early.code, 1)
  assert.match(early.stdout, /"renewed-already"/)
  const paid = await cluster.cresset('name', 'renew', 'shop.acme', '--amount', '1', '--key', 'owner.key')
  assert.equal(paid.code, 2)
})
