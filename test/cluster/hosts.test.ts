import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, runCresset, temporaryFolder } from './cluster.ts'
import { tlsaOf } from './tlsa-of.ts'

/** Servers of a host, keys that overlap and addresses that are confirmed, by commands and as dig sees them. */
let cluster: Cluster
let owner: string
let holder: string
let holderFolder: Awaited<ReturnType<typeof temporaryFolder>>

before(async () => {
  // Who holds the addresses has a key before there is a ledger.
  holderFolder = await temporaryFolder()
  holder = join(holderFolder.path, 'holder.key')
  const made = await runCresset(['key', 'new', holder, '--no-passphrase', '--json'])
  const { account } = JSON.parse(made.stdout) as { account: string }
  const initArguments = ['--address-range', `127.0.0.0/8=${account},Loopback Ltd`, '--fund', `${account}=100`]
  cluster = await Cluster.start({ validators: 1, initArguments })
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', owner)
})
after(async () => {
  await cluster?.stop()
  await holderFolder?.[Symbol.asyncDispose]()
})

const www = 'www.shop.acme'
const host = (command: string, ...more: string[]) => cluster.json('host', command, www, ...more, '--key', owner)

async function dug(...question: string[]): Promise<string[]> {
  const { stdout } = await cluster.dig(...question, '+short')
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort()
}

const pinsOf = (...files: string[]) => tlsaOf(...files.map((file) => cluster.path(`${file}.pem`)))

const pins = async () => (await dug(`_443._tcp.${www}`, 'TLSA')).map((line) => line.toUpperCase())

test('servers come and go one by one, and dig sees each', { skip: skipWithout('dig') }, async () => {
  const options = ['--address', '127.0.0.1', '--service', '443/tcp/web', '--new-key', 'one']
  const first = await host('add', ...options)
  await host('add', '--address', '127.0.0.2', '--address', '::1', '--new-key', 'two', '--weight', '3')
  assert.deepEqual(await dug(www, 'A'), ['127.0.0.1', '127.0.0.2'])
  assert.deepEqual(await dug(www, 'AAAA'), ['::1'])
  assert.deepEqual(await pins(), await pinsOf('one', 'two'))

  const listed = await cluster.json('host', 'list', 'shop.acme')
  const [entry] = listed['hosts'] as { servers: { publicKey: string; weight: number }[] }[]
  assert.deepEqual(
    entry?.servers.map(({ weight }) => weight),
    [1, 3],
  )
  assert.equal(entry?.servers[0]?.publicKey, first['key'])

  const unknown = await cluster.cresset('host', 'withdraw', www, '--server', 'ffff', '--key', owner)
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /no server of www\.shop\.acme has a key that begins with/)
  await host('withdraw', '--server', String(entry?.servers[1]?.publicKey), '--overlap', 'none')
  assert.deepEqual([await dug(www, 'A'), await pins()], [['127.0.0.1'], await pinsOf('one')])
})

test('an address is called what its holder says, and only while the host is there', {
  skip: skipWithout('dig'),
}, async () => {
  const claimed = await cluster.json('address', 'show', '127.0.0.1')
  assert.deepEqual(
    (claimed['claims'] as { name: string; host: string }[]).map(({ name, host: of }) => `${of}.${name}`),
    [www],
  )
  assert.deepEqual(await dug('-x', '127.0.0.1'), [], 'a claim gives no PTR')
  const early = await cluster.cresset('address', 'confirm', '127.0.0.1', www, '--key', owner, '--json')
  assert.equal(early.code, 1)
  assert.match(early.stdout, /"code":"not-address-holder"/)
  await cluster.json('address', 'confirm', '127.0.0.1', www, '--key', holder)
  assert.deepEqual(await dug('-x', '127.0.0.1'), [`${www}.`])
  const denied = (await cluster.dig('-x', '127.0.0.9')).stdout
  assert.match(denied, /status: NXDOMAIN/)
  assert.match(denied, /127\.in-addr\.arpa\.\s+\d+\s+IN\s+SOA/)

  const shown = await cluster.cresset('address', 'show', '127.0.0.1')
  assert.match(shown.stdout, /confirmed +www\.shop\.acme/)
  assert.match(shown.stdout, /range +127\.0\.0\.0\/8, Loopback Ltd/)
  const pair = (address: string, of: string) => cluster.cresset('address', 'show', address, '--host', of, '--json')
  const codes = await Promise.all([
    pair('127.0.0.1', www),
    pair('127.0.0.9', www),
    pair('127.0.0.1', 'mail.shop.acme'),
    pair('127.0.0.9', 'mail.shop.acme'),
  ])
  assert.deepEqual(
    codes.map(({ code, stdout }) => [code, (JSON.parse(stdout) as { code: string }).code]),
    [
      [0, 'match'],
      [3, 'address-differs'],
      [3, 'name-differs'],
      [3, 'both-unknown'],
    ],
  )
})

test('what is proven is kept as a file, and checked without a node', async () => {
  for (const [kind, of] of [
    ['name', 'shop.acme'],
    ['host', www],
    ['address', '127.0.0.1'],
  ] as const) {
    const file = cluster.path(`${kind}.proof`)
    await cluster.json('ledger', 'proof', kind, of, '--file', file)
    const offline = ['--node', 'http://127.0.0.1:1']
    const checked = await cluster.json('ledger', 'proof', '--check', file, ...offline)
    assert.deepEqual([checked['kind'], checked['of']], [kind, of])
    const forged = (await readFile(file, 'utf8')).replace(/("proofs":\[")...../, '$1AAAAA')
    await writeFile(`${file}.forged`, forged)
    const refused = await cluster.cresset('ledger', 'proof', '--check', `${file}.forged`, ...offline)
    assert.equal(refused.code, 4, refused.stderr)
  }
})

test('a changed key stands beside the old one, and both are told', {
  skip: skipWithout('dig'),
}, async () => {
  const [entry] = (await cluster.json('host', 'list', www))['hosts'] as { servers: { publicKey: string }[] }[]
  const old = String(entry?.servers[0]?.publicKey)
  await host('add', '--replace', old.slice(0, 12), '--address', '127.0.0.1', '--new-key', 'three', '--overlap', '1m')
  assert.deepEqual([await dug(www, 'A'), await pins()], [['127.0.0.1'], await pinsOf('one', 'three')])
  assert.match((await cluster.cresset('host', 'list', www)).stdout, /old key +[0-9a-f]{68}, for another/)
  assert.deepEqual(await dug('-x', '127.0.0.1'), [`${www}.`], 'the host still has the address')
})

test('every record of the host is told, each by the hash that the one after it holds', async () => {
  const told = await cluster.json('host', 'history', www)
  assert.equal(told['complete'], true)
  const records = told['records'] as { revision: number; servers: unknown[]; retiringKeys: unknown[] }[]
  assert.deepEqual(
    records.map(({ revision, servers, retiringKeys }) => [revision, servers.length, retiringKeys.length]),
    [
      [4, 1, 1],
      [3, 1, 0],
      [2, 2, 0],
      [1, 1, 0],
    ],
  )
})

test('a host that is withdrawn takes its addresses and their names with it', { skip: skipWithout('dig') }, async () => {
  await host('withdraw')
  assert.match((await cluster.dig(www, 'A')).stdout, /status: NXDOMAIN/)
  assert.deepEqual(await dug('-x', '127.0.0.1'), [])
  const gone = await cluster.cresset('address', 'show', '127.0.0.1', '--json')
  assert.equal(gone.code, 3)
})
