import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { accountOf, keyPairSigner } from '@cresset/core-crypto'
import { type Action, readPublishedHost } from '@cresset/core-ledger'
import { TestLedger } from '@cresset/network-application/testing'
import { addServerAction, confirmAddressAction, lookUpAddress, lookUpPair, withdrawServerAction } from './addresses.ts'
import { Client } from './client.ts'
import type { ClientError } from './client-error.ts'
import { readHistory } from './history.ts'
import type { Fetch } from './http.ts'
import { checkProof, fetchProof, type ProofFile } from './proof-file.ts'
import { overlapFor, proveServer, publishAction } from './publishing.ts'
import { registerName } from './registration.ts'
import { send } from './transactions.ts'

const users = new TestLedger().users
const user = (index: number) => keyPairSigner(users[index] as (typeof users)[number])
const owner = user(0)
const holder = user(1)
const home = Uint8Array.of(192, 0, 2, 7)
const place = { zone: 'acme', name: 'shop.acme', host: 'www' }

let node: TestNode
let client: Client
const clientOf = (fetch: Fetch) =>
  new Client({ genesis: node.ledger.genesis, nodes: ['http://node.test'], fetch, now: () => node.nowMs })

before(async () => {
  const range = { prefix: Uint8Array.of(192, 0, 2, 0), prefixBits: 24, organization: 'Acme' }
  node = await TestNode.start({}, [{ ...range, holder: accountOf(holder.publicKey) }])
  client = clientOf(node.fetch)
  const registration = { name: 'shop.acme', deposit: 1_000_000n, signer: owner, randomBytes: randomForTests }
  await registerName(client, registration)
  const first = await server(2, home)
  await send(client, [owner], publishAction(place, { servers: [first] }))
})
after(() => node.close())

const server = (key: number, address: Uint8Array) =>
  proveServer(client, place, owner.publicKey, { addresses: [address], signer: user(key) })
const read = async () => (await client.query((view, at) => readPublishedHost(view, place, at))).value?.entry
const run = (signer: typeof owner, action: Action) => send(client, [signer], action)

/** Answers of the node, changed on the way. */
const lying =
  (path: RegExp, change: (answer: Record<string, unknown>) => void): Fetch =>
  async (url, init) => {
    const response = await node.fetch(url, init)
    if (!path.test(url)) return response
    const json = (await response.json()) as Record<string, unknown>
    change(json)
    return new Response(JSON.stringify(json), { status: response.status, headers: response.headers })
  }

test('servers one by one, and how long an old key stays', async () => {
  const { publicKey } = user(2)
  await run(owner, addServerAction(place, await server(3, Uint8Array.of(192, 0, 2, 8)), { keyOverlap: 'none' }))
  assert.equal((await read())?.servers.length, 2)
  await run(owner, withdrawServerAction(place, user(3).publicKey, '10m'))
  assert.deepEqual(
    (await read())?.retiringKeys.map((key) => key.publicKey),
    [user(3).publicKey],
  )
  await run(owner, addServerAction(place, await server(4, home), { replaces: publicKey, keyOverlap: 'none' }))
  const entry = await read()
  assert.deepEqual([entry?.servers.length, entry?.retiringKeys.length], [1, 0])
  assert.deepEqual([30, 60, 300, 1_800, 86_400, 604_800].map(overlapFor), ['1m', '10m', '10m', '1h', '2d', '2d'])
})

