import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { CommitEvent } from './backend.ts'
import { createApi } from './server.ts'
import { TestNode } from './testing/test-node.ts'
import { watchedPart } from './watch.ts'

test('a block is read once for all who watch it, however many transactions it has', async () => {
  const node = await TestNode.start()
  node.commitsAtOnce = false
  for (let sequence = 0; sequence < 20; sequence++)
    assert.equal(node.backend.submit(node.ledger.transfer(sequence % 4, Math.floor(sequence / 4), 5, 1n)).code, 'ok')
  await node.commit()
  let reads = 0
  const backend = {
    transactionsOf(height: number) {
      reads += 1
      return node.backend.transactionsOf(height)
    },
  }
  const event = node.application.feed.event(node.application.head.height)
  assert.ok(event)
  const all = { names: new Set<string>(), accounts: new Set<string>(), kinds: new Set<string>() }
  assert.equal(watchedPart(event, all, backend)?.transactions.length, 20)
  const accounts = new Set([toHex(accountOf(node.ledger.users[1]!.publicKey))])
  const own = watchedPart(event, { ...all, accounts }, backend)
  assert.deepEqual(new Set(own?.transactions.map(({ kind }) => kind)), new Set(['transfer']))
  assert.equal(own?.transactions.length, 5)
  assert.equal(reads, 1)
  await node.close()
})

test('a whole block is put into words once for all readers', async () => {
  const node = await TestNode.start()
  let reads = 0
  const event = {
    ...(node.application.feed.event(1) as CommitEvent),
    get changedNames() {
      reads += 1
      return []
    },
  }
  const api = await createApi(
    {
      ...node.backend,
      async *events() {
        yield event
      },
    },
    { host: '127.0.0.1', port: 0 },
  )
  const told = await Promise.all([1, 2, 3].map(async () => (await fetch(`${api.url}/v1/events?from=1`)).text()))
  assert.equal(new Set(told.map((text) => text.match(/^data: .*$/m)?.[0])).size, 1)
  assert.match(told[0] as string, /^id: 1\nevent: commit\ndata: \{"height":1,/m)
  assert.equal(reads, 1)
  await api.close()
  await node.close()
})
