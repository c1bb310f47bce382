import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
before(async () => {
  node = await TestNode.start()
})
after(() => node.close())

const origin = 'https://elsewhere.example'
const allowed = 'access-control-allow-origin'

test('a page from elsewhere may read the ledger, refusals included, and never with credentials', async () => {
  for (const url of ['/v1/status', '/v1/names/shop.acme?proof=true', '/v1/names/%20', '/v1/nothing', '/openapi.json']) {
    const { headers } = await node.app.inject({ method: 'GET', url, headers: { origin } })
    assert.equal(headers[allowed], '*', url)
    assert.equal(headers['access-control-allow-credentials'], undefined)
  }
})

test('what concerns the one who runs the node stays closed to pages', async () => {
  for (const url of ['/metrics', '/health/live', '/health/ready', '/']) {
    const { headers } = await node.app.inject({ method: 'GET', url, headers: { origin } })
    assert.equal(headers[allowed], undefined, url)
  }
})

test('a browser that asks first is told what it may send, and nothing about private networks', async () => {
  const { statusCode, headers, body } = await node.app.inject({
    method: 'OPTIONS',
    url: '/v1/proofs',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
      'access-control-request-private-network': 'true',
    },
  })
  assert.deepEqual([statusCode, body], [204, ''])
  assert.equal(headers[allowed], '*')
  assert.equal(headers['access-control-allow-methods'], 'GET, POST')
  assert.match(String(headers['access-control-allow-headers']), /\bcontent-type\b/)
  assert.equal(headers['access-control-allow-private-network'], undefined)
})
