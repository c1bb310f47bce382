import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Client, delegationAction, proveServer, publishAction, registerName, send } from '@cresset/access-client'
import { randomForTests, TestNode } from '@cresset/access-http-api/testing'
import { keyPairSigner } from '@cresset/core-crypto'
import { failureResponse, serveDns } from '@cresset/dns-server'
import {
  buildQuery,
  ExtendedError,
  extendedErrorCode,
  extendedErrorText,
  formatName,
  parseAbsoluteName,
  parseMessage,
  parseRdata,
  parseRecordType,
  type QueryOptions,
} from '@cresset/dns-wire'
import { type Reply, readReply } from '../../../dns/server/src/testing/ask.ts'
import { Resolver, type ResolverOptions } from './resolver.ts'

/** Posts to `/v1/proofs` that the node has seen. */
let asked = 0
/** What becomes of an answer's body on its way. */
let tamper: (body: string, url: string) => string | Promise<string> = (body) => body
let node: TestNode
let resolver: Resolver
const problems: string[] = []
const owner = () => keyPairSigner(node.ledger.users[3] as (typeof node.ledger.users)[number])

const fetchThrough = async (url: string, init: RequestInit): Promise<Response> => {
  asked += 1
  const response = await node.fetch(url, init)
  return new Response(await tamper(await response.text(), url), { status: response.status })
}

function makeResolver(
  options: Partial<ResolverOptions> = {},
  nodes = ['http://node.test'],
  fetch = fetchThrough,
): Resolver {
  const client = new Client({ genesis: node.ledger.genesis, nodes, fetch, now: () => node.nowMs })
  return new Resolver({
    client,
    now: () => node.nowMs,
    onProblem: (name, error) => problems.push(`${name} ${(error as { code: string }).code}`),
    ...options,
  })
}

async function ask(question: string, options: Partial<QueryOptions> = {}, of = resolver): Promise<Reply> {
  const [name, type] = question.split(' ') as [string, string]
  const query = buildQuery({
    id: 1,
    name: parseAbsoluteName(name),
    type: parseRecordType(type) as number,
    recursionDesired: true,
    ...options,
  })
  return readReply((await of.handler(query, 'tcp')) as Uint8Array)
}
const problemOf = ({ rcode, message }: Reply) => [rcode, extendedErrorCode(message.edns?.options ?? [])]

async function publish(host: string, records: readonly string[]): Promise<void> {
  const recordSets = records.map((record) => {
    const [type = '', ...data] = record.split(' ')
    const number = parseRecordType(type) as number
    return { type: number, ttlSeconds: undefined, data: [parseRdata(number, data.join(' '))] }
  })
  const place = { name: 'shop.acme', host, zone: 'acme' }
  await send(client(), [owner()], publishAction(place, { recordSets }))
}
const client = () =>
  new Client({ genesis: node.ledger.genesis, nodes: ['http://node.test'], fetch: node.fetch, now: () => node.nowMs })

before(async () => {
  node = await TestNode.start()
  await registerName(client(), { name: 'shop.acme', deposit: 1_000_000n, signer: owner(), randomBytes: randomForTests })
  const www = { name: 'shop.acme', host: 'www', zone: 'acme' }
  const server = await proveServer(client(), www, owner().publicKey, {
    addresses: [Uint8Array.of(192, 0, 2, 7)],
    signer: keyPairSigner(node.ledger.users[5] as (typeof node.ledger.users)[number]),
  })
  await send(
    client(),
    [owner()],
    publishAction(www, { servers: [server], services: [{ port: 8443, protocol: 'tcp', web: true }] }),
  )
  await publish('a.b', ['TXT "below an empty one"'])
  await publish('*.wild', ['TXT "any"'])
  await publish('x.y.wild', ['TXT "itself"'])
  await publish('alias', ['CNAME www.shop.acme.'])
  await publish('away', ['CNAME www.example.com.'])
  await publish('lost', ['CNAME nobody.acme.'])
  await publish('mail', ['MX 10 www.shop.acme.'])
  const handed = { servers: [{ name: 'ns.handed.shop.acme', addresses: [Uint8Array.of(192, 0, 2, 53)] }], signers: [] }
  await send(client(), [owner()], delegationAction({ name: 'shop.acme', host: 'handed', zone: 'acme' }, handed))
})
after(() => node.close())
beforeEach(() => {
  tamper = (body) => body
  problems.length = 0
  asked = 0
  resolver = makeResolver()
})

