import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { fromUtf8, toHex } from '@cresset/core-codec'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { type FeeStatementLine, readAccount, readName } from '@cresset/core-ledger'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { readHistory } from './history.ts'
import { listOffers, type OfferFilter, readOfferList } from './offer-list.ts'
import { publishAction } from './publishing.ts'
import { registerName } from './registration.ts'
import {
  agreeTransfer,
  buyNameAction,
  chooseOffer,
  feeStatement,
  offersOf,
  signTransfer,
  transferNameAction,
} from './trade.ts'
import { send } from './transactions.ts'

const hourMs = 3_600_000
let node: TestNode
let client: Client
before(async () => {
  node = await TestNode.start({ feeEveryBlocks: '10', depositRatePeriod: '1 s' })
  client = clientThrough(node.fetch)
})
after(() => node.close())

function clientThrough(fetch: TestNode['fetch']): Client {
  return new Client({ genesis: node.ledger.genesis, nodes: ['http://node.test'], fetch, now: () => node.nowMs })
}

const user = (index: number) => keyPairSigner(node.ledger.users[index] as (typeof node.ledger.users)[number])
const text = { type: 16, ttlSeconds: undefined, data: [Uint8Array.of(1, 97)] }

async function register(name: string, index: number): Promise<void> {
  await registerName(client, { name, deposit: 1_000_000n, signer: user(index), randomBytes: randomForTests })
}

async function offer(name: string, index: number, price: bigint, buyer?: Uint8Array): Promise<Uint8Array> {
  const { value } = await offersOf(client, name)
  const body = { name, price, buyer, expiresMs: value.ledgerTimeMs + hourMs }
  return (await send(client, [user(index)], { kind: 'offerName', body })).id
}

async function balanceOf(index: number): Promise<bigint> {
  const account = accountOf(user(index).publicKey)
  return (await client.query((view) => readAccount(view, account))).value.balance
}

test('an offer is proven, the cheapest one that I may take is taken, and lists follow', async () => {
  await register('sale.acme', 0)
  await send(client, [user(0)], publishAction({ zone: 'acme', name: 'sale.acme', host: 'www' }, { recordSets: [text] }))
  const dear = await offer('sale.acme', 0, 900n)
  const cheap = await offer('sale.acme', 0, 300n, accountOf(user(1).publicKey))
  const listed = await listOffers(client, { zone: 'acme' })
  assert.deepEqual(
    listed.offers.map(({ name, id, price }) => [name, toHex(id), price]),
    [
      ['sale.acme', toHex(cheap), 300n],
      ['sale.acme', toHex(dear), 900n],
    ],
  )
  const count = async (filter: OfferFilter) => (await listOffers(client, filter)).offers.length
  assert.deepEqual(listed.offers[0]?.seller, accountOf(user(0).publicKey))
  assert.equal(await count({ seller: accountOf(user(0).publicKey) }), 2)
  assert.equal(await count({ seller: accountOf(user(1).publicKey) }), 0)
  assert.equal(await count({ buyer: accountOf(user(1).publicKey) }), 2)
  assert.equal(await count({ buyer: accountOf(user(2).publicKey) }), 1)
  const { value } = await offersOf(client, 'sale.acme')
  const mine = accountOf(user(1).publicKey)
  assert.equal(chooseOffer(value, mine).price, 300n)
  assert.equal(chooseOffer(value, accountOf(user(2).publicKey)).price, 900n)
  assert.equal(chooseOffer(value, mine, dear).price, 900n)

  const buy = (highestPrice: bigint) =>
    buyNameAction(value, chooseOffer(value, mine), { highestPrice, primaryKey: user(1).publicKey })
  await assert.rejects(send(client, [user(1)], buy(299n)), (error: ClientError) => error.code === 'price-above-highest')
  const seller = await balanceOf(0)
  await send(client, [user(1)], buy(300n))
  assert.equal(await balanceOf(0), seller + 300n)
  const after = await offersOf(client, 'sale.acme')
  assert.deepEqual([after.value.seller, after.value.offers, after.value.ownerships], [mine, [], 2])
  assert.throws(
    () => chooseOffer(after.value, mine),
    (error: ClientError) => error.code === 'name-not-offered',
  )
  assert.deepEqual((await listOffers(client)).offers, [])
  const names = (await client.connection.first((at) => at.get(`/v1/names?owner=${toHex(mine)}`))) as { names: string[] }
  assert.deepEqual(names.names, ['sale.acme'])
})

test('all names on offer, by price, page after page, below a price', async () => {
  for (const [index, name] of ['one.acme', 'two.acme', 'three.acme'].entries()) {
    await register(name, 3)
    await offer(name, 3, BigInt(300 - 100 * index))
  }
  const prices: bigint[] = []
  let next: string | undefined
  do {
    const page = await listOffers(client, { limit: 2, ...(next === undefined ? {} : { after: next }) })
    assert(page.offers.length <= 2)
    prices.push(...page.offers.map(({ price }) => price))
    next = page.next
  } while (next !== undefined)
  assert.deepEqual(prices, [100n, 200n, 300n])
  const cheap = await listOffers(client, { maxPrice: 200n })
  assert.deepEqual(
    cheap.offers.map(({ name }) => name),
    ['three.acme', 'two.acme'],
  )
  assert.deepEqual((await listOffers(client, { zone: 'nowhere' })).offers, [])

  // Withdrawn, given up, and over: each leaves the list.
  const { value } = await offersOf(client, 'two.acme')
  const withdrawn = { name: 'two.acme', offer: value.offers[0]?.id as Uint8Array }
  await send(client, [user(3)], { kind: 'withdrawOffer', body: withdrawn })
  await send(client, [user(3)], { kind: 'cancel', body: { name: 'three.acme' } })
  assert.deepEqual(
    (await listOffers(client)).offers.map(({ name }) => name),
    ['one.acme'],
  )
})

