import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { type Action, readOffers } from '@cresset/core-ledger'
import { openMemoryStore } from '@cresset/network-storage'
import { LedgerApplication } from './ledger-application.ts'
import { genesisTimeMs, TestLedger } from './testing/test-ledger.ts'

const names = ['shop.acme', 'art.acme', 'zoo.acme']
const hourMs = 3_600_000

/** Three names of users 0 to 2, each at its own sequence, and a way to act for them. */
async function withNames() {
  const ledger = new TestLedger()
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis: ledger.genesis })
  const registrations = names.map((name, user) => ledger.registration(user, 0, name))
  for (const part of ['seal', 'reveal'] as const)
    await ledger.commit(
      application,
      registrations.map((made) => made[part]),
    )
  const sequences = [2, 2, 2, 0, 0]
  const sign = (user: number, action: Action): Uint8Array => {
    const sequence = sequences[user] as number
    sequences[user] = sequence + 1
    return ledger.sign(ledger.users[user]!, sequence, action)
  }
  const offer = (user: number, price: bigint, forMs = hourMs): Uint8Array =>
    sign(user, {
      kind: 'offerName',
      body: { name: names[user] as string, price, buyer: undefined, expiresMs: genesisTimeMs + forMs },
    })
  const listed = (filter: { zone?: string; maxPrice?: bigint } = {}) =>
    application.queries.offers(filter, { limit: 100 }).offers.map(({ name, price }) => `${name} ${price}`)
  const commit = (...transactions: Uint8Array[]) => ledger.commit(application, transactions)
  return { ledger, application, sign, offer, listed, commit }
}

function offersIn(application: LedgerApplication, name: string) {
  const { height, timeMs } = application.head
  return readOffers(application.queries.view(), name, { height, timeMs }).offers
}

test('offers are listed by price, filtered, paged, and gone with what ends them', async () => {
  const { ledger, application, sign, offer, listed, commit } = await withNames()
  assert.deepEqual(await commit(offer(0, 300n), offer(0, 100n), offer(1, 200n), offer(2, 50n)), [
    'ok',
    'ok',
    'ok',
    'ok',
  ])
  assert.deepEqual(listed(), ['zoo.acme 50', 'shop.acme 100', 'art.acme 200', 'shop.acme 300'])
  assert.deepEqual(listed({ maxPrice: 199n }), ['zoo.acme 50', 'shop.acme 100'])
  assert.deepEqual(listed({ maxPrice: 2n ** 64n - 1n }).length, 4)
  assert.deepEqual(listed({ zone: 'other' }), [])
  const paged: bigint[] = []
  for (let after: Uint8Array | undefined; ; ) {
    const page = application.queries.offers({}, { limit: 3, after })
    paged.push(...page.offers.map(({ price }) => price))
    if (page.next === undefined) break
    after = page.next
  }
  assert.deepEqual(paged, [50n, 100n, 200n, 300n])

  const [first] = offersIn(application, 'shop.acme')
  await commit(sign(0, { kind: 'withdrawOffer', body: { name: 'shop.acme', offer: first!.id } }))
  assert.deepEqual(listed(), ['zoo.acme 50', 'shop.acme 100', 'art.acme 200'])
  const [cheap] = offersIn(application, 'shop.acme')
  const buyer = ledger.users[3]!.publicKey
  const seller = accountOf(ledger.users[0]!.publicKey)
  const body = { name: 'shop.acme', offer: cheap!.id, seller, highestPrice: 100n, primaryKey: buyer }
  await commit(sign(3, { kind: 'buyName', body }), sign(2, { kind: 'cancel', body: { name: 'zoo.acme' } }))
  assert.deepEqual(listed(), ['art.acme 200'])
  assert.deepEqual(application.queries.names({ owner: accountOf(buyer) }, { limit: 10 }), ['shop.acme'])
  assert.deepEqual(application.queries.names({ owner: seller }, { limit: 10 }), [])
  await application.undo()
  assert.deepEqual(listed(), ['zoo.acme 50', 'shop.acme 100', 'art.acme 200'])
  assert.deepEqual(application.queries.names({ owner: seller }, { limit: 10 }), ['shop.acme'])
})

test('an offer that has ended is not listed, and leaves the index when the next one is made', async () => {
  const { application, offer, listed, commit, ledger } = await withNames()
  const endsMs = application.head.timeMs - genesisTimeMs + 30_000
  await commit(offer(0, 10n, endsMs), offer(1, 20n))
  assert.deepEqual(listed(), ['shop.acme 10', 'art.acme 20'])
  await ledger.commit(application, [ledger.transfer(4, 0, 3, 1n)], application.head.timeMs + 15_000)
  await ledger.commit(application, [ledger.transfer(4, 1, 3, 1n)], application.head.timeMs + 20_000)
  assert.deepEqual(listed(), ['art.acme 20'])
  await ledger.commit(application, [offer(0, 30n)], application.head.timeMs + 1_000)
  assert.deepEqual(listed(), ['art.acme 20', 'shop.acme 30'])
})

test('whatever is offered and withdrawn, the index holds what the entries hold', async () => {
  const { application, sign, offer, commit } = await withNames()
  let choice = 7
  const below = (limit: number): number => {
    choice = (choice * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor(choice / 65_536) % limit
  }
  for (let block = 0; block < 40; block++) {
    const transactions = Array.from({ length: below(4) }, () => {
      const user = below(3)
      const offers = offersIn(application, names[user] as string)
      const found = offers[below(offers.length + 1)]
      if (found === undefined || below(2) === 0) return offer(user, BigInt(below(5)))
      return sign(user, { kind: 'withdrawOffer', body: { name: names[user] as string, offer: found.id } })
    })
    await commit(...transactions)
    const expected = names.flatMap((name) => offersIn(application, name).map(({ id }) => `${name} ${toHex(id)}`))
    const { offers } = application.queries.offers({}, { limit: 100 })
    assert.deepEqual(offers.map(({ name, id }) => `${name} ${toHex(id)}`).sort(), expected.sort())
    assert.deepEqual(
      offers.map(({ price }) => price),
      offers.map(({ price }) => price).sort((a, b) => Number(a - b)),
    )
  }
})
