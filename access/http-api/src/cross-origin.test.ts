import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildApi } from './server.ts'
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

test('a page whose own name was pointed at this machine reads no more than any page', async () => {
  const asked = async (url: string, host: string) => {
    const { statusCode, body } = await node.app.inject({ url, headers: { host } })
    return statusCode === 421 ? (JSON.parse(body) as { code: string }).code : statusCode
  }
  const backend = { ...node.backend, metrics: () => Promise.resolve('up 1') }
  const app = await buildApi(backend)
  for (const url of ['/metrics', '/health/live', '/health/ready'])
    for (const host of ['evil.example:8400', 'evil.example', '127.0.0.1.evil.example', 'localhost.evil.example'])
      assert.equal((await app.inject({ url, headers: { host } })).statusCode, 421, `${url} by ${host}`)
  for (const host of ['127.0.0.1:8400', 'localhost:8400', '[::1]:8400', '192.0.2.1'])
    assert.equal((await app.inject({ url: '/metrics', headers: { host } })).statusCode, 200, host)
  assert.equal(await asked('/v1/status', 'evil.example'), 200)
  assert.equal(await asked('/health/live', 'evil.example'), 'bad-request')
  await app.close()
})

test('a page can hand in what somebody signed, and change nothing else', async () => {
  const headers = { origin, host: 'evil.example' }
  const { paths } = (await node.app.inject({ url: '/openapi.json' })).json() as { paths: Record<string, object> }
  const changing = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs)
      .filter((verb) => verb !== 'get')
      .map((verb) => `${verb} ${path}`),
  )
  assert.deepEqual(changing.sort(), ['post /v1/proofs', 'post /v1/transactions', 'post /v1/transactions/batch'])
  const before = node.application.head.stateRoot
  // The forms that a page may send without asking first (Fetch standard, "CORS-safelisted request-header").
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    for (const url of ['/v1/transactions', '/v1/transactions/batch', '/v1/proofs']) {
      const answer = await node.app.inject({
        method: 'POST',
        url,
        headers: { ...headers, 'content-type': type },
        payload: 'a=b',
      })
      assert.equal(answer.statusCode, 415, `${url} as ${type}`)
    }
  const forged = node.ledger.transfer(0, 0, 1, 5n)
  forged[forged.length - 1] = (forged.at(-1) as number) ^ 1
  const octets = { ...headers, 'content-type': 'application/octet-stream' }
  const refused = await node.app.inject({
    method: 'POST',
    url: '/v1/transactions',
    headers: octets,
    payload: Buffer.from(forged),
  })
  assert.deepEqual([refused.statusCode, refused.json().code], [422, 'signature-bad'])
  await node.commit()
  assert.deepEqual(node.application.head.stateRoot, before)
})
