import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Client, send } from '@cresset/access-client'
import { genesisFromJson } from '@cresset/core-chain'
import { fromHex } from '@cresset/core-codec'
import { openKeyFile } from '@cresset/keys'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, type Ran } from './cluster.ts'

/** A person with a process, a folder, a key and the genesis file, and nothing else in common with the others. */
interface Person {
  readonly folder: string
  readonly account: string
  readonly publicKey: string
  run(...args: string[]): Promise<Ran>
  json(...args: string[]): Promise<Record<string, unknown>>
  balance(): Promise<bigint>
}

let cluster: Cluster
let alice: Person
let bob: Person
let carol: Person

async function makePerson(name: string): Promise<Person> {
  const folder = cluster.path(name)
  await mkdir(folder)
  await writeFile(`${folder}/genesis.json`, await readFile(cluster.path('genesis.json')))
  const node = cluster.network.nodes.map(({ api }) => api).join(',')
  const shell = cluster.openShell(folder, { CRESSET_GENESIS: '', CRESSET_KEY: 'my.key', CRESSET_NODE: node })
  const run = (...args: string[]) => shell.run(args)
  const json = (...args: string[]) => shell.json(args)
  const { account, publicKey } = await json('key', 'new', 'my.key', '--no-passphrase')
  await cluster.json('account', 'transfer', String(account), '100', '--key', cluster.founderKey)
  const balance = async () => BigInt(String((await json('account', 'show', String(account)))['balance']))
  return { folder, account: String(account), publicKey: String(publicKey), run, json, balance }
}

/** What a sent transaction cost: 100 and 1 a byte. */
async function feeOf(sent: Record<string, unknown>): Promise<bigint> {
  const address = cluster.network.nodes[0]?.api
  const answer = await fetch(`${address}/v1/transactions/${sent['transaction']}`)
  const { transaction } = (await answer.json()) as { transaction: string }
  return 100n + BigInt(transaction.length / 2)
}

const units = (credits: number): bigint => BigInt(credits) * 1_000_000n

/** Bob's key in a client that does not look at the price: the ledger's own refusal. */
async function buyWithoutLooking(offer: string, highestPrice: bigint): Promise<unknown> {
  const client = new Client({
    genesis: genesisFromJson(await readFile(`${bob.folder}/genesis.json`, 'utf8')),
    nodes: cluster.network.nodes.map(({ api }) => api),
  })
  const signer = await openKeyFile(`${bob.folder}/my.key`)
  const seller = fromHex(alice.account)
  const terms = { offer: fromHex(offer), seller, highestPrice, primaryKey: signer.publicKey }
  return send(client, [signer], { kind: 'buyName', body: { name: 'shop.acme', ...terms } })
}

before(async () => {
  cluster = await Cluster.start()
  ;[alice, bob, carol] = [await makePerson('alice'), await makePerson('bob'), await makePerson('carol')]
  await alice.json('name', 'register', 'shop.acme')
  for (const host of ['www.shop.acme', 'shop.acme'])
    await alice.json('name', 'publish', host, '--record', 'TXT "of alice"')
})
after(() => cluster?.stop())

test('a name is sold between two users: balances to the unit, no hosts left, also not in DNS', {
  skip: skipWithout('dig'),
}, async () => {
  for (const host of ['www.shop.acme', 'shop.acme'])
    assert.match((await cluster.dig(host, 'TXT', '+short')).stdout, /of alice/)
  const offer = await alice.json('name', 'sell', 'shop.acme', '--price', '25')
  const [seller, buyer] = [await alice.balance(), await bob.balance()]
  const deposit = (await bob.json('name', 'show', 'shop.acme'))['balance']

  const tooDear = await bob.run('name', 'buy', 'shop.acme', '--max-price', '24.999999', '--json')
  assert.equal(await bob.balance(), buyer, 'what was proven to be too dear is not sent')
  assert.equal(tooDear.code, 1)
  assert.match(tooDear.stderr + tooDear.stdout, /price-above-highest/)
  await assert.rejects(buyWithoutLooking(String(offer['offer']), units(25) - 1n), { code: 'price-above-highest' })
  const afterRefusal = await bob.balance()
  assert(afterRefusal < buyer && buyer - afterRefusal < 1_000n, 'a refused purchase costs its fee and no more')
  assert.equal(await alice.balance(), seller)

  const listed = await bob.json('name', 'offers', '--zone', 'acme', '--max-price', '25')
  assert.deepEqual(
    (listed['offers'] as { name: string; id: string }[]).map(({ name, id }) => [name, id]),
    [['shop.acme', offer['offer']]],
  )
  const bought = await bob.json('name', 'buy', 'shop.acme', '--max-price', '30')
  assert.equal(bought['price'], String(units(25)))
  assert.equal(bought['seller'], alice.account)
  assert.equal(await bob.balance(), afterRefusal - units(25) - (await feeOf(bought)))
  assert.equal(await alice.balance(), seller + units(25))

  const shown = await carol.json('name', 'show', 'shop.acme')
  assert.equal((shown['entry'] as { registration: { primaryKey: string } }).registration.primaryKey, bob.publicKey)
  assert.deepEqual(shown['hosts'], [])
  assert.equal(shown['balance'], deposit, 'the deposit went with the name')
  for (const host of ['www.shop.acme', 'shop.acme'])
    assert.match((await cluster.dig(host, 'TXT')).stdout, /status: (NXDOMAIN|NOERROR),.* ANSWER: 0,/s)
  assert.equal((await carol.run('resolve', 'www.shop.acme', 'TXT')).code, 3)
  assert.deepEqual((await bob.json('name', 'list', '--mine'))['names'], ['shop.acme'])
  assert.deepEqual((await alice.json('name', 'list', '--mine'))['names'], [])
  assert.equal((await alice.run('name', 'publish', 'www.shop.acme', '--record', 'TXT "again"')).code, 1)
})

