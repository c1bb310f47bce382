import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { readName } from '@cresset/core-ledger'
import { listAccountTransactions } from './account-transactions.ts'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { readHistory } from './history.ts'
import { fetchProof } from './proof-file.ts'
import { dueRenewals } from './renewals.ts'
import { findReceipt, submitTransaction } from './transactions.ts'

let node: TestNode
before(async () => {
  node = await TestNode.start()
})
after(() => node.close())

const honest = 'http://node.test'
const liar = 'http://liar.test'

/** A client of a node that gives this answer to everything, first, and of an honest one unless it is left out. */
function clientOf(lie: (url: string) => Response | Promise<Response>, nodes = [liar, honest]): Client {
  return new Client({
    genesis: node.ledger.genesis,
    nodes,
    now: () => node.nowMs,
    fetch: (url, init) => (url.startsWith(liar) ? Promise.resolve(lie(url)) : node.fetch(url, init)),
  })
}
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status })
const problem = (status: number, code = 'not-found') => json({ code, detail: 'so says the node', status }, status)

const read = (client: Client) => client.query((view, at) => readName(view, 'shop.acme', at), '/v1/names/shop.acme')

test('what a node refuses to prove is asked of the next one, and never passes for an answer', async () => {
  for (const status of [400, 404, 410, 422, 429, 500, 504]) {
    assert.equal((await read(clientOf(() => problem(status)))).value.status, 'free', `${status}`)
    const alone = clientOf(() => problem(status), [liar])
    await assert.rejects(read(alone), (error: ClientError) => error.kind === 'unreachable', `${status}`)
  }
})

test('an answer that is no object is no reason to fall over', async () => {
  for (const lie of [null, 1, 'text', true, []]) {
    assert.equal((await read(clientOf(() => json(lie)))).value.status, 'free', JSON.stringify(lie))
    const alone = clientOf(() => json(lie), [liar])
    const receipt = await findReceipt(alone, new Uint8Array(32)).catch(({ kind }: ClientError) => kind)
    assert.ok(receipt === undefined || receipt === 'unreachable')
    for (const ask of [
      () => read(alone),
      () => readHistory(alone, new Uint8Array(32)),
      () => fetchProof(alone, 'transaction', '00'.repeat(32)),
      () => dueRenewals(alone),
    ])
      await assert.rejects(ask, (error: ClientError) =>
        ['unreachable', 'not-verified', 'not-final'].includes(error.kind),
      )
  }
})

test('what a node says of its failure comes as one short line', async () => {
  const detail = `\u001b[2J\u202e${'x\n'.repeat(100_000)}`
  const shouting = clientOf(() => json({ code: `${'A'.repeat(100_000)}\n`, detail }, 422), [liar])
  await assert.rejects(submitTransaction(shouting, node.ledger.transfer(7, 0, 1, 1n)), (error: ClientError) => {
    assert.match(error.code, /^[a-z0-9-]{1,64}$/)
    assert.ok(error.message.length <= 600, `${error.message.length}`)
    return true
  })
  await assert.rejects(dueRenewals(shouting), (error: ClientError) => {
    assert.ok(error.message.length <= 600)
    assert.doesNotMatch(error.message, /\p{Cc}|\p{Cf}/u)
    return true
  })
})

test('a node that refuses, or takes and forgets, cannot keep a transaction from the others', {
  timeout: 90_000,
}, async () => {
  const transfer = (user: number) => node.ledger.transfer(user, 0, 1, 1n)
  assert.equal(
    (
      await submitTransaction(
        clientOf(() => problem(422, 'fee-too-low')),
        transfer(2),
      )
    ).receipt.code,
    'ok',
  )
  const forgets = (url: string) =>
    url.includes('?proof=true') ? problem(504, 'not-final') : json({ id: '00'.repeat(32), status: 'pending' }, 202)
  assert.equal((await submitTransaction(clientOf(forgets), transfer(3))).receipt.code, 'ok')
  const denies = (url: string) =>
    url.includes('?proof=true') ? problem(404) : json({ id: '00'.repeat(32), status: 'pending' }, 202)
  assert.equal((await submitTransaction(clientOf(denies), transfer(4))).receipt.code, 'ok')
  await assert.rejects(submitTransaction(clientOf(denies, [liar]), transfer(5), 300), { kind: 'not-final' })
  await assert.rejects(
    submitTransaction(
      clientOf(() => problem(422, 'fee-too-low')),
      transfer(4).slice(0, -1),
    ),
    {
      kind: 'refused',
      code: 'fee-too-low',
    },
  )
})

test('a proof of a transaction that one node denies is had from the next', async () => {
  const bytes = node.ledger.transfer(6, 0, 1, 1n)
  const { id } = await submitTransaction(
    clientOf(() => problem(404), [honest]),
    bytes,
  )
  assert.equal(
    (
      await fetchProof(
        clientOf(() => problem(404)),
        'transaction',
        toHex(id),
      )
    ).entry.kind,
    'transaction',
  )
  await assert.rejects(
    fetchProof(
      clientOf(() => problem(404), [liar]),
      'transaction',
      toHex(id),
    ),
    { kind: 'not-found' },
  )
})

test('names due are taken in the form that they have', async () => {
  const name = { name: 'shop.acme', status: 'active', balance: '5', paidUntilLedgerMs: 1, expiresLedgerMs: null }
  const answer = { height: 1, names: [name], next: null }
  assert.deepEqual(await dueRenewals(clientOf(() => json(answer), [liar])), answer)
  for (const lie of [
    {},
    { ...answer, names: 1 },
    { ...answer, names: [null] },
    { ...answer, names: [{ ...name, balance: 5 }] },
    { ...answer, names: [{ ...name, paidUntilLedgerMs: 'x' }] },
    { ...answer, next: 5 },
  ])
    await assert.rejects(dueRenewals(clientOf(() => json(lie), [liar])), { kind: 'not-verified' }, JSON.stringify(lie))
})

test("lists of an account's transactions are taken in the form that they have", async () => {
  const listed = {
    height: 2,
    index: 0,
    timeMs: 5,
    id: 'ab'.repeat(32),
    kind: 'transfer',
    code: 'ok',
    role: 'payer',
    counterpart: null,
    amount: '7',
    direction: 'out',
  }
  const answer = { fromHeight: 1, height: 2, transactions: [listed], next: '2.0' }
  const list = (lie: unknown) =>
    listAccountTransactions(
      clientOf(() => json(lie), [liar]),
      new Uint8Array(32),
    )
  assert.deepEqual((await list(answer)).transactions[0]?.amount, 7n)
  for (const lie of [
    {},
    { ...answer, transactions: [null] },
    { ...answer, transactions: Array.from({ length: 201 }, () => listed) },
    { ...answer, next: '../x' },
    { ...answer, height: -1 },
    { ...answer, fromHeight: '1' },
    ...Object.entries({
      id: 'AB',
      kind: '\u001b[2J',
      code: 'ok\n',
      role: 7,
      counterpart: 'x',
      amount: 7,
      direction: 'up',
    }).map(([field, value]) => ({ ...answer, transactions: [{ ...listed, [field]: value }] })),
  ])
    await assert.rejects(list(lie), { kind: 'not-verified' }, JSON.stringify(lie).slice(0, 200))
})
