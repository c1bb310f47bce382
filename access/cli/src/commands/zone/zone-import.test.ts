import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client, send } from '@cresset/access-client'
import { TestNode } from '@cresset/access-http-api/testing'
import { fromHex, toHex } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import { readAccount, transactionCodec } from '@cresset/core-ledger'
import { runCommand } from '../../testing/run-command.ts'

const zone = `$TTL 1h
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
@ MX 10 mail
mail A 192.0.2.25
mail 5m AAAA 2001:db8::25
*.users CNAME mail
crane NS ns.crane
ns.crane A 192.0.2.53
`

let node: TestNode
let folder = ''
let options: string[] = []
/** Account of the key that imports. */
let mira: Uint8Array

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-zone-'))
  node = await TestNode.start()
  const url = await node.app.listen({ host: '127.0.0.1', port: 0 })
  await writeFile(join(folder, 'genesis.json'), node.backend.genesisJson())
  options = ['--genesis', join(folder, 'genesis.json'), '--node', url]
  const client = new Client({ genesis: node.ledger.genesis, nodes: [url], now: () => node.nowMs })
  for (const key of ['mira.key', 'poor.key']) await cresset('key', 'new', join(folder, key), '--no-passphrase')
  const user = keyPairSigner(node.ledger.users[0] as (typeof node.ledger.users)[number])
  const { account } = JSON.parse((await cresset('key', 'show', join(folder, 'mira.key'), '--json')).stdout) as {
    account: string
  }
  mira = fromHex(account)
  const body = { to: mira, amount: 50_000_000n, memo: new Uint8Array(0) }
  await send(client, [user], { kind: 'transfer', body })
  const registered = await cresset('name', 'register', 'shop.acme', ...options, '--key', join(folder, 'mira.key'))
  assert.equal(registered.code, 0, registered.stderr)
})
after(async () => {
  await node.close()
  await rm(folder, { recursive: true })
})

async function cresset(...commandLine: string[]) {
  const { code, ...printed } = await runCommand(commandLine, { CRESSET_STATE: join(folder, 'state') }, () => node.nowMs)
  const shown = (text: string): string => text.replaceAll(`${folder}/`, '').replaceAll(/^proven at .*\n/gm, '')
  return { code, stdout: shown(printed.stdout), stderr: shown(printed.stderr) }
}

async function importZone(text: string, ...more: string[]) {
  const path = join(folder, 'shop.zone')
  await writeFile(path, text)
  const key = more.includes('--key') ? [] : ['--key', join(folder, 'mira.key')]
  return cresset('zone', 'import', path, 'shop.acme', ...options, ...key, ...more)
}

test('an import shows its plan and its progress, and the same file again changes nothing', async () => {
  assert.deepEqual(await importZone(zone, '--dry-run'), {
    code: 0,
    stdout: `shop.zone: 4 records for shop.acme
left out: NS 1, SOA 1 (the zone of the ledger has its own)
plan: 1 of 1 page, 1 delegation in 2 transactions, at most 0.000685 credit
nothing was sent
`,
    stderr: '',
  })
  assert.deepEqual(await importZone(zone), {
    code: 0,
    stdout: 'shop.acme: 4 records in 1 page, 1 of them new\n',
    stderr: `shop.zone: 4 records for shop.acme
left out: NS 1, SOA 1 (the zone of the ledger has its own)
plan: 1 of 1 page, 1 delegation in 2 transactions, at most 0.000685 credit
importing shop.acme
0 of 1 page of shop.acme
delegating crane.shop.acme
showing shop.acme
`,
  })
  const again = await importZone(zone, '--json')
  const { changed, transactions, records, pages, changedPages, leftOut } = JSON.parse(again.stdout)
  assert.deepEqual(
    { code: again.code, stderr: again.stderr, changed, transactions, records, pages, changedPages, leftOut },
    {
      code: 0,
      stderr: '',
      changed: false,
      transactions: 0,
      records: 4,
      pages: 1,
      changedPages: 0,
      leftOut: [
        { reason: 'apex', type: 'NS', records: 1 },
        { reason: 'apex', type: 'SOA', records: 1 },
      ],
    },
  )
})