test('published records are answered in one exchange with the node, as a resolver answers', async () => {
  const reply = await ask('wWw.shop.acme A', { dnssecOk: true })
  assert.deepEqual(
    [reply.rcode, reply.flags, reply.answer],
    ['NOERROR', 'rd ra ad', ['wWw.shop.acme. 300 A 192.0.2.7']],
  )
  assert.equal(asked, 1)
  assert.equal((await ask('www.shop.acme A')).flags, 'rd ra', 'AD is for those who ask')
  assert.equal((await ask('www.shop.acme A', { recursionDesired: false, dnssecOk: true })).flags, 'aa')
})

test('what is absent is proven to be: hosts, types, names, and names that nobody can have', async () => {
  const absent = { 'no.shop.acme A': 'NXDOMAIN', 'www.shop.acme AAAA': 'NOERROR', 'nobody.acme A': 'NXDOMAIN' }
  const impossible = { 'a_b.acme A': 'NXDOMAIN', 'x.ns.acme A': 'NXDOMAIN', '\\000\\.x.acme A': 'NXDOMAIN' }
  for (const [question, rcode] of Object.entries({ ...absent, ...impossible, 'acme A': 'NOERROR' })) {
    const reply = await ask(question)
    assert.deepEqual([reply.rcode, reply.answer], [rcode, []], question)
    assert.match(reply.authority.join(), /^acme\. 30 SOA .* \d+ 60 30 86400 30$/, question)
  }
})

test('empty non-terminals and wildcards', async () => {
  const ofEmpty = await ask('b.shop.acme TXT')
  assert.deepEqual([ofEmpty.rcode, ofEmpty.answer, ofEmpty.authority.length], ['NOERROR', [], 1])
  assert.deepEqual((await ask('q.wild.shop.acme TXT')).answer, ['q.wild.shop.acme. 300 TXT "any"'])
  assert.deepEqual((await ask('q.r.wild.shop.acme TXT')).answer, ['q.r.wild.shop.acme. 300 TXT "any"'])
  assert.deepEqual((await ask('x.y.wild.shop.acme TXT')).answer, ['x.y.wild.shop.acme. 300 TXT "itself"'])
  assert.deepEqual(
    [(await ask('y.wild.shop.acme TXT')).rcode, (await ask('z.y.wild.shop.acme TXT')).rcode],
    ['NOERROR', 'NXDOMAIN'],
  )
})

test("a host's service names, and the names between", async () => {
  assert.match((await ask('_8443._tcp.www.shop.acme TLSA')).answer.join(), /TLSA 3 1 1 /)
  const https = await ask('_8443._https.www.shop.acme HTTPS')
  assert.deepEqual([https.answer.length, https.additional.length], [1, 2])
  assert.deepEqual(
    [(await ask('_tcp.www.shop.acme A')).rcode, (await ask('_udp.www.shop.acme A')).rcode],
    ['NOERROR', 'NXDOMAIN'],
  )
})

test('aliases are followed as far as the ledger goes, and targets come with their addresses', async () => {
  assert.deepEqual((await ask('alias.shop.acme A')).answer, [
    'alias.shop.acme. 300 CNAME www.shop.acme.',
    'www.shop.acme. 300 A 192.0.2.7',
  ])
  assert.deepEqual((await ask('away.shop.acme A')).answer, ['away.shop.acme. 300 CNAME www.example.com.'])
  assert.equal((await ask('lost.shop.acme A')).rcode, 'NXDOMAIN')
  assert.deepEqual((await ask('mail.shop.acme MX')).additional, ['www.shop.acme. 300 A 192.0.2.7'])
})

test("the zone's own records come from the nodes on the ledger, proven, and from nothing that a node says", async () => {
  tamper = (body, url) => (url.includes('/v1/nodes') ? body.replaceAll('ada', 'eve') : body)
  assert.equal((await ask('acme NS')).answer.length, 4, 'of proofs alone')
  tamper = (body, url) => (url.includes('/v1/nodes') ? JSON.stringify({ proof: null }) : body)
  assert.equal((await ask('acme NS', {}, makeResolver())).rcode, 'SERVFAIL')
  tamper = (body) => body
  resolver = makeResolver()
  assert.match(
    (await ask('acme SOA')).answer.join(),
    new RegExp(`SOA ada\\.ns\\.acme\\. hostmaster\\.acme\\. ${node.application.head.height} `),
  )
  assert.equal((await ask('acme NS')).answer.length, 4)
  assert.equal((await ask('ns.acme A')).rcode, 'NOERROR')
})

