import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { isPublicAddress } from './public-address.ts'
import { Webhook } from './webhook.ts'
import { type CursorStore, fileCursor, memoryCursor } from './webhook-cursor.ts'
import { webhookFileFromJson } from './webhook-file.ts'
import { postWebhook } from './webhook-post.ts'
import { readWebhookSecret, webhookSigner } from './webhook-secret.ts'

interface Delivered {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const secret = Buffer.alloc(32, 7)
const signers = [webhookSigner(`whsec_${secret.toString('base64')}`)!]
let node: TestNode
let folder: string
before(async () => {
  node = await TestNode.start()
  folder = await mkdtemp(join(tmpdir(), 'cresset-webhook-'))
})
after(async () => {
  await node.close()
  await rm(folder, { recursive: true })
})

/** A receiver; `answer` may hold an answer back or refuse. */
async function receiver(answer: (response: ServerResponse, count: number) => void = (response) => response.end()) {
  const delivered: Delivered[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    delivered.push({ headers: request.headers, body })
    answer(response, delivered.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`)
  const close = () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(resolve)
    })
  return { url, delivered, close }
}

const account = (user: number): string => toHex(accountOf(node.ledger.users[user]!.publicKey))
const lines: string[] = []
function start(
  url: URL,
  cursor: CursorStore,
  watched: { accounts?: string[]; names?: string[]; kinds?: string[] } = {},
  retryMs = [20, 20, 20],
) {
  return new Webhook({
    settings: { id: 'test', url, names: [], accounts: [], kinds: [], allowPrivateAddresses: false, ...watched },
    signers,
    cursor,
    backend: node.backend,
    log: (level, details, text) => lines.push(`${level} ${text} ${JSON.stringify(details)}`),
    retryMs,
    timeoutMs: 500,
  })
}
let sequence = 0
/** A payment of the first user, in a block of its own; its id. */
async function pay(to: number): Promise<string> {
  const { id } = node.backend.submit(node.ledger.transfer(0, sequence++, to, 1n))
  await node.commit()
  return toHex(id!)
}
async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 5_000) throw new Error('it did not come')
    await sleep(10)
  }
}
const ids = (delivered: readonly Delivered[]) =>
  delivered.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id)

test('what happens to a watched account is sent, signed, once each and in order; the rest is not', async () => {
  const { url, delivered, close } = await receiver()
  const webhook = start(url, memoryCursor(), { accounts: [account(2)] })
  await sleep(20)
  const first = await pay(2)
  await pay(3)
  const second = await pay(2)
  await until(() => delivered.length === 2)
  assert.deepEqual(ids(delivered), [first, second])
  for (const { headers, body } of delivered) {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
    const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    assert.equal(signature, `v1,${expected}`)
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1_000) < 5)
    assert.equal(String(id).includes('.'), false)
    const message = JSON.parse(body) as Record<string, unknown>
    assert.deepEqual([message['type'], message['chainId']], ['transaction.transfer', node.backend.chainId])
    assert.equal(new Date(String(message['timestamp'])).getTime() % 1_000, 0)
  }
  await webhook.close()
  await close()
})

test('a receiver that fails gets the same message again, and nothing overtakes it', async () => {
  const { url, delivered, close } = await receiver((response, count) => {
    if (count === 1) response.writeHead(500).end()
    else if (count === 2) response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else if (count !== 3) response.end()
  })
  const webhook = start(url, memoryCursor(), { accounts: [account(4)] })
  await sleep(20)
  const first = await pay(4)
  const second = await pay(4)
  await until(() => delivered.length === 5)
  assert.deepEqual(ids(delivered), [first, first, first, first, second])
  assert.equal(new Set(delivered.map(({ headers }) => headers['webhook-id'])).size, 2)
  assert.match(lines.join('\n'), /redirects are not followed/)
  assert.match(lines.join('\n'), /no answer within 500 ms/)
  await webhook.close()
  await close()
})

test('the cursor outlives the process: what was not taken is sent again, what was is not, and nothing is left out', async () => {
  const path = join(folder, 'webhooks', 'a.json')
  let isUp = false
  const { url, delivered, close } = await receiver((response) => response.writeHead(isUp ? 200 : 503).end())
  const watched = { accounts: [account(5)] }
  const before = start(url, fileCursor(path), watched, [1_000])
  // It tells of what comes after its cursor was first written.
  while ((await fileCursor(path).read()) === undefined) await sleep(5)
  const first = await pay(5)
  await until(() => delivered.length === 1)
  await before.close()
  const second = await pay(5)
  isUp = true
  const after = start(url, fileCursor(path), watched)
  await until(() => delivered.length === 3)
  assert.deepEqual(ids(delivered), [first, first, second])
  await sleep(50)
  await after.close()
  const third = await pay(5)
  const again = start(url, fileCursor(path), watched)
  await until(() => delivered.length === 4)
  assert.deepEqual(ids(delivered.slice(3)), [third])
  await again.close()
  await writeFile(path, '{"height":')
  assert.equal(await fileCursor(path).read(), undefined)
  await close()
})

test('410 ends it, and so does failing at every attempt; the cursor stays where it was', async () => {
  for (const status of [410, 500]) {
    const { url, delivered, close } = await receiver((response) => response.writeHead(status).end())
    const cursor = memoryCursor()
    const webhook = start(url, cursor, { accounts: [account(6)] }, [5, 5])
    await sleep(20)
    await pay(6)
    const attempts = status === 410 ? 1 : 3
    await until(() => delivered.length === attempts)
    await pay(6)
    await sleep(60)
    assert.equal(delivered.length, attempts)
    assert.equal((await cursor.read())?.lastId, undefined)
    assert.match(lines.at(-1) ?? '', /^error a webhook has ended until the node starts again/)
    await webhook.close()
    await close()
  }
})

test('blocks that are no longer kept are told as a gap', async () => {
  const { url, delivered, close } = await receiver()
  let isFirst = true
  const backend = {
    ...node.backend,
    events(from: number | undefined, signal: AbortSignal) {
      if (!isFirst) return node.backend.events(from, signal)
      isFirst = false
      throw Object.assign(new Error('pruned'), { code: 'pruned' })
    },
  }
  const cursor = memoryCursor()
  await cursor.write({ height: 1 })
  const settings = { id: 'gap', url, names: [], accounts: [account(7)], kinds: [], allowPrivateAddresses: false }
  const webhook = new Webhook({ settings, signers, cursor, backend, log: () => undefined })
  await until(() => delivered.length === 1)
  const { type, data } = JSON.parse(delivered[0]!.body) as { type: string; data: unknown }
  assert.deepEqual([type, data], ['gap', { from: 1, to: node.backend.committed().height }])
  await webhook.close()
  await close()
})

test('a receiver that fell behind what the node keeps is told of the gap, and then of all that is kept', async (t) => {
  const forgetful = await TestNode.start({}, [], { keepBlocks: 10, keepVersions: 3 })
  forgetful.commitsAtOnce = false
  const { url, delivered, close } = await receiver()
  t.after(async () => {
    await close()
    await forgetful.close()
  })
  const paid: string[] = []
  // More than the newest blocks, which are in memory.
  for (let height = 2; height <= 300; height++) {
    if (height % 4 === 0) {
      const { id } = forgetful.backend.submit(forgetful.ledger.transfer(0, paid.length, 7, 1n))
      paid.push(toHex(id!))
    }
    await forgetful.commit()
  }
  assert.equal(forgetful.backend.oldestHeight(), 291)
  const cursor = memoryCursor()
  await cursor.write({ height: 3 })
  const settings = { id: 'late', url, names: [], accounts: [account(7)], kinds: [], allowPrivateAddresses: false }
  const told: string[] = []
  const log = (level: string, details: object, text: string): void =>
    void told.push(`${level} ${text} ${JSON.stringify(details)}`)
  const webhook = new Webhook({ settings, signers, cursor, backend: forgetful.backend, log })
  t.after(() => webhook.close())
  await until(() => delivered.length === 4)
  const { type, data } = JSON.parse(delivered[0]!.body) as { type: string; data: unknown }
  assert.deepEqual([type, data], ['gap', { from: 3, to: 290 }])
  assert.deepEqual(ids(delivered.slice(1)), paid.slice(-3), 'of the blocks 292, 296 and 300')
  assert.deepEqual(told, [
    'error blocks that a webhook was not told of are no longer kept {"webhook":"late","from":3,"to":290}',
  ])
})

test("a host name that leads to an address of the operator's own network is not called", async () => {
  const { url, delivered, close } = await receiver()
  const named = new URL(`http://host.test:${url.port}/`)
  const options = { signers, nowMs: 0, timeoutMs: 500, signal: new AbortController().signal }
  const message = { id: 'a', body: '{}' }
  assert.equal((await postWebhook(message, { ...options, url: named, allowPrivateAddresses: false })).kind, 'failed')
  assert.equal((await postWebhook(message, { ...options, url, allowPrivateAddresses: false })).kind, 'taken')
  assert.equal(delivered.length, 1)
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.0.1',
    '100.64.0.1',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '2001:db8::1',
    '64:ff9b::a00:1',
  ])
    assert.equal(isPublicAddress(address), false, address)
  for (const address of ['9.9.9.9', '2620:fe::fe']) assert.equal(isPublicAddress(address), true, address)
  await close()
})

