import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { blockHash, type Trust } from '@cresset/core-chain'
import { HeaderChain } from '@cresset/core-chain/testing'
import { Client, type ClientOptions } from './client.ts'
import type { ClientError } from './client-error.ts'
import { HttpConnection } from './http.ts'
import { absentKey, ChainNode, presentKey, transactionId, value } from './testing/chain-node.ts'
import { findReceipt } from './transactions.ts'
import { trustFromJson, trustToJson } from './trust-json.ts'
import { fetchTrust } from './walk.ts'

/*
 * The validators of genesis are gone after a few changes, and the client has genesis, or what it trusted before, and nodes that may lie.
 */

const names = (prefix: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `${prefix} ${from + index}`)

/** Six validators of which one is replaced in each of `changes` steps. */
function slowChain(changes: number): HeaderChain {
  const chain = new HeaderChain(6).grow(1)
  const members = names('consensus', 6)
  for (let index = 0; index < changes; index++) {
    members.shift()
    members.push(`new ${index}`)
    chain.change(members).grow(3)
  }
  return chain
}

async function nodeOf(t: TestContext, chain: HeaderChain): Promise<ChainNode> {
  const node = await new ChainNode(chain).start()
  t.after(() => node.close())
  return node
}

const nowOf = (chain: HeaderChain) => chain.header(chain.height).timeMs + 500

function clientOf(node: ChainNode, over: Partial<ClientOptions> = {}): Client {
  return new Client({
    genesis: node.chain.genesis,
    nodes: ['http://node.test'],
    fetch: node.fetch,
    now: () => nowOf(node.chain),
    ...over,
  })
}

const read = (client: Client) => client.query((view) => [view.get(presentKey), view.get(absentKey)])
const headersAsked = (node: ChainNode) => node.requests.filter((path) => path.startsWith('/v1/headers/'))
const refused = (promise: Promise<unknown>, code: string, message?: RegExp) =>
  assert.rejects(promise, (error: ClientError) => {
    assert.deepEqual([error.kind, error.code], ['not-verified', code], error.message)
    if (message) assert.match(error.message, message)
    return true
  })

test('from genesis alone to validators that genesis never heard of', async (t) => {
  const node = await nodeOf(t, slowChain(8))
  const client = clientOf(node)
  const { value: found, rests } = await read(client)
  assert.deepEqual(found, [value, undefined])
  assert.equal(rests.height, node.chain.height)
  assert.equal(client.trust.height, node.chain.height)
  assert.ok(headersAsked(node).length > 1)
  // Once there, an answer needs no header at all.
  node.requests.length = 0
  await read(client)
  assert.deepEqual(headersAsked(node), [])
})

test('where enough of the trusted validators stayed, one header is enough for several changes', async (t) => {
  const node = await nodeOf(t, slowChain(3))
  await read(clientOf(node))
  assert.equal(headersAsked(node).length, 1)
})

test('a long absence costs fewer headers than there were changes', async (t) => {
  const changes = 30
  const node = await nodeOf(t, slowChain(changes))
  await read(clientOf(node))
  const asked = headersAsked(node).length
  assert.ok(asked < changes, `${asked} headers for ${changes} changes`)
  const lists = node.requests.filter((path) => path.startsWith('/v1/validator-changes'))
  assert.equal(lists.length, 2, 'the changes once, and that there are no more')
})

test('where the whole set is replaced at once, each change is walked', async (t) => {
  const chain = new HeaderChain(4).grow(1)
  for (let index = 0; index < 4; index++) chain.change(names('set', 4, index * 4)).grow(2)
  const node = await nodeOf(t, chain)
  const { value: found } = await read(clientOf(node))
  assert.deepEqual(found, [value, undefined])
})

test('removed validators that sign on alone are not believed by a client that has seen them go', async (t) => {
  const honest = slowChain(6)
  const client = clientOf(await nodeOf(t, honest))
  await read(client)
  // The same genesis and keys, and a chain on which nobody ever left.
  const stayed = new HeaderChain(6).grow(honest.height + 1)
  const liar = await nodeOf(t, stayed)
  const betrayed = clientOf(liar, { trust: client.trust })
  await refused(read(betrayed), 'wrong-validators')
  assert.equal(betrayed.trust.height, client.trust.height)
})

test('a node that leaves out the changes, or invents some, is refused', async (t) => {
  const node = await nodeOf(t, slowChain(8))
  node.changes = () => []
  await refused(read(clientOf(node)), 'wrong-validators')
  node.changes = (honest) => honest.slice(-1)
  await refused(read(clientOf(node)), 'too-little-overlap')
  node.changes = (honest) => [...honest].reverse()
  await refused(read(clientOf(node)), 'bad-answer')
  node.changes = (honest) => [...honest, 10_000]
  await refused(read(clientOf(node)), 'bad-answer')
})

test('headers that are not what they claim are refused', async (t) => {
  const node = await nodeOf(t, slowChain(2))
  const first = node.chain.light(3)
  const lies: [ChainNode['tamper'], string][] = [
    [(block) => ({ ...block, nextValidators: first.validators }), 'wrong-next-validators'],
    [(block) => ({ ...block, header: { ...block.header, timeMs: block.header.timeMs + 1 } }), 'wrong-block'],
    [(block, height) => ({ ...block, header: node.chain.header(height + 1) }), 'wrong-height'],
    [
      (block) => ({
        ...block,
        certificate: { ...block.certificate, signatures: block.certificate.signatures.slice(1) },
      }),
      'no-quorum',
    ],
  ]
  for (const [tamper, code] of lies) {
    node.tamper = tamper
    const client = clientOf(node)
    await refused(read(client), code)
    assert.equal(client.trust.height, 0)
  }
})

