import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
before(async () => {
  node = await TestNode.start()
})
after(() => node.close())

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await node.app.inject({ method: 'GET', url })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}

test('a market without offers is an empty page', async () => {
  for (const query of ['', '?zone=acme', '?zone=nowhere', `?maxPrice=${2n ** 64n - 1n}`, '?after=AA', '?limit=1000'])
    assert.deepEqual(await get(`/v1/offers${query}`), { status: 200, body: { offers: [], next: null } }, query)
})

test('filters, cursors and limits that are none are refused with what is wrong', async () => {
  const queries = [
    `maxPrice=${2n ** 64n}`,
    'maxPrice=-1',
    'maxPrice=1.5',
    'after=%2B',
    'after=A',
    `after=${'A'.repeat(513)}`,
    'limit=0',
    'limit=1001',
    'seller=00',
    'buyer=zz',
    'zone=',
  ]
  for (const query of queries) {
    const { status, body } = await get(`/v1/offers?${query}`)
    assert.deepEqual([status, body['code']], [400, 'bad-request'], query)
  }
  for (const query of ['limit=0', 'limit=1001', 'before=-1', 'before=x', 'proof=maybe'])
    assert.equal((await get(`/v1/names/shop.acme/statement?${query}`)).status, 400, query)
})

test('of a name that nobody owns there are no offers and no statement, and that is proven', async () => {
  for (const name of ['shop.acme', 'Not a name', 'x'.repeat(255)]) {
    const offers = await get(`/v1/names/${encodeURIComponent(name)}/offers?proof=true`)
    const value = offers.body['value'] as { offers: unknown[]; ownerships: number; seller?: string }
    assert.deepEqual([offers.status, value.offers, value.ownerships, value.seller], [200, [], 0, undefined], name)
    assert('proof' in offers.body)
    const statement = await get(`/v1/names/${encodeURIComponent(name)}/statement?proof=true`)
    assert.equal(statement.status, 200)
    assert.equal((statement.body['value'] as { lines?: unknown }).lines, undefined)
  }
})
