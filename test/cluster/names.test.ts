import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Client, verifyQuery } from '@cresset/access-client'
import { genesisFromJson } from '@cresset/core-chain'
import { readName } from '@cresset/core-ledger'
import { startWebServer, type WebServer } from '../../access/cli/src/tour/web-server.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, cliArguments, runCresset, runProgram } from './cluster.ts'

/** The numbered list "What must be seen" of the foundation, as far as one quiet network shows it. */
let cluster: Cluster
let owner: string
let web: WebServer
before(async () => {
  cluster = await Cluster.start()
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', owner)
})
after(async () => {
  await web?.close()
  await cluster?.stop()
})

test('a published host is answered by dig over UDP and TCP, and openssl verifies the server by the TLSA record', {
  skip: skipWithout('dig', 'openssl'),
}, async () => {
  const published = [
    'name',
    'publish',
    'www.shop.acme',
    '--address',
    '127.0.0.1',
    '--address',
    '::1',
    '--service',
    '8443/tcp/web',
    '--new-key',
    'www',
  ]
  await cluster.json(...published, '--key', owner)
  const questions: [string, string, RegExp][] = [
    ['www.shop.acme', 'A', /^127\.0\.0\.1\n$/],
    ['www.shop.acme', 'AAAA', /^::1\n$/],
    ['_8443._tcp.www.shop.acme', 'TLSA', /^3 1 1 [0-9A-F]{56} [0-9A-F]{8}\n$/],
    ['_8443._https.www.shop.acme', 'HTTPS', /^1 www\.shop\.acme\. alpn="h2,http\/1\.1" port=8443/],
  ]
  for (const [name, type, expected] of questions) {
    for (const transport of ['+notcp', '+tcp'])
      assert.match((await cluster.dig(name, type, '+short', transport)).stdout, expected)
  }
  web = await startWebServer({
    keyPem: await readFile(cluster.path('www.key'), 'utf8'),
    certificatePem: await readFile(cluster.path('www.pem'), 'utf8'),
    text: 'hello',
    port: 0,
  })
  const tlsa = (await cluster.dig('_8443._tcp.www.shop.acme', 'TLSA', '+short')).stdout
    .trim()
    .replace(/ ([0-9A-F]+)$/, '$1')
  const dane = (data: string) =>
    runProgram('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${web.port}`,
      '-servername',
      'www.shop.acme',
      '-dane_tlsa_domain',
      'www.shop.acme',
      '-dane_tlsa_rrdata',
      data,
      '-verify_return_error',
      '-brief',
    ])
  const verified = await dane(tlsa)
  assert.match(verified.stderr, /Verification: OK/)
  const refused = await dane(tlsa.replace(/.$/, (last) => (last === '0' ? '1' : '0')))
  assert.doesNotMatch(refused.stderr, /Verification: OK/)
})

test('verify takes the server with the published key and refuses another', async () => {
  await cluster.json('name', 'publish', 'api.shop.acme', '--address', '127.0.0.1', '--new-key', 'api', '--key', owner)
  const api = await startWebServer({
    keyPem: await readFile(cluster.path('api.key'), 'utf8'),
    certificatePem: await readFile(cluster.path('api.pem'), 'utf8'),
    text: 'api',
    port: 0,
  })
  const other = await startWebServer({
    keyPem: await readFile(cluster.path('www.key'), 'utf8'),
    certificatePem: await readFile(cluster.path('www.pem'), 'utf8'),
    text: 'other',
    port: 0,
  })
  try {
    const verified = await cluster.cresset('verify', `api.shop.acme:${api.port}`)
    assert.equal(verified.code, 0, verified.stderr)
    assert.match(verified.stdout, /verified, key .*\nproven at height \d+ .* by [34] of 4 votes, from genesis /)
    const refused = await cluster.cresset('verify', `api.shop.acme:${other.port}`)
    assert.equal(refused.code, 4)
    assert.match(refused.stderr, /^cresset: 127\.0\.0\.1 port \d+ has the key .*do not use this server\n$/m)
  } finally {
    await api.close()
    await other.close()
  }
})

test('a proof that the command line printed verifies against genesis alone, and not after one byte is changed', async () => {
  const shown = await cluster.json('name', 'show', 'shop.acme', '--proof')
  const genesis = genesisFromJson(await readFile(cluster.path('genesis.json'), 'utf8'))
  const { trust } = new Client({ genesis })
  const { maxStalenessMs } = genesis.parameters
  const check = (answer: unknown, nowMs = Date.now()) =>
    verifyQuery(answer, (view, at) => readName(view, 'shop.acme', at), trust, { nowMs, maxStalenessMs })
  assert.equal(check(shown['proof']).value.status, 'active')
  const text = JSON.stringify(shown['proof'])
  const proofAt = text.indexOf('"proofs":["') + 40
  const changed = JSON.parse(
    text.slice(0, proofAt) + (text[proofAt] === 'A' ? 'B' : 'A') + text.slice(proofAt + 1),
  ) as unknown
  assert.throws(() => check(changed), { kind: 'not-verified' })
  assert.throws(() => check(shown['proof'], Date.now() + maxStalenessMs + 30_000), { code: 'stale' })
})

test('resolve proves what dig only says', async () => {
  const { records } = (await cluster.json('resolve', '_8443._tcp.www.shop.acme', 'TLSA')) as {
    records: { data: string }[]
  }
  const said = (await cluster.dig('_8443._tcp.www.shop.acme', 'TLSA', '+short')).stdout
    .trim()
    .replaceAll(' ', '')
    .toUpperCase()
  assert.equal(records[0]?.data.replaceAll(' ', '').toUpperCase(), said)
  const absent = await cluster.cresset('resolve', 'nobody.shop.acme', 'A')
  assert.equal(absent.code, 3)
})

