import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from '@cresset/access-client'
import { buildApi, type NodeBackend } from '@cresset/access-http-api'
import type { Action } from '@cresset/core-ledger'
import { type DnsServer, serveDns, type ZoneSource, ZoneStore } from '@cresset/dns-server'
import { parseAbsoluteName, parseRdata, RecordType } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import type { DnsPlane } from '@cresset/node/testing'
import { dnsKeyOf, SignedNetwork } from '@cresset/node/testing'
import { auditServer, type ServerVerdict } from './audit-server.ts'
import { type Audited, auditedPlace, placesOf, signedZones } from './audited-records.ts'

const name = 'shop.acme'
const open: { close(): unknown }[] = []
let network: SignedNetwork
let client: Client
let plane: DnsPlane
let generation = 0

before(async () => {
  network = await SignedNetwork.open()
  const anchor = testKey('anchor')
  await network.decide({ kind: 'setZoneAnchors', body: { zone: 'acme', anchors: [anchor.publicKey] } })
  await network.publishKeys({ anchors: [anchor], nodeKeys: [dnsKeyOf('ada')] })
  await network.register(0, [name])
  await network.commitAll([network.publishing(0, name, 'www', Uint8Array.of(192, 0, 2, 1)), mail('192.0.2.25')])
  plane = network.plane([dnsKeyOf('ada')])
  client = await clientOf(network)
})
after(() => Promise.all(open.map((one) => one.close())))

/** A record table with an owner of its own, and one that the host `www` hides. */
function mail(address: string): { user: number; action: Action } {
  generation += 1
  const owner = (text: string) => {
    const data = [parseRdata(RecordType.A, address)]
    return { owner: text, recordSets: [{ type: RecordType.A, ttlSeconds: undefined, data }] }
  }
  const pages = [{ index: 0, owners: [owner('mail'), owner('www')] }]
  return { user: 0, action: { kind: 'setRecords', body: { name, generation, bits: 0, serve: true, pages } } }
}

/** A client of the API over this ledger, without a socket. */
async function clientOf({ application, ledger }: SignedNetwork): Promise<Client> {
  const backend: Partial<NodeBackend> = {
    committed: () => ({
      view: application.queries.view(),
      height: application.head.height,
      timeMs: application.head.timeMs,
    }),
    prove: (keys, height) => application.queries.prove(keys, height),
  }
  const app = await buildApi(backend as NodeBackend)
  open.push(app)
  const fetch = async (url: string, { method = 'GET', headers, body }: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url)
    const answer = await app.inject({
      method: method as 'GET' | 'POST',
      url: pathname + search,
      headers: headers as Record<string, string>,
      ...(body != null && { payload: Buffer.from(body as Uint8Array) }),
    })
    return new Response(answer.rawPayload as Uint8Array<ArrayBuffer>, { status: answer.statusCode })
  }
  return new Client({ genesis: ledger.genesis, nodes: ['http://node.test'], fetch, now: () => network.timeMs })
}

async function serving(source: ZoneSource): Promise<DnsServer> {
  const server = await serveDns({ address: '127.0.0.1', port: 0, source })
  open.push(server)
  return server
}

/** The zone at a height, where these owners have other records. */
function lying(serial: number, records: readonly (readonly [owner: string, type: number, text: string])[]): ZoneStore {
  const store = new ZoneStore()
  const soa = ['acme', RecordType.SOA, `ns.acme. host.acme. ${serial} 60 30 86400 30`] as const
  const put = [soa, ['acme', RecordType.NS, 'ns.acme.'] as const, ...records].map(([owner, type, text]) => ({
    ...{ owner: parseAbsoluteName(owner), type, ttl: 300 },
    rdatas: [parseRdata(type, text)],
  }))
  store.apply([{ apex: parseAbsoluteName('acme'), put }], 1)
  return store
}

async function all(): Promise<Audited[]> {
  return [...(await signedZones(client)), ...(await placesOf(client, name, 'acme'))]
}

async function verdicts(server: DnsServer, audited: readonly Audited[]): Promise<[string, ServerVerdict][]> {
  const found: [string, ServerVerdict][] = []
  for (const one of audited) {
    const proven = (await one.prove()) ?? assert.fail('nothing is proven')
    found.push([one.kind, await auditServer(server, proven)])
  }
  return found
}
const kinds = (found: readonly [string, ServerVerdict][]): string[][] =>
  found.map(([kind, verdict]) => [kind, verdict.kind])

test('a node serves the keys of its zone, a host and an owner of a record table as they are proven', async () => {
  assert.deepEqual(kinds(await verdicts(await serving(plane.source), await all())), [
    ['keys', 'true'],
    ['host', 'true'],
    ['owner', 'true'],
  ])
  const named = auditedPlace(client, { zone: 'acme', name, host: 'mail' }, 'host')
  assert.equal((await named.prove())?.rrsets.length, 1)
  const none = auditedPlace(client, { zone: 'acme', name, host: 'nothing' }, 'host')
  assert.equal(await none.prove(), undefined)
})

test('another key in the zone, and another address of an owner in a table, are false', async () => {
  const serial = plane.serial('acme') ?? 0
  const liar = await serving(
    lying(serial, [
      ['acme', RecordType.DNSKEY, `256 3 15 ${Buffer.alloc(32, 7).toString('base64')}`],
      ['mail.shop.acme', RecordType.A, '192.0.2.66'],
    ]),
  )
  const found = await verdicts(liar, await all())
  assert.deepEqual(kinds(found), [
    ['keys', 'false'],
    ['host', 'false'],
    ['owner', 'false'],
  ])
  const [, keys] = found[0] ?? assert.fail()
  const [, owner] = found[2] ?? assert.fail()
  assert.ok(keys.kind === 'false' && owner.kind === 'false')
  assert.deepEqual(
    keys.answers.map(({ question, answered, proven }) => [question, answered.length, proven.length]),
    [['acme. DNSKEY', 1, 2]],
  )
  assert.deepEqual(
    owner.answers.map(({ question, answered, proven }) => [question, answered, proven]),
    [['mail.shop.acme. A', ['192.0.2.66'], ['192.0.2.25']]],
  )
})

test('who has an older table is behind when the ledger had it then, and lies when it never had', async () => {
  const earlier = plane.serial('acme') ?? 0
  await network.commitAll([mail('192.0.2.26')])
  assert.ok((plane.serial('acme') ?? 0) > earlier)
  const owner = (await placesOf(client, name, 'acme')).filter(({ kind }) => kind === 'owner')
  const kindOf = async (serial: number, address: string): Promise<string[][]> =>
    kinds(await verdicts(await serving(lying(serial, [['mail.shop.acme', RecordType.A, address]])), owner))
  assert.deepEqual(await kindOf(earlier, '192.0.2.25'), [['owner', 'behind']])
  assert.deepEqual(await kindOf(earlier, '192.0.2.66'), [['owner', 'false']])
  assert.deepEqual(kinds(await verdicts(await serving(plane.source), owner)), [['owner', 'true']])
})
