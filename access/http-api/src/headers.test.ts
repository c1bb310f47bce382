import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { blockHash, decodeValidators, headerCodec, validatorsHash, validatorsOf } from '@cresset/core-chain'
import { fromBase64Url } from '@cresset/core-codec'
import { TestNode } from './testing/test-node.ts'

let node: TestNode
before(async () => {
  node = await TestNode.start()
  await node.commit()
})
after(() => node.close())

const get = (url: string) => node.app.inject({ method: 'GET', url })

test('a header comes with its certificate and the set that its hash names', async () => {
  const answer = (await get('/v1/headers/2')).json()
  const header = headerCodec.decode(fromBase64Url(answer.header))
  assert.deepEqual(blockHash(header), node.application.queries.block(2)?.blockHash)
  const set = decodeValidators(fromBase64Url(answer.validators), 'pbft')
  assert.deepEqual(set, validatorsOf(node.ledger.genesis))
  assert.deepEqual(validatorsHash(set), header.validatorsHash)
  assert.equal(answer.nextValidators, null)
})

test('a height without a block is not found; a height that is none is a bad request', async () => {
  for (const height of ['0', '99', '9007199254740991'])
    assert.equal((await get(`/v1/headers/${height}`)).statusCode, 404)
  for (const height of ['-1', '1.5', 'latest', '9007199254740992'])
    assert.equal((await get(`/v1/headers/${height}`)).statusCode, 400)
})

test('while nobody enters or leaves no header is listed', async () => {
  assert.deepEqual((await get('/v1/validator-changes')).json(), { heights: [] })
  assert.deepEqual((await get('/v1/validator-changes?after=1&before=2&limit=256')).json(), { heights: [] })
  for (const query of ['after=2&before=1', 'limit=0', 'limit=257', 'after=x'])
    assert.equal((await get(`/v1/validator-changes?${query}`)).statusCode, 400)
})
