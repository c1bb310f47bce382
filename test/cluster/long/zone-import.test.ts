import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { queryServer } from '@cresset/dns-server'
import {
  equalNames,
  formatName,
  formatRdata,
  lowerCaseName,
  type MasterRecord,
  parseAbsoluteName,
  RecordType,
  readMasterFile,
  readUint16,
} from '@cresset/dns-wire'
import { generatedZone } from '../../../access/client/src/testing/zone-text.ts'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Cluster, cliArguments, type Ran, runProgram } from '../cluster.ts'

/** A zone of ten thousand records goes through the ledger of four nodes and comes back: minutes of processor time, so the campaign runs it. */
const recordCount = 10_000
const name = 'shop.acme'
const apex = lowerCaseName(parseAbsoluteName(name))
const zone = generatedZone(recordCount)

let cluster: Cluster
let owner: string
let file: string
before(async () => {
  cluster = await Cluster.start()
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', name, '--key', owner)
  file = cluster.path('shop.zone')
  await writeFile(file, zone)
  await sign()
})
after(() => cluster?.stop())

/** As the guide to trust anchors does it. */
async function sign(): Promise<void> {
  const [anchor, keys] = [cluster.path('anchor.key'), cluster.path('acme.keys')]
  const votes = (node: number): string[] => [
    '--key',
    cluster.founderKey,
    '--as',
    cluster.path('nodes', `node${node}`, 'keys', 'identity.key'),
  ]
  await cluster.json('key', 'new', anchor, '--no-passphrase')
  await cluster.json('network', 'propose', 'zone-anchors', 'acme', anchor, ...votes(1))
  for (const node of [2, 3]) await cluster.json('network', 'vote', '1', 'yes', ...votes(node))
  await cluster.json('zone', 'sign', 'acme', '--anchor', anchor, '--out', keys)
  await cluster.json('zone', 'publish', keys, '--key', owner)
}

const importFile = (...more: string[]): Promise<Ran> =>
  cluster.cresset('zone', 'import', file, name, '--key', owner, ...more)

function recordsOf(text: string): MasterRecord[] {
  return [...readMasterFile({ name: 'zone', text }, { origin: apex })].map((item) => {
    if (item.kind === 'problem') throw new Error(`${item.line}: ${item.message}`)
    return item
  })
}

const isZonesOwn = ({ owner, type }: MasterRecord): boolean =>
  formatName(owner) === `${name}.` && (type === RecordType.SOA || type === RecordType.NS)

const lineOf = ({ owner, ttl, type, rdata }: MasterRecord): string =>
  `${formatName(owner)} ${ttl} ${type} ${formatRdata(type, rdata)}`

/** What the file says for the table, as lines in one order. */
const canonical = (text: string): string =>
  recordsOf(text)
    .filter((record) => !isZonesOwn(record))
    .map(lineOf)
    .sort()
    .join('\n')

function nameServers(): { address: string; port: number }[] {
  return cluster.network.nodes.map(({ dns }) => {
    const [address = '', port = ''] = dns.split(':')
    return { address, port: Number(port) }
  })
}

