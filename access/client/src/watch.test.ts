import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type Api, createApi } from '@cresset/access-http-api'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import fc from 'fast-check'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { publishAction } from './publishing.ts'
import { registerName } from './registration.ts'
import { EventReader, EventTooLong } from './server-sent-events.ts'
import { send } from './transactions.ts'
import { type WatchedBlock, type WatchOptions, watch } from './watch.ts'

let node: TestNode
let api: Api
let client: Client
const signer = (index: number) => keyPairSigner(node.ledger.users[index] as (typeof node.ledger.users)[number])
const clientOf = (...nodes: string[]) => new Client({ genesis: node.ledger.genesis, nodes, now: () => node.nowMs })
const pay = (from: number, to: number) =>
  send(client, [signer(from)], {
    kind: 'transfer',
    body: { to: accountOf(signer(to).publicKey), amount: 1n, memo: new Uint8Array(0) },
  })

before(async () => {
  node = await TestNode.start()
  api = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  client = clientOf(api.url)
})
after(async () => {
  await api.close()
  await node.close()
})

/** The first `count` blocks that a watch tells of. */
async function take(count: number, options: WatchOptions, of = client): Promise<WatchedBlock[]> {
  const blocks: WatchedBlock[] = []
  const ending = new AbortController()
  for await (const block of watch(of, { ...options, signal: ending.signal })) {
    blocks.push(block)
    if (blocks.length === count) ending.abort()
  }
  return blocks
}
const kindsOf = (blocks: readonly WatchedBlock[]) =>
  blocks.flatMap(({ transactions, blockEvents }) => [
    ...transactions.map(({ kind }) => kind),
    ...blockEvents.map(({ kind }) => kind),
  ])

test('a name is watched from its registration on, and others are not told of', { timeout: 90_000 }, async () => {
  const from = node.application.head.height
  await registerName(client, { name: 'shop.acme', deposit: 1_000_000n, signer: signer(1), randomBytes: randomForTests })
  await registerName(client, {
    name: 'other.acme',
    deposit: 1_000_000n,
    signer: signer(2),
    randomBytes: randomForTests,
  })
  await pay(3, 4)
  const recordSets = [{ type: 16, ttlSeconds: undefined, data: [Uint8Array.of(1, 0x61)] }]
  await send(client, [signer(1)], publishAction({ name: 'shop.acme', host: 'www', zone: 'acme' }, { recordSets }))
  const blocks = await take(2, { names: ['Shop.acme'], from })
  assert.deepEqual(kindsOf(blocks), ['reveal', 'nameRegistered', 'publish'])
  const [event] = blocks[1]?.transactions[0]?.events ?? []
  assert.deepEqual([event?.kind, event?.body['name']], ['hostPublished', 'shop.acme'])
})

test('an account is told of payments from it and to it; kinds narrow', { timeout: 90_000 }, async () => {
  const from = node.application.head.height + 1
  const accounts = [accountOf(signer(5).publicKey)]
  await pay(5, 6)
  await pay(6, 7)
  await pay(7, 5)
  const blocks = await take(2, { accounts, from })
  assert.deepEqual(kindsOf(blocks), ['transfer', 'transfer'])
  assert.deepEqual(
    blocks.map(({ height }) => height - from),
    [0, 2],
  )
  const body = { hash: new Uint8Array(32), form: 'plain' as never }
  await send(client, [signer(5)], { kind: 'notarize', body: body as never }).catch(() => undefined)
  await pay(6, 5)
  const [block] = await take(1, { accounts, kinds: ['transfer'], from: from + 3 })
  assert.deepEqual(kindsOf([block as WatchedBlock]), ['transfer'])
})