test('the export is the zone, sorted; the name and its records are shown from proofs', async () => {
  const exported = await cresset('zone', 'export', 'shop.acme', ...options)
  assert.deepEqual(exported, {
    code: 0,
    stdout: `$ORIGIN shop.acme.
$TTL 3600
@            MX    10 mail.shop.acme.
crane        NS    ns.crane.shop.acme.
ns.crane     A     192.0.2.53
mail         A     192.0.2.25
mail     300 AAAA  2001:db8::25
*.users      CNAME mail.shop.acme.
`,
    stderr: '',
  })
  const again = await importZone(exported.stdout)
  assert.deepEqual(
    [again.code, again.stdout],
    [0, 'shop.zone: 4 records for shop.acme\nnothing changes: shop.acme has it all\n'],
  )
  const table = await cresset('zone', 'export', 'shop.acme', '--table', '--json', ...options)
  assert.deepEqual(
    (JSON.parse(table.stdout) as { records: { type: string }[] }).records.map(({ type }) => type),
    ['MX', 'A', 'AAAA', 'CNAME'],
  )
  const shown = await cresset('name', 'show', 'shop.acme', ...options)
  assert.match(shown.stdout, /^record table +4 records in 1 page$/m)
  assert.equal(
    (await cresset('resolve', 'mail.shop.acme', ...options)).stdout.split('\n')[0],
    'mail.shop.acme. 3600 IN A 192.0.2.25',
  )
})

test('a delegation that the file lacks stays, and is named', async () => {
  const { code, stderr } = await importZone(zone.replace(/^.*crane.*\n/gm, '').replace('192.0.2.25', '192.0.2.26'))
  assert.equal(code, 0)
  assert.match(
    stderr,
    /^crane\.shop\.acme stays delegated; to take it back: cresset name delegate crane\.shop\.acme --remove\nplan: 1 of 1 page in 1 transaction, at most 0\.000\d+ credit$/m,
  )
})

test('a delegation beside the table tells what it costs, and is paid', async () => {
  const key = ['--key', join(folder, 'mira.key')]
  const delegate = (host: string, ...more: string[]) =>
    cresset('name', 'delegate', `${host}.shop.acme`, ...more, ...options, ...key)
  const costs =
    /^shop\.acme has a record table, which this can hide or show: it costs 0\.000\d+ credit beside the price$/m
  const set = await delegate('tug', '--ns', 'ns.example')
  assert.equal(set.code, 0, set.stderr)
  assert.match(set.stderr, costs)
  const changed = await delegate('tug', '--ns', 'ns.other.example')
  assert.equal(changed.code, 0, changed.stderr)
  assert.doesNotMatch(changed.stderr, /costs/)
  const removed = await delegate('tug', '--remove')
  assert.equal(removed.code, 0, removed.stderr)
  assert.match(removed.stderr, costs)
})

test('two imports at once end one after the other: the table is that of the second', async () => {
  const paths = ['a', 'b'].map((letter) => join(folder, `${letter}.zone`))
  for (const path of paths) await writeFile(path, zone.replace('mail A 192.0.2.25', `mail TXT ${path.at(-6)}`))
  const key = ['--key', join(folder, 'mira.key')]
  const { submit } = node.backend
  const sent = new Set<string>()
  // No block comes before both have sent what they made of the same state.
  node.commitsAtOnce = false
  node.backend.submit = (bytes) => {
    const verdict = submit(bytes)
    if (sent.add(toHex(bytes)).size === paths.length && !node.commitsAtOnce) {
      node.commitsAtOnce = true
      void node.commit()
    }
    return verdict
  }
  const ran = await Promise.all(paths.map((path) => cresset('zone', 'import', path, 'shop.acme', ...options, ...key)))
  node.backend.submit = submit
  assert.deepEqual(
    ran.map(({ code }) => code),
    [0, 0],
  )
  assert.equal(ran.filter(({ stderr }) => stderr.includes('Looking again at what the ledger has.')).length, 1)
  const again = await Promise.all(
    paths.map((path) => cresset('zone', 'import', path, 'shop.acme', ...options, '--dry-run')),
  )
  assert.equal(again.filter(({ stdout }) => stdout.includes('nothing changes')).length, 1)
})

