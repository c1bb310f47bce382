import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Client,
  delegationAction,
  importZone,
  planImport,
  publishAction,
  readZoneContent,
  readZoneStanding,
  registerName,
  send,
} from '@cresset/access-client'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { toHex } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import { type NameEntry, readName, stateKeys } from '@cresset/core-ledger'
import { nameEntryRrsets, zoneRrsets, zoneServers } from '@cresset/dns-records'
import { answer, ZoneStore } from '@cresset/dns-server'
import {
  buildQuery,
  lowerCaseName,
  parseAbsoluteName,
  parseRdata,
  parseRecordType,
  RecordType,
  readMasterFile,
} from '@cresset/dns-wire'
import { readReply } from '../../../dns/server/src/testing/ask.ts'
import { Resolver } from './resolver.ts'

/*
 * The resolver proves a part of a record table for each question, and must say what a name server says that has all of it.
 */

const name = 'shop.acme'
const file = `$TTL 300
@ MX 10 mail
mail A 192.0.2.1
mail TXT mail
hop CNAME mail
far CNAME hop
deep.down.below TXT deep
*.wild A 192.0.2.2
there.wild TXT there
x.y.wild TXT xy
*.y.wild MX 5 mail
www A 192.0.2.66
handed.over TXT "not a delegation"
${Array.from({ length: 400 }, (_, number) => `h${number}.g${number % 20} TXT "${'x'.repeat(150)}"`).join('\n')}
`

let node: TestNode
let client: Client
let resolver: Resolver
let tablePages = 0
let store: ZoneStore
const owner = () => keyPairSigner(node.ledger.users[3] as (typeof node.ledger.users)[number])

before(async () => {
  node = await TestNode.start()
  client = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    fetch: node.fetch,
    now: () => node.nowMs,
  })
  await registerName(client, { name, deposit: 1_000_000n, signer: owner(), randomBytes: randomForTests })
  const standing = await readZoneStanding(client, name)
  const origin = lowerCaseName(parseAbsoluteName(name))
  const content = readZoneContent(readMasterFile({ name: 'zone', text: file }, { origin }), standing)
  assert.deepEqual(content.problems, [])
  const plan = planImport(content, standing)
  assert.ok(plan.pages > 2)
  tablePages = plan.pages
  await importZone(client, plan, { signer: owner() })
  const txt = { type: RecordType.TXT, ttlSeconds: undefined, data: [parseRdata(RecordType.TXT, 'host')] }
  // These go before the table: it has www too, and something below the delegated host.
  for (const host of ['www', '*.hosts'])
    await send(client, [owner()], publishAction({ zone: 'acme', name, host }, { recordSets: [txt] }))
  const servers = [{ name: 'ns.handed.shop.acme', addresses: [Uint8Array.of(192, 0, 2, 53)] }]
  await send(client, [owner()], delegationAction({ zone: 'acme', name, host: 'handed' }, { servers, signers: [] }))

  resolver = new Resolver({ client, now: () => node.nowMs })
  store = new ZoneStore()
  const { view, height, timeMs } = node.backend.committed()
  const { genesis } = node.ledger
  const { defaultTtlSeconds: ttlSeconds } = genesis.parameters
  const zone = { zone: 'acme', servers: zoneServers(genesis.nodes), serial: height, ttlSeconds }
  const entry = readName(view, name, { height, timeMs }).entry as NameEntry
  const put = [...zoneRrsets({ ...zone, parameters: genesis.parameters }), ...nameEntryRrsets(view, entry, ttlSeconds)]
  store.apply([{ apex: parseAbsoluteName('acme'), put }], 1)
})
after(() => node.close())

const questions: readonly string[] = [
  '@ MX',
  '@ A',
  'mail A',
  'mail MX',
  'MAIL TXT',
  'hop A',
  'far A',
  'far MX',
  'deep.down.below TXT',
  'down.below TXT',
  'below A',
  'no.below A',
  'no.deep.down.below A',
  'wild A',
  'any.wild A',
  'any.wild MX',
  'two.any.wild A',
  'there.wild A',
  'below.there.wild A',
  'y.wild A',
  'any.y.wild MX',
  'any.y.wild A',
  'x.y.wild TXT',
  '*.wild A',
  'www A',
  'www TXT',
  'under.www A',
  'some.hosts TXT',
  'some.hosts A',
  'handed.over TXT',
  'over TXT',
  'nothing A',
  'h7.g7 TXT',
  'h8.g7 TXT',
  'g7 TXT',
  'g21 TXT',
  '_443._tcp.mail TLSA',
  'a_b A',
]

test('the resolver says what a name server says that has the whole table', async () => {
  for (const question of questions) {
    const [host = '', type = ''] = question.split(' ')
    const query = buildQuery({
      id: 1,
      name: parseAbsoluteName(host === '@' ? name : `${host}.${name}`),
      type: parseRecordType(type) as number,
    })
    const expected = readReply(answer(query, store, { transport: 'tcp' }) as Uint8Array)
    const seen = readReply((await resolver.handler(query, 'tcp')) as Uint8Array)
    assert.deepEqual(
      [seen.rcode, seen.answer, seen.authority],
      [expected.rcode, expected.answer, expected.authority],
      question,
    )
  }
})

