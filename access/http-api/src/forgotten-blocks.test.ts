import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { transactionId } from '@cresset/core-ledger'
import { TestNode } from './testing/test-node.ts'

const keepBlocks = 5
const blocks = 12
let node: TestNode
/** The ids of a payment in each block, by height; the first block has none. */
const ids: string[] = ['', '']
before(async () => {
  node = await TestNode.start({}, [], { keepBlocks, keepVersions: 3 })
  node.commitsAtOnce = false
  for (let sequence = 0; node.application.head.height < blocks; sequence++) {
    const bytes = node.ledger.transfer(0, sequence, 1, 1n)
    ids.push(toHex(transactionId(bytes)))
    node.backend.submit(bytes)
    await node.commit()
  }
})
after(() => node.close())

const oldest = blocks - keepBlocks + 1
const keepsFrom = new RegExp(`this node keeps blocks from height ${oldest} on; ask a node that keeps older ones$`)
const get = (url: string, headers: Record<string, string> = {}) => node.app.inject({ method: 'GET', url, headers })

function assertProblem(answer: Awaited<ReturnType<typeof get>>, status: number, code: string, detail: RegExp): void {
  assert.equal(answer.statusCode, status, answer.body)
  const problem = answer.json() as { code: string; detail: string }
  assert.equal(problem.code, code)
  assert.match(problem.detail, detail)
}

test('a block or header that is forgotten is gone, with the height from which the node keeps; those not made are not found', async () => {
  for (const path of ['blocks', 'headers']) {
    for (const height of [1, oldest - 1])
      assertProblem(await get(`/v1/${path}/${height}`), 410, 'height-not-kept', keepsFrom)
    for (const height of [oldest, blocks]) assert.equal((await get(`/v1/${path}/${height}`)).statusCode, 200)
    for (const height of [0, blocks + 1])
      assertProblem(await get(`/v1/${path}/${height}`), 404, 'not-found', new RegExp(`^no block of height ${height}$`))
  }
  assertProblem(await get(`/v1/blocks/${'0'.repeat(64)}`), 404, 'not-found', keepsFrom)
})

test('a proof of a height that is not kept says which heights are', async () => {
  const prove = (height: number) =>
    node.app.inject({ method: 'POST', url: '/v1/proofs', payload: { keys: ['0'.repeat(64)], height } })
  assertProblem(
    await prove(oldest - 1),
    410,
    'height-not-kept',
    /^the state after block 7 is not kept here; .* \d+ to 12$/,
  )
  assert.equal((await prove(blocks)).statusCode, 200)
})

test('a transaction that is not found may be one that is forgotten', async () => {
  for (let height = 2; height <= blocks; height++) {
    const answer = await get(`/v1/transactions/${ids[height]}?proof=true`)
    if (height >= oldest) assert.equal(answer.json().height, height)
    else assertProblem(answer, 404, 'not-found', /^no transaction [0-9a-f]{64}, or it is forgotten: this node keeps/)
  }
  assertProblem(await get(`/v1/records/${'0'.repeat(64)}`), 404, 'not-found', keepsFrom)
})

test('events that begin below what is kept are refused before the stream, others are told', async () => {
  for (const url of ['/v1/events?from=0', '/v1/events?from=7', '/v1/events?from=1&watched=true'])
    assertProblem(await get(url), 410, 'height-not-kept', keepsFrom)
  assertProblem(await get('/v1/events', { 'last-event-id': '6' }), 410, 'height-not-kept', keepsFrom)
  const ending = new AbortController()
  const told: number[] = []
  for await (const { height } of node.backend.events(oldest, ending.signal)) {
    told.push(height)
    if (height === blocks) ending.abort()
  }
  assert.deepEqual(told, [8, 9, 10, 11, 12])
})

test("the status has the oldest height, and an account's list holds no more than can be looked up", async () => {
  const { height, oldestHeight } = (await get('/v1/status')).json()
  assert.deepEqual([height, oldestHeight], [blocks, oldest])
  await node.accountsIndexed()
  const account = toHex(accountOf(node.ledger.users[0]!.publicKey))
  const list = (await get(`/v1/accounts/${account}/transactions`)).json()
  assert.equal(list.fromHeight, oldest)
  assert.deepEqual(
    list.transactions.map(({ id }: { id: string }) => id),
    ids.slice(oldest).reverse(),
  )
  assert.equal(list.next, null)
})