/** Never a whole zone in a message. */
function assertSame(actual: string, expected: string): void {
  if (actual === expected) return
  const [a, b] = [actual.split('\n'), expected.split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  assert.fail(`line ${at + 1} of ${a.length}, ${b.length} were expected: ${a[at]} in place of ${b[at]}`)
}

/** A block is final before each of the nodes has it. */
async function untilServed(index: number, owner: string): Promise<void> {
  const server = nameServers()[index] as { address: string; port: number }
  const deadlineMs = Date.now() + 120_000
  for (;;) {
    const { answers } = await queryServer(server, { name: parseAbsoluteName(owner), type: RecordType.A })
    if (answers.length > 0) return
    assert.ok(Date.now() < deadlineMs, `server ${index} has no ${owner}`)
    await delay(50)
  }
}

async function timed<T>(context: TestContext, what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const result = await work()
  context.diagnostic(`${what}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  return result
}

test('a dry run says what would be sent, and sends nothing', async () => {
  const { code, stdout } = await importFile('--dry-run')
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^\S+shop\.zone: 10000 records for shop\.acme\nleft out: NS 2, SOA 1 \(.*\)\nplan: (\d+) of \1 pages in \d+ transactions, at most 0\.\d+ credit\nnothing was sent\nproven /,
  )
  assert.match((await cluster.cresset('name', 'show', name)).stdout, /^status +active$/m)
})

test('an import that is interrupted shows nothing, and the same command goes on where it was', {
  skip: skipWithout('dig'),
}, async (context) => {
  const child = spawn(
    process.execPath,
    [...cliArguments, 'zone', 'import', file, name, '--key', owner, '--genesis', cluster.path('genesis.json')],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CRESSET_STATE: cluster.path('state') } },
  )
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
    // Once: a second one ends the process where it stands.
    if (!child.killed && /^[1-9]\d* of \d+ pages/m.test(told)) child.kill('SIGINT')
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 6, told)
  const [, done = '', all = ''] =
    /stopped after (\d+) of (\d+) pages; DNS shows what it did before, and the same command goes on\n$/.exec(told) ?? []
  assert.ok(Number(done) > 0 && Number(done) < Number(all), told)
  assert.equal((await cluster.dig('host0.shop.acme', 'A', '+short')).stdout, '')
  assert.match((await cluster.cresset('name', 'show', name)).stdout, /^being imported +\d+ records in \d+ pages$/m)

  const ran = await timed(context, `the other pages of ${recordCount} records`, () => importFile())
  assert.equal(ran.code, 0, ran.stderr)
  const [, begun = ''] = /^(\d+) of \d+ pages/m.exec(ran.stderr) ?? []
  assert.ok(Number(begun) >= Number(done), ran.stderr)
  assert.match(ran.stdout, new RegExp(`^shop\\.acme: 10000 records in ${all} pages, \\d+ of them new\nproven `))
  assert.match((await cluster.cresset('name', 'show', name)).stdout, /^record table +10000 records in \d+ pages$/m)
})

test('dig and delv: records, wildcards and what is absent, validated', {
  skip: skipWithout('dig', 'delv'),
}, async () => {
  const short = async (...question: string[]): Promise<string> => (await cluster.dig(...question, '+short')).stdout
  assert.equal(await short('host7.shop.acme', 'A'), '10.0.0.7\n')
  assert.equal(await short('anybody.users.shop.acme', 'A'), 'host0.shop.acme.\n10.0.0.0\n')
  assert.equal(await short('_ldap._tcp.host9.shop.acme', 'SRV'), '0 9 389 host9.shop.acme.\n')
  const { stdout: anchors } = await cluster.cresset('dns', 'anchors', '--format', 'bind')
  const trusted = cluster.path('anchors.conf')
  await writeFile(trusted, anchors.split(/^zone/m)[0] as string)
  const numbers = [3, 17, 400, 871]
  for (const [index, number] of numbers.entries()) {
    await untilServed(index, `host${number}.${name}`)
    const { host, port } = cluster.dns(index)
    const delv = async (owner: string, type: string): Promise<string> => {
      const where = [`@${host}`, '-p', port, '-a', trusted, '+root=acme']
      const ran = await runProgram('delv', [...where, `${owner}.${name}`, type])
      return ran.stdout + ran.stderr
    }
    const validated = (data: string): RegExp =>
      new RegExp(`^; fully validated\\n\\S+\\s+\\d+\\s+IN\\s+\\S+\\s+${data}$`, 'm')
    assert.match(await delv(`x.wild${number}`, 'A'), validated(`10\\.200\\.${number >> 8}\\.${number & 255}`))
    assert.match(await delv(`host${number}`, 'AAAA'), validated(`2001:db8::${(number + 1).toString(16)}`))
    const absent = [
      [`host${number}`, 'MX', 'ncache nxrrset'],
      [`none.host${number}`, 'A', 'ncache nxdomain'],
    ] as const
    for (const [owner, type, outcome] of absent) {
      const told = await delv(owner, type)
      assert.ok(told.includes('; negative response, fully validated') && told.includes(outcome), told)
    }
  }
})

test('every name server answers every record of the file', async (context) => {
  const sets = new Map<string, MasterRecord[]>()
  for (const record of recordsOf(zone).filter((one) => !isZonesOwn(one))) {
    const key = `${formatName(record.owner)} ${record.type}`
    sets.set(key, [...(sets.get(key) ?? []), record])
  }
  const servers = nameServers()
  await timed(context, `${sets.size} questions to ${servers.length} servers`, async () => {
    for (const [place, server] of servers.entries()) {
      // The first answers for all, the others for a part each.
      const asked = [...sets.values()].filter((_, index) => place === 0 || index % 16 === place)
      for (const [first, ...rest] of asked) {
        const { owner, type } = first as MasterRecord
        const { answers } = await queryServer(server, { name: owner, type })
        const seen = answers.map(({ ttl, rdata }) => `${ttl} ${formatRdata(type, rdata)}`).sort()
        const expected = [first as MasterRecord, ...rest].map(({ ttl, rdata }) => `${ttl} ${formatRdata(type, rdata)}`)
        assert.deepEqual(seen, expected.sort(), `${formatName(owner)} ${type} of server ${place}`)
      }
    }
  })
})

test('every answer to who asks for signatures has them, also what a wildcard gives and what is absent', async () => {
  for (const [place, server] of nameServers().entries()) {
    for (let number = place; number < 900; number += 3) {
      for (const owner of [`x.wild${number}`, `none.host${number}`, `host${number}`]) {
        const question = { name: parseAbsoluteName(`${owner}.${name}`), type: RecordType.A, dnssecOk: true }
        const { answers, authorities } = await queryServer(server, question)
        const records = [...answers, ...authorities]
        const signed = records.filter(({ type }) => type === RecordType.RRSIG)
        const isOfSet = ({ name: of, type }: (typeof records)[number]) =>
          signed.some(({ name: by, rdata }) => equalNames(of, by) && readUint16(rdata, 0) === type)
        const bare = records.filter((record) => record.type !== RecordType.RRSIG && !isOfSet(record))
        assert.deepEqual(
          bare.map(({ name: of, type }) => `${formatName(of)} ${type}`),
          [],
          `${owner} of server ${place}`,
        )
        assert.ok(records.length > 0)
      }
    }
  }
})

test('the export is the file again, and importing it changes nothing', async (context) => {
  const { stdout, code } = await timed(context, 'the export', () => cluster.cresset('zone', 'export', name))
  assert.equal(code, 0)
  assertSame(canonical(stdout), canonical(zone))
  file = cluster.path('exported.zone')
  await writeFile(file, stdout)
  const again = await timed(context, 'an import that changes nothing', () => importFile())
  assert.deepEqual([again.code, again.stderr], [0, ''])
  assert.match(again.stdout, /^\S+: 10000 records for shop\.acme\nnothing changes: shop\.acme has it all\nproven /)
})

test('a changed line is one page in one transaction, and at once in DNS', {
  skip: skipWithout('dig'),
}, async (context) => {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^(host7 .*A +)10\.0\.0\.7$/m, '$110.9.9.9'))
  const ran = await timed(context, 'one changed line', () => importFile())
  assert.match(ran.stderr, /^plan: 1 of \d+ pages in 1 transaction, at most 0\.\d+ credit$/m)
  assert.match(ran.stdout, /^shop\.acme: 10000 records in \d+ pages, 1 of them new\n/)
  const answers = await Promise.all(
    cluster.network.nodes.map(async (_, index) => {
      const { host, port } = cluster.dns(index)
      return (await runProgram('dig', [`@${host}`, '-p', port, '+short', 'host7.shop.acme', 'A'])).stdout
    }),
  )
  assert.ok(answers.includes('10.9.9.9\n'))
})