test('a list of offers that does not have the form is not taken', () => {
  const hash = '00'.repeat(32)
  const offer = { name: 'a.acme', seller: hash, id: hash, price: '1', expiresMs: 1, height: 1 }
  assert.equal(readOfferList({ offers: [offer], next: null }).offers[0]?.price, 1n)
  const isRefused = (answer: unknown) =>
    assert.throws(
      () => readOfferList(answer),
      (error: ClientError) => error.code === 'bad-answer',
    )
  const changes: object[] = [
    { name: 'a\u001b[2J.acme' },
    { name: 1 },
    { price: '-1' },
    { price: 1 },
    { seller: '00' },
    { id: undefined },
    { buyer: null },
    { expiresMs: '1' },
    { height: 0.5 },
  ]
  for (const change of changes) isRefused({ offers: [{ ...offer, ...change }], next: null })
  for (const answer of [null, 7, {}, { offers: [null], next: null }, { offers: [], next: '\n' }, { offers: [] }])
    isRefused(answer)
  isRefused({ offers: new Array(1_001).fill(offer), next: null })
})

test('a transfer goes from hand to hand, is signed by both, and is carried by a third', async () => {
  await register('gift.acme', 4)
  const transfer = await agreeTransfer(client, { name: 'gift.acme', to: user(5).publicKey })
  const unsigned = { chainId: client.chainId, transfer, fromSignature: undefined, toSignature: undefined }
  const half = await signTransfer(unsigned, user(4))
  assert.throws(
    () => transferNameAction(half),
    (error: ClientError) => error.code === 'signature-missing',
  )
  await assert.rejects(signTransfer(half, user(6)), (error: ClientError) => error.code === 'not-party')
  const altered = { ...half, transfer: { ...transfer, keepRecords: true } }
  await assert.rejects(signTransfer(altered, user(5)), (error: ClientError) => error.code === 'transfer-signature-bad')
  const whole = await signTransfer(half, user(5))
  await send(client, [user(6)], transferNameAction(whole))
  const { value } = await client.query((view, at) => readName(view, 'gift.acme', at))
  assert.deepEqual(value.entry?.registration?.primaryKey, user(5).publicKey)
  await assert.rejects(
    send(client, [user(6)], transferNameAction(whole)),
    (error: ClientError) => error.code === 'ownership-differs',
  )
  await assert.rejects(
    agreeTransfer(client, { name: 'nobodys.acme', to: user(5).publicKey }),
    (error: ClientError) => error.kind === 'not-found',
  )
})

test('the history of a name goes back to its registration, each record by the hash in the one after it', async () => {
  const { value } = await client.query((view, at) => readName(view, 'sale.acme', at))
  const { records, next } = await readHistory(client, value.entry?.predecessor)
  assert.equal(next, undefined)
  const told = records.map(({ kind, value: record }) => [
    kind,
    record.revision,
    kind === 'name' && record.registration?.hosts.length,
  ])
  // Newest: sold, without hosts.
  assert.deepEqual(value.entry?.registration?.hosts, [])
  assert.deepEqual(told, [
    ['name', 2, 1],
    ['name', 1, 0],
  ])
  const liar = clientThrough(async (url, init) => {
    const answer = await node.fetch(url, init)
    if (!url.includes('/v1/records/')) return answer
    const { records: given } = (await answer.json()) as { records: string[] }
    return Response.json({ records: [...given].reverse() })
  })
  await assert.rejects(
    readHistory(liar, value.entry?.predecessor),
    (error: ClientError) => error.kind === 'not-verified',
  )
})

test('a fee statement is proven, page after page, and adds up', async () => {
  await register('fees.acme', 6)
  for (let blocks = 0; blocks < 700; blocks++) await node.commit()
  const { value } = await feeStatement(client, 'fees.acme')
  const lines = value.lines ?? []
  assert(lines.length > 64, `only ${lines.length} lines: more than one page of fee blocks is wanted`)
  assert.equal(lines[0]?.balance, value.name.balance)
  for (const [index, line] of lines.entries()) {
    const earlier = lines[index + 1]
    if (earlier !== undefined) assert.equal(earlier.balance - line.charged, line.balance)
  }
  const paged: FeeStatementLine[] = []
  let before: number | undefined
  for (;;) {
    const page = (await feeStatement(client, 'fees.acme', { limit: 30, ...(before === undefined ? {} : { before }) }))
      .value.lines
    paged.push(...(page ?? []))
    if (page === undefined || page.length < 30) break
    before = page.at(-1)?.height
  }
  assert.deepEqual(paged, lines)
  assert.equal((await feeStatement(client, 'nobodys.acme')).value.lines, undefined)

  const liar = clientThrough(async (url, init) => {
    const answer = await node.fetch(url, init)
    const body = new Uint8Array(await answer.arrayBuffer())
    const json = JSON.parse(fromUtf8(body)) as { proof?: { proofs: string[] } }
    if (json.proof) json.proof.proofs = json.proof.proofs.map((proof) => `${proof.slice(0, -2)}AA`)
    return Response.json(json)
  })
  await assert.rejects(feeStatement(liar, 'fees.acme'), (error: ClientError) => error.kind === 'not-verified')
})