test('below a delegation the ledger proves nothing: a stub is told so, who asks for a referral gets it', async () => {
  const reply = await ask('host.handed.shop.acme A')
  assert.deepEqual(problemOf(reply), ['SERVFAIL', ExtendedError.OTHER])
  assert.match(Buffer.from(extendedErrorText(reply.message.edns?.options ?? []) ?? []).toString(), /^delegated: /)
  const referral = await ask('host.handed.shop.acme A', { recursionDesired: false })
  assert.deepEqual([referral.rcode, referral.authority], ['NOERROR', ['handed.shop.acme. 300 NS ns.handed.shop.acme.']])
  assert.deepEqual(referral.additional, ['ns.handed.shop.acme. 300 A 192.0.2.53'])
})

test('questions outside the zones are refused', async () => {
  assert.deepEqual(problemOf(await ask('www.example.com A')), ['REFUSED', ExtendedError.NOT_AUTHORITATIVE])
  assert.equal(asked, 0)
})

test('with another resolver they go there; questions of the zones never do', async () => {
  const seen: string[] = []
  const upstream = await serveDns({
    address: '127.0.0.1',
    port: 0,
    source: (query) => {
      seen.push(formatName(parseMessage(query).questions[0]?.name as Uint8Array))
      return failureResponse(query, { extendedError: ExtendedError.OTHER, text: 'upstream' }, { transport: 'tcp' })
    },
  })
  try {
    const of = makeResolver({ forward: upstream })
    assert.equal((await ask('www.example.com A', {}, of)).rcode, 'SERVFAIL')
    assert.equal((await ask('nobody.acme A', {}, of)).rcode, 'NXDOMAIN')
    assert.equal((await ask('acme SOA', {}, of)).rcode, 'NOERROR')
    assert.equal((await ask('www.example.com AXFR', {}, of)).rcode, 'REFUSED')
    assert.deepEqual(seen, ['www.example.com.'])
  } finally {
    await upstream.close()
  }
})

test('equal questions at one time are proven once, and then answered from memory with less time to live', async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask('www.shop.acme A')))
  assert.equal(new Set(replies.map(({ answer }) => answer[0])).size, 1)
  assert.equal(asked, 1)
  node.nowMs += 100_000
  await ask('www.shop.acme A')
  assert.deepEqual((await ask('www.shop.acme A')).answer, ['www.shop.acme. 200 A 192.0.2.7'])
  assert.equal(asked, 1)
  const denied = await ask('www.shop.acme AAAA')
  assert.match(denied.authority[0] ?? '', /^acme\. 30 SOA/, 'a denial is as new as the SOA asks')
  assert.equal(asked, 2)
})

test('nothing outlives the age that the ledger allows, even if its time to live is longer', async () => {
  await node.commit()
  await ask('www.shop.acme A')
  const { maxStalenessMs } = node.ledger.genesis.parameters
  node.nowMs += maxStalenessMs + 1_000
  const reply = await ask('www.shop.acme A')
  assert.deepEqual(problemOf(reply), ['SERVFAIL', ExtendedError.INVALID_DATA])
  assert.match(problems.join(), /www\.shop\.acme\. stale/)
  await node.commit()
  node.nowMs += 1_000
  assert.equal((await ask('www.shop.acme A')).rcode, 'NOERROR')
})

test('a denial of several names is answered however slow the node is: what came after the question is new enough', {
  timeout: 90_000,
}, async () => {
  const startMs = node.nowMs
  tamper = (body) => {
    node.nowMs += 31_000
    if (asked > 20) throw new Error('it asks on and on')
    return body
  }
  try {
    const reply = await ask('lost.shop.acme A')
    assert.deepEqual([reply.rcode, reply.answer], ['NXDOMAIN', ['lost.shop.acme. 269 CNAME nobody.acme.']])
    assert.equal(asked, 2)
    // What was proven before the other is now too old for a denial: proven once more, and then answered.
    assert.equal((await ask('lost.shop.acme A')).rcode, 'NXDOMAIN')
    assert.equal(asked, 3)
  } finally {
    node.nowMs = startMs
  }
})

test('questions that wait for one proof are bounded as well', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  tamper = async (body) => {
    await held
    return body
  }
  resolver = makeResolver({ cache: { maxWaiting: 3 } })
  const waiting = Array.from({ length: 3 }, () => ask('www.shop.acme A'))
  const refused = await ask('www.shop.acme A')
  assert.deepEqual(problemOf(refused), ['SERVFAIL', ExtendedError.OTHER])
  assert.deepEqual(problems, ['www.shop.acme. busy'])
  release()
  for (const reply of await Promise.all(waiting)) assert.equal(reply.rcode, 'NOERROR')
})

