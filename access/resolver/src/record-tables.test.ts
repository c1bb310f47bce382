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
import { keyPairSigner } from '@cresset/core-crypto'
import { type NameEntry, readName } from '@cresset/core-ledger'
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

test('what a question needs is what is proven: one page where the owner is there', async () => {
  let keys = 0
  const counted = new Client({
    genesis: node.ledger.genesis,
    nodes: ['http://node.test'],
    now: () => node.nowMs,
    fetch: (url, init) => {
      if (url.endsWith('/v1/proofs')) keys += (JSON.parse(String(init.body)) as { keys: unknown[] }).keys.length
      return node.fetch(url, init as RequestInit)
    },
  })
  const other = new Resolver({ client: counted, now: () => node.nowMs })
  const query = buildQuery({ id: 1, name: parseAbsoluteName('h7.g7.shop.acme'), type: RecordType.TXT })
  const reply = readReply((await other.handler(query, 'tcp')) as Uint8Array)
  assert.equal(reply.answer.length, 1)
  assert.ok(keys < 24, `${keys} keys were proven`)
})
