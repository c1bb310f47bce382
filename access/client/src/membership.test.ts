import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import type { LedgerChange } from '@cresset/core-ledger'
import { testKey } from '@cresset/network-application/testing'
import type { Client } from './client.ts'
import {
  findNode,
  findProposal,
  listNodes,
  listProposals,
  nodeOfKey,
  proposeChange,
  signersOf,
  voteAction,
} from './membership.ts'
import { clientOf } from './testing/client-of.ts'
import { send } from './transactions.ts'

let node: TestNode
let client: Client
before(async () => {
  node = await TestNode.start()
  client = clientOf(node)
})
after(() => node.close())

const identity = (name: string) => keyPairSigner(testKey(`identity ${name}`))
const speaking = (name: string) => ({
  payer: keyPairSigner(node.ledger.users[0] as (typeof node.ledger.users)[number]),
  identity: identity(name),
})
const longerGrace: LedgerChange = { kind: 'parameters', body: { changes: [{ name: 'graceMs', value: 5n }] } }

async function vote(name: string, number: number, isYes: boolean): Promise<void> {
  const { value } = await findProposal(client, number)
  const action = voteAction(
    await nodeOfKey(client, identity(name).publicKey),
    number,
    value?.proposal.change as LedgerChange,
    isYes,
  )
  await send(client, signersOf(speaking(name)), action)
}

test('nodes are listed by name, page by page, and one is found or proven absent', async () => {
  const first = (await listNodes(client, { limit: 3 })).value
  assert.deepEqual(
    [first.count, first.nodes.map(({ node: { name }, power }) => [name, power])],
    [
      4,
      [
        ['ada', 1],
        ['bob', 1],
        ['cyd', 1],
      ],
    ],
  )
  const rest = (await listNodes(client, { after: first.next, limit: 3 })).value
  assert.deepEqual([rest.nodes.map(({ node: { name } }) => name), rest.next], [['dan'], undefined])
  assert.equal((await findNode(client, 'cyd')).value?.node.organization, 'Organization cyd')
  assert.equal((await findNode(client, 'eve')).value, undefined)
})

test('a proposal is made, voted on, and told of with who said what; each page is proven', async () => {
  const { number } = await proposeChange(client, speaking('ada'), longerGrace)
  assert.equal(number, 1)
  await vote('bob', number, false)
  const { value } = await findProposal(client, number)
  assert.deepEqual(
    value?.voters.map(({ ballot }) => ballot),
    ['yes', 'no', 'none', 'none'],
  )
  const { number: second } = await proposeChange(client, speaking('bob'), {
    kind: 'removeNode',
    body: { node: await nodeOfKey(client, identity('dan').publicKey) },
  })
  for (const name of ['cyd', 'dan']) await vote(name, number, true)
  const open = (await listProposals(client, { onlyOpen: true })).value
  assert.deepEqual([open.count, open.open, open.proposals.map(({ number: which }) => which)], [2, 1, [second]])
  const page = (await listProposals(client, { limit: 1 })).value
  assert.deepEqual([page.proposals[0]?.number, page.next], [2, 2])
  const [oldest] = (await listProposals(client, { before: page.next, limit: 5 })).value.proposals
  assert.deepEqual([oldest?.number, oldest?.outcome, oldest?.yes], [1, 'passed', 3])
  assert.equal((await findProposal(client, 9)).value, undefined)
})

test('who is no node cannot speak for one, and a vote for something else than what is proposed is refused', async () => {
  await assert.rejects(proposeChange(client, { ...speaking('ada'), identity: speaking('ada').payer }, longerGrace), {
    code: 'node-unknown',
  })
  const { number } = await proposeChange(client, speaking('cyd'), {
    kind: 'upgrade',
    body: { version: 2, height: 500 },
  })
  const bob = await nodeOfKey(client, identity('bob').publicKey)
  const action = voteAction(bob, number, longerGrace, true)
  await assert.rejects(send(client, signersOf(speaking('bob')), action), { code: 'proposal-differs' })
})

test('the API names its limits', async () => {
  const get = (url: string) => node.app.inject({ url })
  assert.equal((await get('/v1/nodes/eve')).statusCode, 404)
  assert.equal((await get('/v1/nodes?limit=101')).statusCode, 400)
  assert.equal((await get(`/v1/nodes/${'a'.repeat(64)}`)).statusCode, 400)
  assert.equal((await get('/v1/proposals/99')).statusCode, 404)
  assert.equal((await get('/v1/proposals/x')).statusCode, 400)
  const { value } = (await get('/v1/nodes/ada')).json() as { value: { node: { id: string }; power: number } }
  assert.equal(value.node.id, toHex(await nodeOfKey(client, identity('ada').publicKey)))
})
