import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { type DnsServer, serveDns, ZoneStore } from '@cresset/dns-server'
import { parseAbsoluteName, parseRdata, RecordType, type Rrset } from '@cresset/dns-wire'
import { auditServer } from './audit-server.ts'

const apex = parseAbsoluteName('acme')
const set = (owner: string, type: number, ...texts: string[]): Rrset => ({
  owner: parseAbsoluteName(owner),
  type,
  ttl: 300,
  rdatas: texts.map((text) => parseRdata(type, text)),
})
const host = (address: string): Rrset[] => [
  set('www.shop.acme', RecordType.A, address, '192.0.2.2'),
  set('www.shop.acme', RecordType.TXT, '"open at eight"'),
]
const open: DnsServer[] = []
after(() => Promise.all(open.map((server) => server.close())))

/** A name server with these records, in a zone that changed last at a height. */
async function serving(height: number, ...rrsets: Rrset[]): Promise<DnsServer> {
  const source = new ZoneStore()
  const soa = set('acme', RecordType.SOA, `ns.acme. host.acme. ${height} 60 30 86400 30`)
  source.apply([{ apex, put: [soa, set('acme', RecordType.NS, 'ns.acme.'), ...rrsets] }], 1)
  const server = await serveDns({ address: '127.0.0.1', port: 0, source })
  open.push(server)
  return server
}

const forgotten = async (): Promise<undefined> => undefined
const proven = { rrsets: host('192.0.2.1'), height: 7, provenAt: 9, earlier: forgotten }

test('a server that tells what the ledger has, in any order', async () => {
  assert.deepEqual(await auditServer(await serving(9, ...host('192.0.2.1')), proven), { kind: 'true' })
})

test('another address, or none, is false; a server that says it is from before the change is behind', async () => {
  const changed = await auditServer(await serving(7, ...host('192.0.2.66')), proven)
  assert.deepEqual(changed, {
    kind: 'false',
    answers: [
      {
        question: 'www.shop.acme. A',
        proven: ['192.0.2.1', '192.0.2.2'],
        provenHeight: 7,
        answered: ['192.0.2.2', '192.0.2.66'],
        zoneHeight: 7,
        keyTags: [],
      },
    ],
  })
  const denied = await auditServer(await serving(8), proven)
  assert.ok(denied.kind === 'false')
  assert.deepEqual(
    denied.answers.map(({ question, answered }) => [question, answered]),
    [
      ['www.shop.acme. A', []],
      ['www.shop.acme. TXT', []],
    ],
  )
  assert.deepEqual(await auditServer(await serving(6, ...host('192.0.2.66')), proven), { kind: 'behind' })
})

test('a server that does not answer, or for another zone, says nothing', async () => {
  const gone = await serving(9)
  const place = { address: gone.address, port: gone.port }
  open.pop()
  await gone.close()
  assert.deepEqual(await auditServer(place, proven), { kind: 'silent' })
  const source = new ZoneStore()
  const other = await serveDns({ address: '127.0.0.1', port: 0, source })
  open.push(other)
  assert.deepEqual(await auditServer(other, proven), { kind: 'silent' })
})

test('of an earlier height: behind when the ledger had it so then, false when it never did', async () => {
  const asked: number[] = []
  const earlier = async (height: number): Promise<Rrset[]> => {
    asked.push(height)
    return height < 8 ? host('192.0.2.66') : host('192.0.2.1')
  }
  // A record table does not tell when it was written.
  const table = { rrsets: host('192.0.2.1'), height: undefined, provenAt: 9, earlier }
  assert.deepEqual(await auditServer(await serving(7, ...host('192.0.2.66')), table), { kind: 'behind' })
  const kinds = async (height: number, address: string): Promise<string> =>
    (await auditServer(await serving(height, ...host(address)), table)).kind
  assert.equal(await kinds(7, '192.0.2.99'), 'false')
  assert.equal(await kinds(8, '192.0.2.66'), 'false')
  assert.equal(await kinds(9, '192.0.2.66'), 'false')
  assert.equal(await kinds(8, '192.0.2.1'), 'true')
  assert.deepEqual(asked, [7, 7, 8])
  // Where nobody keeps that state, the server's word counts.
  const gone = { ...table, earlier: forgotten }
  assert.equal((await auditServer(await serving(8, ...host('192.0.2.66')), gone)).kind, 'behind')
})

test('a server that is not waited for long is silent before the usual time is over', { timeout: 4_500 }, async () => {
  const deaf = createSocket('udp4')
  deaf.bind(0, '127.0.0.1')
  await once(deaf, 'listening')
  try {
    const place = { address: '127.0.0.1', port: deaf.address().port, timeoutMs: 50 }
    assert.deepEqual(await auditServer(place, proven), { kind: 'silent' })
  } finally {
    deaf.close()
  }
})