test('an import that the ledger refuses in the middle ends at once, and says what is done and what to do', {
  timeout: 60_000,
}, async () => {
  const large = Array.from({ length: 600 }, (_, number) => `t${number} 300 TXT ${'x'.repeat(250)}\n`).join('')
  const { submit, committed } = node.backend
  const { sequence } = readAccount(committed().view, mira)
  node.backend.submit = (bytes) =>
    transactionCodec.decode(bytes).unsigned.sequence === sequence + 1 ? { code: 'fee-unpayable' } : submit(bytes)
  const { code, stdout, stderr } = await importZone(large, '--timeout', '3600')
  node.backend.submit = submit
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(
    stderr.split('\n').at(-2) ?? '',
    /^cresset: The payer cannot pay the fee\. Fund the account of the first signer; stopped after [1-9]\d* of \d+ pages; DNS shows what it did before, and the same command goes on$/,
  )
  const again = await importZone(large)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stdout, /^shop\.acme: 600 records in \d+ pages/)
})

/** What goes wrong is one line that says where and what to do; warnings and further errors stand above it. */
test('what is wrong has one line, with its place in the file and a remedy', async () => {
  const refused = async (text: string, ...more: string[]) => {
    const { code, stdout, stderr } = await importZone(text, ...more)
    return [code, stdout, stderr]
  }
  assert.deepEqual(await refused(`${zone}x A 1.2.3\n`), [
    1,
    '',
    'cresset: shop.zone:10: not an IPv4 address; nothing was sent\n',
  ])
  assert.deepEqual(await refused(`${zone}x A 1.2.3\nmail A 192.0.2.25\ny 1 A 192.0.2.1\nz DNAME y\n`), [
    1,
    '',
    `shop.zone:11: warning: mail.shop.acme. A: is there twice
shop.zone:12: y.shop.acme. A: TTL 1 is below the ledger's least, 30: raise it
shop.zone:13: z.shop.acme. DNAME: the ledger publishes no records of this type: take the line out, or give --leave-out DNAME
cresset: shop.zone:10: not an IPv4 address (and 2 more errors); nothing was sent
`,
  ])
  assert.deepEqual(await refused(`${zone}$INCLUDE /etc/passwd\n`), [
    1,
    '',
    "cresset: shop.zone:10: /etc/passwd is outside the folder of the zone's file; nothing was sent\n",
  ])
  assert.deepEqual(await refused(zone, '--leave-out', 'TLSA,X'), [
    2,
    '',
    `cresset: option '--leave-out <types>' argument 'TLSA,X' is invalid: "X" is not a record type; give for example TLSA,CERT; --help shows what there is\n`,
  ])
  assert.deepEqual(await refused(zone.replace('25', '27'), '--key', join(folder, 'poor.key')), [
    1,
    '',
    'cresset: shop.acme has another primary key than that of --key\n',
  ])
  const of = (...args: string[]) => cresset('zone', ...args, ...options, '--key', join(folder, 'mira.key'))
  assert.deepEqual(await of('import', join(folder, 'absent'), 'shop.acme'), {
    code: 2,
    stdout: '',
    stderr: 'cresset: cannot read absent: there is no such file\n',
  })
  for (const command of [['import', join(folder, 'shop.zone')], ['export']]) {
    assert.equal((await of(...command, 'nobody.acme')).code, 3)
    assert.equal((await of(...command, 'www.shop.acme')).code, 2)
    assert.equal((await of(...command, 'shop.example')).code, 2)
  }
})