test('the buyer sells it on, to one account and nobody else', async () => {
  await bob.json('name', 'sell', 'shop.acme', '--price', '40', '--buyer', carol.account)
  assert.equal((await alice.run('name', 'buy', 'shop.acme', '--max-price', '50')).code, 3)
  const seller = await bob.balance()
  await carol.json('name', 'buy', 'shop.acme', '--max-price', '40')
  assert.equal(await bob.balance(), seller + units(40))
  assert.deepEqual((await carol.json('name', 'list', '--mine'))['names'], ['shop.acme'])
})

test('an offer whose price was changed is another offer: the buyer who saw the old one pays nothing', async () => {
  const first = await carol.json('name', 'sell', 'shop.acme', '--price', '5')
  await carol.json('name', 'sell', 'shop.acme', '--withdraw', String(first['offer']))
  const second = await carol.json('name', 'sell', 'shop.acme', '--price', '50')
  const before = await alice.balance()
  assert.equal(
    (await alice.run('name', 'buy', 'shop.acme', '--max-price', '60', '--offer', String(first['offer']))).code,
    3,
  )
  assert.equal(await alice.balance(), before)
  const { offers } = await alice.json('name', 'offers', 'shop.acme')
  assert.deepEqual(
    (offers as { id: string; price: string }[]).map(({ id, price }) => [id, price]),
    [[second['offer'], String(units(50))]],
  )
})

test('a name is transferred by file with its hosts, and the receiver pays', async () => {
  await carol.json('name', 'publish', 'www.shop.acme', '--record', 'TXT "of carol"')
  const out = `${cluster.folder}/handed-over.transfer`
  await carol.json('name', 'transfer', 'shop.acme', '--to', alice.publicKey, '--keep-records', '--out', out)
  const stranger = await bob.run('name', 'accept', out)
  assert.equal(stranger.code, 2)
  await alice.json('name', 'accept', out)
  const again = await alice.run('name', 'accept', out)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /another owner since/)
  const { records } = (await bob.json('resolve', 'www.shop.acme', 'TXT')) as { records: { data: string }[] }
  assert.match(records[0]?.data ?? '', /of carol/)
  assert.deepEqual((await bob.json('name', 'offers', 'shop.acme'))['offers'], [])
})

test('a changed key leaves the hosts, and the old key is worth nothing', async () => {
  await alice.json('key', 'new', 'new.key', '--no-passphrase')
  await alice.json('name', 'change-key', 'shop.acme', '--new-key', 'new.key')
  assert.equal((await alice.run('name', 'sell', 'shop.acme', '--price', '1')).code, 1)
  await alice.run('name', 'sell', 'shop.acme', '--price', '1', '--key', 'new.key')
  assert.equal((await bob.run('resolve', 'www.shop.acme', 'TXT')).code, 0)
})

test('the history goes from the newest record to the registration, and says on what it rests', async () => {
  const history = await bob.json('name', 'history', 'shop.acme')
  const records = history['records'] as { revision: number; ownerships: number; changes: string[] }[]
  assert.equal(history['complete'], true)
  assert.deepEqual(
    records.map(({ revision }) => revision),
    Array.from({ length: records.length }, (_, index) => records.length - index),
  )
  assert.deepEqual([records[0]?.ownerships, records.at(-1)?.ownerships], [5, 1])
  assert.deepEqual(records.at(-1)?.changes, [`registered by ${alice.account}`])
  const sold = records.find(({ changes }) => changes.includes(`given to ${bob.account}`))
  assert.deepEqual(sold?.changes, [`given to ${bob.account}`, 'host "" ended', 'host "www" ended'])
  const { stdout } = await bob.run('name', 'history', 'shop.acme')
  assert.match(stdout, /proven at height \d+ .* votes, from genesis .*\neach older record has the hash/)
})

test('the fee statement of a name is proven', async () => {
  const statement = await bob.json('name', 'statement', 'shop.acme')
  assert.equal(statement['status'], 'active')
  assert(Array.isArray(statement['lines']))
  assert.equal((await bob.run('name', 'statement', 'nobodys.acme')).code, 3)
})

test('a receiver without money signs, a third one carries it', async () => {
  const [handed, signed] = [`${cluster.folder}/to-poor.transfer`, `${cluster.folder}/carried.transfer`]
  const poor = await bob.json('key', 'new', 'poor.key', '--no-passphrase')
  const to = ['--to', String(poor['publicKey']), '--out', handed]
  await alice.json('name', 'transfer', 'shop.acme', ...to, '--key', 'new.key')
  assert.equal((await bob.run('name', 'accept', handed, '--key', 'poor.key')).code, 1, 'it cannot pay')
  await bob.json('name', 'accept', handed, '--key', 'poor.key', '--out', signed)
  const before = await carol.balance()
  const sent = await carol.json('name', 'accept', signed)
  assert.equal(await carol.balance(), before - (await feeOf(sent)))
  assert.deepEqual((await bob.json('name', 'list', '--owner', String(poor['account'])))['names'], ['shop.acme'])
  assert.equal((await bob.run('resolve', 'www.shop.acme', 'TXT')).code, 3, 'its hosts ended')
})