test('a registration killed after each of its steps goes on when it is run again, also from a folder that holds only the key', async () => {
  const steps = ['sealing', 'sealed', 'revealing']
  for (const [index, step] of steps.entries()) {
    const name = `killed${index}.acme`
    const child = spawn(process.execPath, [...cliArguments, 'name', 'register', name, '--key', owner], {
      cwd: cluster.folder,
      env: { ...process.env, CRESSET_GENESIS: cluster.path('genesis.json') },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
      if (told.includes(step)) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    const again = await cluster.cresset('name', 'register', name, '--key', owner)
    assert.equal(again.code, 0, `${step}: ${again.stderr}`)
    assert.match(again.stdout, /is yours/)
  }
  const { names } = (await cluster.json('name', 'list', '--mine', '--key', owner)) as { names: string[] }
  assert.deepEqual(names.filter((name) => name.startsWith('killed')).sort(), [
    'killed0.acme',
    'killed1.acme',
    'killed2.acme',
  ])
})

test('two clients race for one name: one gets it, the other is told', async () => {
  const rival = await cluster.fundedKey('rival.key')
  const options = { cwd: cluster.folder, variables: { CRESSET_GENESIS: 'genesis.json', CRESSET_STATE: 'state' } }
  const [first, second] = await Promise.all(
    [owner, rival].map((key) => runCresset(['name', 'register', 'race.acme', '--key', key], options)),
  )
  assert.ok(first && second)
  assert.deepEqual([first.code, second.code].sort(), [0, 1], first.stderr + second.stderr)
  const loser = first.code === 0 ? second : first
  assert.match(loser.stderr, /cresset: .*(belongs to somebody|claims|registered to another)/)
})

test('a file is notarized, found by its owner, and sealed to the key that opens it again', async () => {
  await writeFile(cluster.path('contract.txt'), 'we agree\n')
  await cluster.json('notarize', 'contract.txt', '--key', owner)
  const found = await cluster.json('notarize', 'contract.txt', '--check', '--key', owner)
  assert.equal(found['form'], 'authorship')
  const stranger = await cluster.cresset('notarize', 'contract.txt', '--check', '--key', cluster.founderKey)
  assert.equal(stranger.code, 3)
  await cluster.json('notarize', 'contract.txt', '--encrypt', '--key', owner)
  assert.doesNotMatch(await readFile(cluster.path('contract.txt.sealed'), 'latin1'), /we agree/)
  await writeFile(cluster.path('moved.txt.sealed'), await readFile(cluster.path('contract.txt.sealed')))
  await cluster.json('notarize', 'moved.txt.sealed', '--decrypt', '--key', owner)
  assert.equal(await readFile(cluster.path('moved.txt'), 'utf8'), 'we agree\n')
  await writeFile(cluster.path('other.txt.sealed'), await readFile(cluster.path('contract.txt.sealed')))
  assert.equal(
    (await cluster.cresset('notarize', 'other.txt.sealed', '--decrypt', '--key', cluster.founderKey)).code,
    1,
  )
})

test('a transaction is written, signed and submitted apart; submitting it again is safe', async () => {
  const { account } = await cluster.json('key', 'show', owner)
  const before = await cluster.json('account', 'show', String(account))
  await cluster.json(
    'account',
    'transfer',
    String(account),
    '7',
    '--key',
    cluster.founderKey,
    '--offline',
    'payment.txt',
  )
  await cluster.json('transaction', 'sign', 'payment.txt', '--key', cluster.founderKey)
  const sent = await cluster.json('transaction', 'submit', 'payment.txt.signed')
  const again = await cluster.json('transaction', 'submit', 'payment.txt.signed')
  assert.equal(again['transaction'], sent['transaction'])
  const after = await cluster.json('account', 'show', String(account))
  assert.equal(BigInt(String(after['balance'])) - BigInt(String(before['balance'])), 7_000_000n)
})

test('a name is renewed by anybody, and a cancelled one pays back the rest', async () => {
  await cluster.json('name', 'register', 'brief.acme', '--days', '10', '--key', owner)
  const { balance: first } = await cluster.json('name', 'show', 'brief.acme')
  await cluster.json('name', 'renew', 'brief.acme', '--amount', '1.4', '--key', cluster.founderKey)
  const { balance: second } = await cluster.json('name', 'show', 'brief.acme')
  assert.equal(BigInt(String(second)) - BigInt(String(first)), 1_400_000n)
  const { refund } = await cluster.json('name', 'cancel', 'brief.acme', '--key', owner)
  assert.equal(BigInt(String(refund)), BigInt(String(second)))
  assert.equal((await cluster.json('name', 'show', 'brief.acme'))['status'], 'reserved')
})

test('the host that was withdrawn is gone from DNS and from the ledger', { skip: skipWithout('dig') }, async () => {
  await cluster.json('name', 'publish', 'gone.shop.acme', '--record', 'TXT "for a while"', '--key', owner)
  assert.match((await cluster.dig('gone.shop.acme', 'TXT', '+short')).stdout, /for a while/)
  await cluster.json('name', 'publish', 'gone.shop.acme', '--withdraw', '--key', owner)
  assert.match((await cluster.dig('gone.shop.acme', 'TXT')).stdout, /NXDOMAIN/)
  assert.equal((await cluster.cresset('resolve', 'gone.shop.acme')).code, 3)
})
