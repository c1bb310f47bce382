import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { readName } from '@cresset/core-ledger'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { depositFor, registerName } from './registration.ts'
import { dueRenewals, nameRenewals, namesRunByTerm } from './renewals.ts'
import { send } from './transactions.ts'

async function start(settings: Record<string, string>) {
  const node = await TestNode.start(settings)
  const { fetch, ledger } = node
  const client = new Client({ genesis: ledger.genesis, nodes: ['http://node.test'], fetch, now: () => node.nowMs })
  const user = (index: number) => keyPairSigner(ledger.users[index] as (typeof ledger.users)[number])
  const register = (name: string, deposit: bigint, index = 0) =>
    registerName(client, { name, deposit, signer: user(index), randomBytes: randomForTests })
  return { node, client, user, register }
}

test('renewals and the standing order of a name are proven, and those that are due are listed by owner and for all', async () => {
  const { node, client, user, register } = await start({})
  try {
    const month = await depositFor(client, 30 * 86_400_000)
    await register('long.acme', month)
    await register('short.acme', await depositFor(client, 86_400_000))
    await register('brief.acme', await depositFor(client, 2 * 86_400_000), 1)
    for (const amount of [14n, 28n])
      await send(client, [user(1)], { kind: 'topUp', body: { name: 'long.acme', amount } })
    const order = { refill: month, cap: 2n * month }
    await send(client, [user(0)], { kind: 'setStandingOrder', body: { name: 'long.acme', order } })

    const { value } = await nameRenewals(client, 'long.acme', { limit: 1 })
    assert.deepEqual(
      value.page?.renewals.map(({ place, amount, payer }) => [place, amount, toHex(payer)]),
      [[1, 28n, toHex(accountOf(user(1).publicKey))]],
    )
    assert.equal(value.standingOrder?.leftQuanta, Number((2n * month) / 14n))
    const rest = await nameRenewals(client, 'long.acme', { before: value.page?.next, limit: 5 })
    assert.deepEqual(
      rest.value.page?.renewals.map(({ amount }) => amount),
      [14n],
    )
    assert.equal((await nameRenewals(client, 'nobody.acme')).value.page, undefined)

    const names = async (options: Parameters<typeof dueRenewals>[1]) => {
      const { names: found, next } = await dueRenewals(client, options)
      return [found.map(({ name }) => name), next] as const
    }
    assert.deepEqual(await names({}), [['short.acme', 'brief.acme'], null])
    assert.deepEqual(await names({ owner: toHex(accountOf(user(0).publicKey)) }), [['short.acme'], null])
    const [first, next] = await names({ limit: 1 })
    assert.deepEqual(first, ['short.acme'])
    assert.deepEqual((await names({ limit: 1, after: next ?? '' }))[0], ['brief.acme'])
    assert.equal((await node.app.inject({ url: '/v1/renewals-due?after=x' })).statusCode, 400)
  } finally {
    await node.close()
  }
})

test('a ledger without currency: registered for nothing, renewed by the owner, never topped up', async () => {
  const { node, client, user, register } = await start({ currency: 'none', nameTerm: '30d' })
  try {
    assert.equal(await namesRunByTerm(client), true)
    assert.equal(await depositFor(client, 90 * 86_400_000), 0n)
    await register('free.acme', 0n)
    const { value } = await client.query((view, at) => readName(view, 'free.acme', at))
    assert.equal(value.status, 'active')
    assert.equal(value.balance, 0n)
    assert.equal(Math.floor(((value.paidUntilLedgerMs ?? 0) - value.ledgerTimeMs) / 86_400_000), 30)
    const refusal = (code: string) => (error: ClientError) => error.code === code
    const renew = { kind: 'renew', body: { name: 'free.acme' } } as const
    await assert.rejects(send(client, [user(0)], renew), refusal('renewed-already'))
    await assert.rejects(send(client, [user(1)], renew), refusal('not-primary-key'))
    const topUp = { kind: 'topUp', body: { name: 'free.acme', amount: 1_000n } } as const
    await assert.rejects(send(client, [user(0)], topUp), refusal('names-run-by-term'))
  } finally {
    await node.close()
  }
})