test('secrets are read from files that nobody else may read, and Ed25519 keys sign as v1a', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const path = join(folder, 'secret')
  await writeFile(path, `whsk_${Buffer.from(seed).toString('base64')}\n`, { mode: 0o600 })
  const [version, signature = ''] = (await readWebhookSecret(path))('a.1.{}').split(',')
  assert.equal(version, 'v1a')
  assert.ok(
    verify(
      undefined,
      Buffer.from('a.1.{}'),
      createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
      Buffer.from(signature, 'base64'),
    ),
  )
  await chmod(path, 0o640)
  await assert.rejects(readWebhookSecret(path), /others may read this secret/)
  await assert.rejects(readWebhookSecret(join(folder, 'none')), /cannot be read \(ENOENT\)/)
  for (const wrong of [
    '',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsk_AAAA',
    'secret',
  ])
    assert.equal(webhookSigner(wrong), undefined, wrong)
})

test('webhooks.json says exactly what is wrong', () => {
  const good = {
    id: 'billing',
    url: 'https://hooks.example/x',
    secretFiles: ['keys/billing.secret'],
    names: ['shop.acme'],
  }
  const read = (...webhooks: unknown[]) =>
    webhookFileFromJson(JSON.stringify({ version: 1, webhooks }), 'webhooks.json')
  assert.deepEqual(
    read(good).map(({ id, kinds, allowPrivateAddresses }) => [id, kinds, allowPrivateAddresses]),
    [['billing', [], false]],
  )
  const wrong: [object, RegExp][] = [
    [{ ...good, url: 'http://hooks.example/x' }, /webhooks\[0\]\.url/],
    [{ ...good, url: 'https://user:word@hooks.example/x' }, /without a user/],
    [{ ...good, url: 'ftp://127.0.0.1/' }, /url/],
    [{ ...good, secretFiles: [] }, /one to four/],
    [{ ...good, id: '../x' }, /id/],
    [{ ...good, secret: 'x' }, /unknown field "secret"/],
    [{ ...good, accounts: ['0x'] }, /accounts/],
  ]
  for (const [webhook, expected] of wrong) assert.throws(() => read(webhook), expected)
  assert.throws(() => read(good, good), /an id of its own/)
  assert.equal(read({ ...good, url: 'http://127.0.0.1:9/x' }).length, 1)
})
