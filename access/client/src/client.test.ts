import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { readAccount, readName, readPublishedHost, transactionId } from '@cresset/core-ledger'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { proveServer, publishAction } from './publishing.ts'
import { type RegistrationStep, registerName, type SealJournal } from './registration.ts'
import { clientOf } from './testing/client-of.ts'
import { findReceipt, send, submitTransaction } from './transactions.ts'

let node: TestNode
let client: Client
before(async () => {
  node = await TestNode.start()
  client = clientOf(node)
})
after(() => node.close())

const user = (index: number) => keyPairSigner(node.ledger.users[index] as (typeof node.ledger.users)[number])

test('an account is read through its proof, and says what it rests on', async () => {
  const account = accountOf(user(0).publicKey)
  const { value, rests } = await client.query(
    (view) => readAccount(view, account),
    `/v1/accounts/${Buffer.from(account).toString('hex')}`,
  )
  assert.equal(value.balance, 1_000_000_000n)
  assert.deepEqual([rests.signers, rests.validators, rests.height], [3, 4, node.application.head.height])
  const bare = await client.query((view) => readAccount(view, account))
  assert.deepEqual(bare.value, value)
})

test('a payment ends with a certified receipt, and sending the same bytes again changes nothing', async () => {
  const to = accountOf(user(2).publicKey)
  const body = { to, amount: 5n, memo: new Uint8Array(0) }
  const { id, receipt } = await send(client, [user(1)], { kind: 'transfer', body })
  assert.equal(receipt.code, 'ok')
  const bytes = node.application.queries.transaction(id)?.bytes as Uint8Array
  const again = await submitTransaction(client, bytes)
  assert.deepEqual(again.id, transactionId(bytes))
  const { value } = await client.query((view) => readAccount(view, to))
  assert.equal(value.balance, 1_000_000_005n)
})

test('a refusal has the code of the ledger and a sentence that says what to do', async () => {
  const body = { to: accountOf(user(2).publicKey), amount: 10n ** 18n, memo: new Uint8Array(0) }
  await assert.rejects(send(client, [user(1)], { kind: 'transfer', body }), (error: ClientError) => {
    assert.deepEqual([error.kind, error.code], ['refused', 'balance-too-low'])
    assert.match(error.message, /Fund the account/)
    return true
  })
})

test('a transaction that nobody sent has no receipt', async () => {
  assert.equal(await findReceipt(client, new Uint8Array(32)), undefined)
})

test('a name is registered, published and found; a rival is told that it is taken', async () => {
  const steps: string[] = []
  const owner = user(3)
  const options = { name: 'shop.acme', deposit: 1_000_000n, signer: owner, randomBytes: randomForTests }
  await registerName(client, { ...options, onStep: ({ step }: RegistrationStep) => steps.push(step) })
  assert.deepEqual(steps, ['sealing', 'sealed', 'revealing', 'registered'])
  const again = await registerName(client, options)
  assert.equal(again.before, true)
  await assert.rejects(
    registerName(client, { ...options, signer: user(4) }),
    (error: ClientError) => error.code === 'name-taken',
  )

  const place = { name: 'shop.acme', host: 'www', zone: 'acme' }
  const absent = await client.query((view, at) => readPublishedHost(view, place, at), '/v1/hosts/www.shop.acme')
  assert.equal(absent.value, undefined)
  const hostKey = user(5)
  const server = await proveServer(client, place, owner.publicKey, {
    addresses: [Uint8Array.of(192, 0, 2, 7)],
    signer: hostKey,
  })
  await send(
    client,
    [owner],
    publishAction(place, { servers: [server], services: [{ port: 443, protocol: 'tcp', web: true }] }),
  )
  const { value } = await client.query((view, at) => readPublishedHost(view, place, at), '/v1/hosts/www.shop.acme')
  assert.deepEqual(value?.entry.servers[0]?.publicKey, hostKey.publicKey)
})