test('a watch that begins now is told of what comes, and goes on at another node where it stood', {
  timeout: 90_000,
}, async () => {
  const accounts = [accountOf(signer(3).publicKey)]
  const broken: string[] = []
  const second = await createApi(node.backend, { host: '127.0.0.1', port: 0 })
  const ending = new AbortController()
  const begun: number[] = []
  const blocks = watch(clientOf(second.url, api.url), {
    accounts,
    signal: ending.signal,
    onBegin: (from: number) => begun.push(from),
    onBroken: ({ code }: ClientError) => broken.push(code),
  })
  const first = blocks.next()
  while (begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await pay(3, 4)
  const one = (await first).value as WatchedBlock
  assert.ok(one.height >= (begun[0] as number))
  await second.close()
  await pay(4, 3)
  await pay(3, 4)
  const two = (await blocks.next()).value as WatchedBlock
  const three = (await blocks.next()).value as WatchedBlock
  assert.deepEqual([two.height - one.height, three.height - one.height], [1, 2])
  assert.ok(broken.length <= 2)
  assert.equal(begun.length, 1)
  ending.abort()
  assert.equal((await blocks.next()).done, true)
})

test('a name that the ledger cannot have is refused at once', async () => {
  await assert.rejects(take(1, { names: ['shop.elsewhere'], from: 1 }), (error: ClientError) => error.kind === 'usage')
})

test('whatever a node sends as events is refused, and the watch goes on elsewhere', { timeout: 90_000 }, async () => {
  const from = node.application.head.height + 1
  const lies = [
    'event: watched\ndata: {}\n\n',
    'event: watched\ndata: nonsense\n\n',
    `data: ${'x'.repeat(17 * 1024 * 1024)}`,
  ]
  let told = 0
  const liar = createServer((request, response) => {
    if (request.url === '/v1/status') return response.end('{"height":900000000}')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(lies[told++ % lies.length])
    return response
  })
  liar.listen(0, '127.0.0.1')
  await once(liar, 'listening')
  try {
    const address = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
    await pay(3, 4)
    await pay(3, 4)
    const blocks = await take(2, { accounts: [accountOf(signer(3).publicKey)], from }, clientOf(address, api.url))
    assert.deepEqual(
      blocks.map(({ height }) => height - from),
      [0, 1],
    )
  } finally {
    liar.closeAllConnections()
    liar.close()
  }
})

test('a node that tells of heights that are not there makes the watch blind for no longer than it lasts', {
  timeout: 90_000,
}, async () => {
  const liar = createServer((request, response) => {
    const isStatus = request.url === '/v1/status'
    response.writeHead(200).end(isStatus ? '{"height":1}' : 'id: 900000000\n\n')
  })
  liar.listen(0, '127.0.0.1')
  await once(liar, 'listening')
  try {
    const address = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
    const blocks = take(1, { accounts: [accountOf(signer(3).publicKey)] }, clientOf(address, api.url))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await pay(3, 4)
    assert.equal((await blocks)[0]?.height, node.application.head.height)
  } finally {
    liar.closeAllConnections()
    liar.close()
  }
})

test('events come through in any pieces; an id alone moves the cursor', () => {
  const stream = 'retry: 5\nid: 7\nevent: watched\r\ndata: {"a":\ndata: 1}\n\n: still here\nid: 9\n\ndata:plain\n\n'
  const bytes = new TextEncoder().encode(stream)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 100 }), (sizes) => {
      const reader = new EventReader(1_000)
      const events: unknown[] = []
      let at = 0
      for (const size of [...sizes, bytes.length]) {
        events.push(...reader.read(bytes.subarray(at, at + size)))
        at = Math.min(bytes.length, at + size)
      }
      assert.deepEqual(events, [
        { event: 'watched', data: '{"a":\n1}' },
        { event: 'message', data: 'plain' },
      ])
      assert.equal(reader.lastEventId, '9')
    }),
  )
  const encode = (text: string) => new TextEncoder().encode(text)
  assert.throws(() => new EventReader(10).read(encode('data: 12345678901')), EventTooLong)
  assert.throws(() => new EventReader(10).read(encode('data: 123456\ndata: 123456\n')), EventTooLong)
})
