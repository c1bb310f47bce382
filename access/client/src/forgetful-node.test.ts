import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type Api, createApi } from '@cresset/access-http-api'
import { TestNode } from '@cresset/access-http-api/testing'
import { accountOf } from '@cresset/core-crypto'
import { transactionId } from '@cresset/core-ledger'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { findReceipt } from './transactions.ts'
import { watch } from './watch.ts'

const blocks = 12
/** Of one ledger: one forgets, the other keeps all. */
let forgetful: TestNode
let archive: TestNode
const apis: Api[] = []
const payments: Uint8Array[] = []

before(async () => {
  forgetful = await TestNode.start({}, [], { keepBlocks: 5, keepVersions: 3 })
  archive = await TestNode.start()
  for (const node of [forgetful, archive]) node.commitsAtOnce = false
  for (let sequence = 0; forgetful.application.head.height < blocks; sequence++) {
    const bytes = forgetful.ledger.transfer(0, sequence, 1, 1n)
    payments.push(bytes)
    for (const node of [forgetful, archive]) {
      node.backend.submit(bytes)
      await node.commit()
    }
  }
  assert.deepEqual(archive.application.head.blockHash, forgetful.application.head.blockHash)
  for (const node of [forgetful, archive]) apis.push(await createApi(node.backend, { host: '127.0.0.1', port: 0 }))
})
after(async () => {
  for (const api of apis) await api.close()
  for (const node of [forgetful, archive]) await node.close()
})

const oldest = blocks - 5 + 1
/** Nodes in the order in which they are asked. */
function clientOf(...nodes: readonly ('forgetful' | 'archive' | 'down')[]): Client {
  const [first, second] = apis as [Api, Api]
  const urls = { forgetful: first.url, archive: second.url, down: 'http://127.0.0.1:1' }
  return new Client({
    genesis: forgetful.ledger.genesis,
    nodes: nodes.map((node) => urls[node]),
    now: () => forgetful.nowMs,
  })
}

const getBlock = (client: Client, height: number): Promise<unknown> =>
  client.connection.first((node) => node.get(`/v1/blocks/${height}`))

test('a block that the first node forgot is given by the next one; one that all forgot is said to be forgotten', async () => {
  assert.deepEqual(((await getBlock(clientOf('forgetful', 'archive'), 2)) as { height: number }).height, 2)
  for (const client of [clientOf('forgetful'), clientOf('forgetful', 'down'), clientOf('down', 'forgetful')]) {
    await assert.rejects(getBlock(client, 2), (error: ClientError) => {
      assert.deepEqual([error.kind, error.code], ['not-found', 'height-not-kept'])
      assert.match(error.message, /^block 2 is no longer kept here: this node keeps blocks from height 8 on/)
      return true
    })
  }
})

test('a receipt that the first node forgot is given and proven by the next one', async () => {
  const id = transactionId(payments[0] as Uint8Array)
  assert.equal((await findReceipt(clientOf('forgetful', 'archive'), id))?.rests.height, 2)
  assert.equal(await findReceipt(clientOf('forgetful'), id), undefined)
})

/** The heights that a watch tells of until it stands at the newest. */
async function heightsFrom(from: number, client: Client): Promise<{ heights: number[]; broken: string[] }> {
  const heights: number[] = []
  const broken: string[] = []
  const ending = new AbortController()
  const accounts = [accountOf(forgetful.ledger.users[0]!.publicKey)]
  const onBroken = ({ code }: ClientError): void => void broken.push(code)
  for await (const { height } of watch(client, { from, accounts, signal: ending.signal, onBroken })) {
    heights.push(height)
    if (height === blocks) ending.abort()
  }
  return { heights, broken }
}

test('a watch goes to the node that keeps the blocks from where it begins, and ends when none does', {
  timeout: 90_000,
}, async () => {
  const all = Array.from({ length: blocks - 1 }, (_, index) => index + 2)
  assert.deepEqual(await heightsFrom(2, clientOf('forgetful', 'archive')), {
    heights: all,
    broken: ['height-not-kept'],
  })
  assert.deepEqual((await heightsFrom(2, clientOf('forgetful', 'down', 'archive'))).heights, all)
  assert.deepEqual((await heightsFrom(oldest, clientOf('forgetful'))).heights, all.slice(oldest - 2))
  for (const client of [clientOf('forgetful'), clientOf('forgetful', 'forgetful')]) {
    await assert.rejects(heightsFrom(2, client), (error: ClientError) => {
      assert.deepEqual([error.kind, error.code], ['not-found', 'height-not-kept'])
      return true
    })
  }
})

test('a watch is not held by a node that never ends its refusal', { timeout: 90_000 }, async (context) => {
  const dripping = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json' }).write('{')
    response.on('close', () => dripping.emit('left'))
  })
  const left = once(dripping, 'left')
  await once(dripping.listen(0, '127.0.0.1'), 'listening')
  context.after(() => dripping.close())
  const client = new Client({
    genesis: forgetful.ledger.genesis,
    nodes: [`http://127.0.0.1:${(dripping.address() as AddressInfo).port}`, (apis[1] as Api).url],
    now: () => forgetful.nowMs,
    timeoutMs: 200,
  })
  for await (const block of watch(client, { from: 3 })) {
    assert.equal(block.height, 3)
    break
  }
  await left
})