test('a registration that was broken off after its seal goes on from the ledger alone', async () => {
  const options = { name: 'later.acme', deposit: 1_000_000n, signer: user(6), randomBytes: randomForTests }
  const stop = new Error('killed here')
  await assert.rejects(
    registerName(client, {
      ...options,
      onStep: ({ step }) => {
        if (step === 'sealed') throw stop
      },
    }),
    stop,
  )
  const steps: string[] = []
  const elsewhere = clientOf(node)
  await registerName(elsewhere, { ...options, onStep: ({ step }) => steps.push(step) })
  assert.deepEqual(steps, ['resuming', 'revealing', 'registered'])
  const { value } = await client.query((view, at) => readName(view, 'later.acme', at))
  assert.equal(value.status, 'active')
})

test('a signer that derives nothing needs a journal, which has the secret before the seal is sent', async () => {
  const { publicKey, sign } = user(5)
  const signer = { publicKey, sign }
  const options = { name: 'token.acme', deposit: 1_000_000n, signer, randomBytes: randomForTests }
  await assert.rejects(registerName(client, options), (error: ClientError) => error.code === 'token-cannot-seal')

  const sequence = async () => (await client.query((view) => readAccount(view, accountOf(publicKey)))).value.sequence
  const broken = {
    keep: () => Promise.reject(new Error('disk full')),
    find: async () => undefined,
    forget: async () => {},
  }
  await assert.rejects(registerName(client, { ...options, journal: broken }), /disk full/)
  assert.equal(await sequence(), 0)

  const kept = new Map<string, Uint8Array>()
  const keyOf = (salt: Uint8Array) => Buffer.from(salt).toString('hex')
  const journal: SealJournal = {
    keep: async ({ salt }, secret) => {
      assert.equal(await sequence(), 0)
      kept.set(keyOf(salt), secret)
    },
    find: async (_place, salt) => kept.get(keyOf(salt)),
    forget: async () => kept.clear(),
  }
  const stop = new Error('killed here')
  const stopAfterSeal = ({ step }: RegistrationStep) => {
    if (step === 'sealed') throw stop
  }
  await assert.rejects(registerName(client, { ...options, journal, onStep: stopAfterSeal }), stop)
  assert.equal(kept.size, 1)
  const steps: string[] = []
  await registerName(client, { ...options, journal, onStep: ({ step }) => steps.push(step) })
  assert.deepEqual(steps, ['resuming', 'revealing', 'registered'])
  assert.equal(kept.size, 0)
})

test('a node that does not answer is passed over; when none answers the error says so', async () => {
  const fetch = async (url: string, init: RequestInit) => {
    if (url.startsWith('http://down.test')) throw new TypeError('connection refused')
    return node.fetch(url, init)
  }
  const genesis = node.ledger.genesis
  const two = new Client({ genesis, nodes: ['http://down.test', 'http://node.test'], fetch, now: () => node.nowMs })
  const { value } = await two.query((view) => readAccount(view, accountOf(user(0).publicKey)))
  assert.equal(value.balance, 1_000_000_000n)
  const none = new Client({ genesis, nodes: ['http://down.test'], fetch, now: () => node.nowMs })
  await assert.rejects(
    none.query((view) => readAccount(view, new Uint8Array(32))),
    (error: ClientError) => error.kind === 'unreachable',
  )
})

test('a node that takes a transaction and then ends: it is offered to the next one', async () => {
  let isFirstUp = true
  const fetch = async (url: string, init: RequestInit) => {
    if (!url.startsWith('http://short.test')) return node.fetch(url, init)
    if (!isFirstUp) throw new TypeError('connection refused')
    if (init.method === 'POST' && url.endsWith('/v1/transactions')) {
      // Taken, told, and gone with the process.
      isFirstUp = false
      return new Response(JSON.stringify({ id: '0'.repeat(64), status: 'pending' }), { status: 202 })
    }
    return node.fetch(url, init)
  }
  const two = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://short.test', 'http://node.test'],
    fetch,
    now: () => node.nowMs,
  })
  const body = { to: accountOf(user(2).publicKey), amount: 1n, memo: new Uint8Array(0) }
  const { receipt } = await send(two, [user(7)], { kind: 'transfer', body })
  assert.equal(receipt.code, 'ok')
})