test('a name whose proven status is neither active nor in grace has no hosts, though its record may still list them', async () => {
  const short = await TestNode.start({ grace: '1s', releaseDelay: '1h' })
  const own = new Client({
    genesis: short.ledger.genesis,
    nodes: ['http://node.test'],
    fetch: short.fetch,
    now: () => short.nowMs,
  })
  const signer = keyPairSigner(short.ledger.users[3] as (typeof short.ledger.users)[number])
  try {
    await registerName(own, { name: 'brief.acme', deposit: 1_000n, signer, randomBytes: randomForTests })
    const place = { name: 'brief.acme', host: 'www', zone: 'acme' }
    const recordSets = [{ type: 16, ttlSeconds: undefined, data: [Uint8Array.of(1, 0x61)] }]
    await send(own, [signer], publishAction(place, { recordSets }))
    const of = new Resolver({ client: own, now: () => short.nowMs })
    assert.equal((await ask('www.brief.acme TXT', {}, of)).answer.length, 1)
    for (let block = 0; block < 200; block++) {
      short.nowMs += 60_000
      await short.commit()
    }
    assert.equal((await ask('www.brief.acme TXT', {}, of)).rcode, 'NXDOMAIN')
  } finally {
    await short.close()
  }
})

test('whatever a lying node answers: SERVFAIL with an extended error, or the truth', async () => {
  const honest = new Map<string, string>()
  tamper = (body, url) => {
    honest.set(url, body)
    return body
  }
  const truth = (await ask('www.shop.acme A')).answer
  await ask('nobody.acme A')
  const flip = (body: string): string => {
    const at = 30 + Math.floor(Math.random() * (body.length - 60))
    return `${body.slice(0, at)}${body[at] === 'A' ? 'B' : 'A'}${body.slice(at + 1)}`
  }
  const lies: Record<string, (body: string) => string> = {
    'a changed character': flip,
    'another key proven': (body) => body.replace(/"keys":\["[0-9a-f]{8}/, '"keys":["00000000'),
    'less than asked for': (body) => JSON.stringify({ ...JSON.parse(body), keys: [], proofs: [] }),
    'proofs in another order': (body) =>
      JSON.stringify({ ...JSON.parse(body), proofs: JSON.parse(body).proofs.reverse() }),
    'another height': (body) => body.replace(/"height":\d+/, '"height":1'),
    'no JSON': () => '<html>',
    'an empty object': () => '{}',
  }
  for (const [lie, tell] of Object.entries(lies)) {
    for (let round = 0; round < (lie === 'a changed character' ? 60 : 1); round++) {
      tamper = tell
      const of = makeResolver()
      const reply = await ask('www.shop.acme A', {}, of)
      if (reply.rcode === 'NOERROR') {
        assert.deepEqual(reply.answer, truth, lie)
        continue
      }
      assert.deepEqual([reply.rcode, reply.answer, reply.authority, reply.flags], ['SERVFAIL', [], [], 'rd ra'], lie)
      const code = extendedErrorCode(reply.message.edns?.options ?? [])
      assert.ok(code === ExtendedError.DNSSEC_BOGUS || code === ExtendedError.NO_REACHABLE_AUTHORITY, `${lie}: ${code}`)
    }
  }
  assert.ok(problems.some((problem) => problem.includes('bad-proof')))
})

test('a failure stands for a second, and then the node is asked again', async () => {
  tamper = () => '{}'
  assert.equal((await ask('www.shop.acme A')).rcode, 'SERVFAIL')
  tamper = (body) => body
  const before = asked
  assert.deepEqual([(await ask('www.shop.acme A')).rcode, asked], ['SERVFAIL', before])
  node.nowMs += 1_000
  assert.equal((await ask('www.shop.acme A')).rcode, 'NOERROR')
})

test('memory is bounded, and so is what is fetched at once', async () => {
  const small = makeResolver({ cache: { maxParts: 3, maxFlights: 2, deadlineMs: 50 } })
  for (let index = 0; index < 10; index++) await ask(`n${index}.acme A`, {}, small)
  await ask('n9.acme A', {}, small)
  assert.equal(asked, 10)
  await ask('n0.acme A', {}, small)
  assert.equal(asked, 11)
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  tamper = async (body) => {
    await held
    return body
  }
  const replies = Promise.all(['o1', 'o2', 'o3'].map((name) => ask(`${name}.acme A`, {}, small)))
  const codes = (await replies).map((reply) => problemOf(reply)[1])
  assert.deepEqual(codes, [
    ExtendedError.NO_REACHABLE_AUTHORITY,
    ExtendedError.NO_REACHABLE_AUTHORITY,
    ExtendedError.OTHER,
  ])
  release()
})