test('the questions are worth asking: every kind of answer is among them', () => {
  const kinds = new Set(
    questions.map((question) => {
      const [host = '', type = ''] = question.split(' ')
      const owner = parseAbsoluteName(host === '@' ? name : `${host}.${name}`)
      const query = buildQuery({ id: 1, name: owner, type: parseRecordType(type) as number })
      const { rcode, answer: records } = readReply(answer(query, store, { transport: 'tcp' }) as Uint8Array)
      return `${rcode} ${Math.min(records.length, 2)}`
    }),
  )
  assert.deepEqual([...kinds].sort(), ['NOERROR 0', 'NOERROR 1', 'NOERROR 2', 'NXDOMAIN 0'])
})

/** A resolver that counts the keys that it has had proven, and of these the pages of the table. */
function counting(fetch: typeof node.fetch = node.fetch) {
  const pageKeys = new Set(
    Array.from({ length: tablePages }, (_, index) => toHex(stateKeys.recordPage(name, 1, index))),
  )
  let keys = 0
  let pages = 0
  const counted = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    now: () => node.nowMs,
    fetch: (url, init) => {
      const asked = url.endsWith('/v1/proofs') ? (JSON.parse(String(init.body)) as { keys: string[] }).keys : []
      keys += asked.length
      pages += asked.filter((key) => pageKeys.has(key)).length
      return fetch(url, init as RequestInit)
    },
  })
  const other = new Resolver({ client: counted, now: () => node.nowMs })
  const ask = async (host: string, type: number = RecordType.TXT) => {
    const query = buildQuery({ id: 1, name: parseAbsoluteName(`${host}.${name}`), type })
    const before = { keys, pages }
    const reply = readReply((await other.handler(query, 'tcp')) as Uint8Array)
    return { ...reply, records: reply.answer.length, keys: keys - before.keys, pages: pages - before.pages }
  }
  return { ask, pages: () => pages }
}

test('what a question needs is what is proven: one page where the owner is there', async () => {
  const { records, keys, pages } = await counting().ask('h7.g7')
  assert.deepEqual([records, pages], [1, 1])
  assert.ok(keys < 24, `${keys} keys were proven`)
})

test('a whole table is proven once for all names that are not there, however many ask at once', async () => {
  const { ask, pages } = counting()
  const many = 20
  const replies = await Promise.all(Array.from({ length: many }, (_, number) => ask(`no${number}.g${number}`)))
  for (const { rcode } of replies) assert.equal(rcode, 'NXDOMAIN')
  // Each looks at the page of its owner before it needs the others.
  assert.equal(pages(), tablePages - 1 + many)
  const absent = await ask('other')
  assert.deepEqual([absent.rcode, absent.pages], ['NXDOMAIN', 0])
  const there = await ask('h9.g9')
  assert.deepEqual([there.rcode, there.records, there.pages], ['NOERROR', 1, 0])
})

test('a kept table is that of its height: it answers for as long as a denial stands, and all at once', async () => {
  const { ask } = counting()
  assert.equal((await ask('first')).rcode, 'NXDOMAIN')
  const text = { type: RecordType.TXT, ttlSeconds: undefined, data: [parseRdata(RecordType.TXT, 'new')] }
  await send(client, [owner()], publishAction({ zone: 'acme', name, host: 'first.below' }, { recordSets: [text] }))
  const early = await ask('first.below')
  assert.deepEqual([early.rcode, early.pages], ['NXDOMAIN', 0], 'as it stood when the table was proven')
  node.nowMs += node.ledger.genesis.parameters.soaMinimumSeconds * 1_000
  await node.commit()
  const late = await ask('first.below')
  assert.deepEqual([late.rcode, late.records, late.pages], ['NOERROR', 1, 0])
  const denied = await ask('second.below')
  assert.deepEqual([denied.rcode, denied.pages], ['NXDOMAIN', tablePages])
})

test('a kept table whose height no node keeps any more is proven anew', async () => {
  let isForgotten = false
  let refused = 0
  const { ask } = counting(async (url, init) => {
    const { height } = JSON.parse(String(init.body ?? '{}')) as { height?: number }
    if (!isForgotten || height === undefined || height === node.application.head.height) return node.fetch(url, init)
    refused += 1
    return new Response(JSON.stringify({ code: 'height-not-kept', detail: 'forgotten' }), { status: 410 })
  })
  assert.equal((await ask('first')).rcode, 'NXDOMAIN')
  await node.commit()
  assert.equal((await ask('second')).rcode, 'NXDOMAIN')
  isForgotten = true
  const again = await ask('third')
  assert.equal(again.rcode, 'NXDOMAIN')
  assert.deepEqual([again.pages, refused], [tablePages, 1])
  assert.equal((await ask('fourth')).pages, 0)
})

test('answers from a kept table are those of a name server too', async () => {
  const { ask } = counting()
  assert.equal((await ask('none')).rcode, 'NXDOMAIN')
  let fromTable = 0
  for (const question of questions) {
    const [host = '', type = ''] = question.split(' ')
    if (host === '@') continue
    const query = buildQuery({
      id: 1,
      name: parseAbsoluteName(`${host}.${name}`),
      type: parseRecordType(type) as number,
    })
    const expected = readReply(answer(query, store, { transport: 'tcp' }) as Uint8Array)
    const seen = await ask(host, parseRecordType(type) as number)
    if (seen.keys > 0) fromTable += 1
    assert.deepEqual([seen.rcode, seen.answer, seen.pages], [expected.rcode, expected.answer, 0], question)
  }
  assert.ok(fromTable > 20, `${fromTable} questions`)
})