test('an address: what is claimed there, what its holder confirmed, and the pair with a host', async () => {
  const claimed = await lookUpAddress(client, home)
  assert.deepEqual(
    claimed.value.claims.map(({ host }) => host),
    ['www'],
  )
  assert.deepEqual([claimed.value.unlisted, claimed.value.confirmed, claimed.rests.signers], [0, [], 3])
  await assert.rejects(
    run(owner, confirmAddressAction(home, place)),
    ({ code }: ClientError) => code === 'not-address-holder',
  )
  await run(holder, confirmAddressAction(home, place))
  assert.deepEqual((await lookUpAddress(client, home)).value.confirmed, [{ name: 'shop.acme', host: 'www' }])
  const code = async (host: string, address: Uint8Array) =>
    (await lookUpPair(client, { ...place, host }, address)).value.code
  const other = Uint8Array.of(192, 0, 2, 99)
  assert.deepEqual(
    [await code('www', home), await code('www', other), await code('mail', home), await code('mail', other)],
    ['match', 'address-differs', 'name-differs', 'both-unknown'],
  )
})

test('a node that leaves out a claim is found out: one entry holds them all', async () => {
  const emptied = lying(/addresses/, (answer) => {
    const proof = answer['proof'] as { keys: string[]; proofs: string[] }
    // The proof of an address that nobody publishes, under the key of this one.
    proof.proofs[0] = proof.proofs[1] as string
  })
  await assert.rejects(lookUpAddress(clientOf(emptied), home), ({ kind }: ClientError) => kind === 'not-verified')
})

test('the records of a host from the newest back, none left out and none made up', async () => {
  const newest = await read()
  const { records, next } = await readHistory(client, newest?.predecessor)
  assert.deepEqual(
    records.map(({ value }) => value.revision),
    [3, 2, 1],
  )
  assert.equal(next, undefined)
  const page = await readHistory(client, newest?.predecessor, 2)
  assert.deepEqual((await readHistory(client, page.next)).records, records.slice(2))
  for (const change of [
    (list: string[]) => list.shift(),
    (list: string[]) => list.splice(1, 1),
    (list: string[]) => list.reverse(),
    (list: string[]) => list.splice(0, 1, (list[0] as string).replace(/^../, '00')),
    (list: string[]) => list.splice(0),
  ]) {
    const liar = clientOf(lying(/records/, (answer) => change(answer['records'] as string[])))
    await assert.rejects(readHistory(liar, newest?.predecessor), ({ kind }: ClientError) => kind === 'not-verified')
  }
  await assert.rejects(readHistory(client, new Uint8Array(32)), ({ kind }: ClientError) => kind === 'not-found')
})

test('a kept proof of anything is checked without a node, also days later; a changed one is refused', async () => {
  const sent = await run(holder, confirmAddressAction(home, place, false))
  const { genesis } = node.ledger
  const clock = { nowMs: node.nowMs + 10 * 86_400_000, maxStalenessMs: 0 }
  for (const [kind, of] of [
    ['name', 'shop.acme'],
    ['host', 'WWW.shop.acme.'],
    ['host', 'absent.shop.acme'],
    ['account', toHex(accountOf(owner.publicKey))],
    ['address', '192.0.2.7'],
    ['transaction', toHex(sent.id)],
  ] as const) {
    const { file, entry } = await fetchProof(client, kind, of)
    const kept = JSON.parse(JSON.stringify(file)) as ProofFile
    const checked = checkProof(kept, genesis, clock)
    assert.deepEqual(checked.value, entry.value, kind)
    assert.equal(checked.rests.height, entry.rests.height)
    const refused = (change: Partial<ProofFile>, what: string) =>
      assert.throws(
        () => checkProof({ ...kept, ...change }, genesis, clock),
        { kind: 'not-verified' },
        `${kind}: ${what}`,
      )
    const proof = kept.proof as { finality: string }
    refused({ proof: undefined }, 'no proof')
    refused({ proof: { ...proof, finality: proof.finality.replace(/.{8}$/, 'AAAAAAAA') } }, 'another certificate')
    refused({ chainId: 'test-0000000000000000' }, 'another chain')
    refused(
      { kind: kind === 'account' ? 'name' : 'account', of: kind === 'account' ? 'art.acme' : 'ab'.repeat(32) },
      'another question',
    )
  }
  assert.throws(() => checkProof(null, genesis, clock), { code: 'bad-proof-file' })
})