test('a liar is passed over for an honest node, and what the liar gave that was true is kept', async (t) => {
  const node = await nodeOf(t, slowChain(8))
  const liar = await nodeOf(t, node.chain)
  liar.tamper = (block, height) =>
    height > 20 ? { ...block, header: { ...block.header, timeMs: block.header.timeMs - 1 } } : block
  const fetch: ClientOptions['fetch'] = (url, init) =>
    (url.startsWith('http://liar.test') ? liar : node).fetch(url, init)
  const client = clientOf(node, { nodes: ['http://liar.test', 'http://node.test'], fetch })
  assert.deepEqual((await read(client)).value, [value, undefined])
})

test('a node that stands still is refused, and the error says by how much', async (t) => {
  const chain = slowChain(2)
  const node = await nodeOf(t, chain)
  node.answersAt = chain.height - 1
  const limitMs = chain.header(chain.height - 1).timeMs + chain.genesis.parameters.maxStalenessMs
  await read(clientOf(node, { now: () => limitMs }))
  await refused(read(clientOf(node, { now: () => limitMs + 42_000 })), 'stale', /too old by 42 s/)
})

test('a client that was away for longer than the trusting period says so, and a block hash from a person helps', async (t) => {
  const chain = slowChain(8)
  const node = await nodeOf(t, chain)
  const client = clientOf(node)
  await read(client)
  const { trust } = client
  const edgeMs = trust.timeMs + trust.trustingPeriodMs
  // The ledger goes on meanwhile, under other validators.
  const later = slowChain(16)
  const silent = await nodeOf(t, later)
  const back = (nowMs: number, from: Trust) => read(clientOf(silent, { now: () => nowMs, trust: from }))
  await refused(back(edgeMs + 1, trust), 'trust-expired', /--trust HEIGHT:HASH/)
  await refused(back(edgeMs, trust), 'stale')
  const pin = { height: later.height - 2, blockHash: blockHash(later.header(later.height - 2)) }
  const connection = new HttpConnection({ nodes: ['http://node.test'], fetch: silent.fetch })
  const pinned = await connection.first((at) => fetchTrust(at, later.genesis, pin))
  const { value: found } = await read(clientOf(silent, { trust: pinned }))
  assert.deepEqual(found, [value, undefined])
  assert.equal(pinned.earlier.length, 0)
})

test('a block hash that the node cannot show the header of gives no trust', async (t) => {
  const node = await nodeOf(t, slowChain(2))
  const connection = new HttpConnection({ nodes: ['http://node.test'], fetch: node.fetch })
  const start = (height: number, hash: Uint8Array) =>
    connection.first((at) => fetchTrust(at, node.chain.genesis, { height, blockHash: hash }))
  await refused(start(4, blockHash(node.chain.header(5))), 'wrong-block')
  await assert.rejects(start(4_000, blockHash(node.chain.header(5))), { kind: 'unreachable', code: 'no-header' })
  node.tamper = (block) => ({ ...block, nextValidators: node.chain.setAt(1) })
  await refused(start(6, blockHash(node.chain.header(6))), 'wrong-next-validators')
})

test('receipts of every height are proven, also those of validators that have left since', async (t) => {
  const chain = slowChain(8)
  const node = await nodeOf(t, chain)
  const client = clientOf(node)
  await read(client)
  const { trust } = client
  assert.ok(trust.earlier.length > 1)
  for (let height = 1; height <= chain.height; height++) {
    node.answersAt = height
    const proven = await findReceipt(client, transactionId)
    assert.equal(proven?.rests.height, height)
  }
  assert.equal(client.trust, trust, 'looking back moves no trust')
})

test('a receipt ahead of what the client trusts makes it walk there', async (t) => {
  const chain = slowChain(8)
  const client = clientOf(await nodeOf(t, chain))
  assert.equal((await findReceipt(client, transactionId))?.receipt.code, 'ok')
  assert.ok(client.trust.height > 1)
})

test('a receipt of removed validators from after they left is refused', async (t) => {
  const client = clientOf(await nodeOf(t, slowChain(6)))
  await read(client)
  const liar = await nodeOf(t, new HeaderChain(6).grow(client.trust.height + 1))
  for (const height of [client.trust.height - 1, client.trust.height + 1]) {
    liar.answersAt = height
    const betrayed = clientOf(liar, { trust: client.trust, now: () => nowOf(liar.chain) })
    await assert.rejects(findReceipt(betrayed, transactionId), { kind: 'not-verified' })
  }
})

test('what a client trusts is kept as text and read back, for its own ledger only', async (t) => {
  const node = await nodeOf(t, slowChain(8))
  const client = clientOf(node)
  await read(client)
  const text = trustToJson(client.trust)
  assert.deepEqual(trustFromJson(text, node.chain.genesis), client.trust)
  const bad = { kind: 'usage', code: 'bad-trust' }
  assert.throws(() => trustFromJson(text, new HeaderChain(4).genesis), bad)
  const form = JSON.parse(text)
  for (const change of [
    { cressetTrust: 2 },
    { newest: null },
    { newest: { ...form.newest, height: -1 } },
    { newest: { ...form.newest, hash: 'zz' } },
    { newest: { ...form.newest, validators: 'AA' } },
    { earlier: {} },
    { earlier: Array.from({ length: 65 }, () => form.newest) },
  ]) {
    assert.throws(() => trustFromJson(JSON.stringify({ ...form, ...change }), node.chain.genesis), bad)
  }
  for (const cut of [0, 1, text.length >> 1, text.length - 3])
    assert.throws(() => trustFromJson(text.slice(0, cut), node.chain.genesis), bad)
})
