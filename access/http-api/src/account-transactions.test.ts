import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, listAccountTransactions } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { transactionId } from '@cresset/core-ledger'
import { buildApi } from './server.ts'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
let client: Client
before(async () => {
  node = await TestNode.start()
  client = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    now: () => node.nowMs,
    fetch: node.fetch,
  })
})
after(() => node.close())

const account = (user: number): Uint8Array => accountOf(node.ledger.users[user]!.publicKey)
const listOf = (user: number, query = '') =>
  node.app.inject({ method: 'GET', url: `/v1/accounts/${toHex(account(user))}/transactions${query}` })

async function submit(bytes: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' }
  const url = '/v1/transactions?wait=final'
  const answer = await node.app.inject({ method: 'POST', url, headers, payload: Buffer.from(bytes) })
  assert.equal(answer.statusCode, 200, answer.body)
}

test('payer and receiver find a transfer, page by page, and each is proven by its id', async () => {
  const transfers = [1n, 2n, 3n].map((amount, sequence) => node.ledger.transfer(0, sequence, 1, amount))
  for (const bytes of transfers) await submit(bytes)
  await node.accountsIndexed()
  const { height } = node.application.head
  const first = (await listOf(1, '?limit=2')).json()
  assert.deepEqual(first.transactions[0], {
    height,
    index: 0,
    timeMs: node.application.head.timeMs,
    id: toHex(transactionId(transfers[2] as Uint8Array)),
    kind: 'transfer',
    code: 'ok',
    role: 'other',
    counterpart: toHex(account(0)),
    amount: '3',
    direction: 'in',
  })
  assert.deepEqual([first.fromHeight, first.height], [1, height])
  const second = (await listOf(1, `?limit=2&after=${first.next}`)).json()
  assert.deepEqual(
    [...first.transactions, ...second.transactions].map(({ amount }: { amount: string }) => amount),
    ['3', '2', '1'],
  )
  assert.equal(second.next, null)
  const proven = await node.app.inject({ url: `/v1/transactions/${first.transactions[0].id}?proof=true` })
  assert.ok(proven.json().proof.finality.length > 100)
})

test('the SDK reads the same list; a kind narrows it', async () => {
  const page = await listAccountTransactions(client, account(0), { limit: 1 })
  assert.deepEqual(
    page.transactions.map(({ amount, direction, counterpart, role }) => [amount, direction, counterpart, role]),
    [[3n, 'out', account(1), 'payer']],
  )
  const rest = await listAccountTransactions(client, account(0), { after: page.next as string })
  assert.deepEqual([rest.transactions.length, rest.next], [2, undefined])
  assert.equal((await listAccountTransactions(client, account(0), { kind: 'transfer' })).transactions.length, 3)
  assert.deepEqual((await listAccountTransactions(client, account(0), { kind: 'seal' })).transactions, [])
  await assert.rejects(listAccountTransactions(client, account(0), { kind: 'none' }), { code: 'bad-request' })
})

test('what is no account, kind, cursor or limit is refused', async () => {
  for (const query of [
    'kind=none',
    'kind=',
    'after=1',
    'after=1.2.3',
    'after=x',
    `after=${'9'.repeat(15)}.1`,
    'limit=201',
  ])
    assert.equal((await listOf(0, `?${query}`)).json().code, 'bad-request', query)
  assert.equal((await listOf(0, '?after=99999999999999.999999999&limit=1')).statusCode, 200)
  assert.equal((await node.app.inject({ url: '/v1/accounts/12/transactions' })).statusCode, 400)
})

test('a node that keeps no lists says so', async () => {
  const app = await buildApi({ ...node.backend, accountTransactions: () => undefined })
  const answer = await app.inject({ url: `/v1/accounts/${toHex(account(0))}/transactions` })
  assert.deepEqual([answer.statusCode, answer.json().code], [503, 'unavailable'])
  await app.close()
})
