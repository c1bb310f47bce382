import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { signZoneKeys } from '@cresset/access-client'
import { type KeyPair, keyPairSigner } from '@cresset/core-crypto'
import { zoneDnskeyRdata } from '@cresset/core-ledger'
import { type DnsServer, dsRdata, relayQuery, serveDns, ZoneStore } from '@cresset/dns-server'
import { buildQuery, formatRdata, parseAbsoluteName, RecordType, type Rrset, readMasterFile } from '@cresset/dns-wire'
import { testKey } from '@cresset/network-application/testing'
import { zoneKeyOfSigner } from '@cresset/node/testing'
import { skipWithout } from '../../../tools/system-tools.ts'
import { Unbound } from '../unbound.ts'

const NODES = 20
const TTL_SECONDS = 3_600
const LARGEST_BY_UDP = 1_232
const anchorFlags = 257
const apex = parseAbsoluteName('acme')
const anchors = ['first', 'second', 'third'].map((name) => testKey(`${name} anchor`)) as [KeyPair, KeyPair, KeyPair]
const nodeKeys = Array.from({ length: NODES }, (_, index) => zoneKeyOfSigner(keyPairSigner(testKey(`dns ${index}`))))
const text = `$TTL 600
@ SOA n1.ns hostmaster 1 3600 600 604800 30
${Array.from({ length: 8 }, (_, index) => `@ NS n${index}.ns\nn${index}.ns A 127.0.0.1`).join('\n')}
www A 192.0.2.80
*.wild TXT "expanded"
`
const servers: DnsServer[] = []
let folder = ''

function records(): Rrset[] {
  const found = new Map<string, Rrset & { rdatas: Uint8Array[] }>()
  for (const item of readMasterFile({ name: 'acme', text }, { origin: apex })) {
    if (item.kind === 'problem') throw new Error(item.message)
    const { owner, type, ttl, rdata } = item
    const key = `${Buffer.from(owner).toString('hex')} ${type}`
    const rrset = found.get(key) ?? { owner, type, ttl, rdatas: [] }
    rrset.rdatas.push(rdata)
    found.set(key, rrset)
  }
  return [...found.values()]
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-twenty-nodes-'))
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000)
  const keys = [
    ...anchors.map(({ publicKey }) => zoneDnskeyRdata(publicKey, anchorFlags)),
    ...nodeKeys.map((key) => key.dnskey),
  ]
  // As at the anchors: three of them, four windows each.
  const [first, ...rest] = anchors.map(keyPairSigner)
  const plan = { zone: 'acme', revision: 1, ttlSeconds: TTL_SECONDS, keys, isSame: false }
  const times = { chainId: 'test', startSeconds: nowSeconds() - 3_600, windowDays: 14, windows: 4 }
  assert.ok(first)
  const { signatures } = await signZoneKeys(plan, [first, ...rest], times)
  for (const own of nodeKeys) {
    const source = new ZoneStore()
    source.apply([{ apex, put: records() }], 1)
    source.zone(apex)?.signLive({
      keys: [own],
      dnskeys: { ttl: TTL_SECONDS, rdatas: keys },
      dnskeySignatures: signatures.map(({ rdata }) => rdata),
      nowSeconds,
    })
    servers.push(await serveDns({ address: '127.0.0.1', port: 0, source }))
  }
})
after(async () => {
  for (const server of servers) await server.close()
  await rm(folder, { recursive: true })
})

test('the DNSKEY records of twenty nodes and three anchors do not fit into a datagram, and come whole by TCP', async (context) => {
  for (const [index, { port }] of servers.entries()) {
    const query = buildQuery({ id: 0, name: apex, type: RecordType.DNSKEY, dnssecOk: true, udpPayloadBytes: 4_096 })
    const server = { address: '127.0.0.1', port }
    const short = await relayQuery(server, query, 'udp', 5_000)
    const whole = await relayQuery(server, query, 'tcp', 5_000)
    const counts = [RecordType.DNSKEY, RecordType.RRSIG].map(
      (type) => whole.message.answers.filter((one) => one.type === type).length,
    )
    assert.deepEqual([short.message.flags.truncated, short.message.answers.length], [true, 0])
    assert.ok(short.bytes.length <= LARGEST_BY_UDP)
    assert.deepEqual([whole.message.flags.truncated, ...counts], [false, NODES + 3, 3])
    assert.ok(whole.bytes.length > LARGEST_BY_UDP && whole.bytes.length < 2_048, `${whole.bytes.length} bytes`)
    if (index === 0) context.diagnostic(`${whole.bytes.length} bytes by TCP, ${short.bytes.length} by UDP`)
  }
})

test('unbound validates what each of the twenty says, by any of the anchors', {
  skip: skipWithout('unbound'),
  timeout: 100_000,
}, async () => {
  for (const [index, { port }] of servers.entries()) {
    const anchor = anchors[index % anchors.length] as KeyPair
    const ds = formatRdata(RecordType.DS, dsRdata(apex, zoneDnskeyRdata(anchor.publicKey, anchorFlags)))
    const unbound = await Unbound.start({
      folder: join(folder, `unbound${index}`),
      anchor: `acme. IN DS ${ds}`,
      stubs: { 'acme.': port },
    })
    try {
      for (const [question, expected] of [
        ['www.acme A', 'NOERROR'],
        ['x.wild.acme TXT', 'NOERROR'],
        ['absent.acme A', 'NXDOMAIN'],
        ['acme DNSKEY', 'NOERROR'],
      ] as const) {
        const { rcode, isSecure } = await unbound.ask(question)
        assert.deepEqual([rcode, isSecure], [expected, true], `${question} at ${index}\n${unbound.log()}`)
      }
    } finally {
      await unbound.stop()
    }
  }
})

test('delv validates what each of the twenty says', { skip: skipWithout('delv'), timeout: 100_000 }, async () => {
  const [flags, protocol, algorithm, ...key] = formatRdata(
    RecordType.DNSKEY,
    zoneDnskeyRdata(anchors[1].publicKey, anchorFlags),
  ).split(' ')
  const path = join(folder, 'anchors')
  await writeFile(path, `trust-anchors { acme. static-key ${flags} ${protocol} ${algorithm} "${key.join('')}"; };\n`)
  for (const { port } of servers) {
    const given = ['@127.0.0.1', '-p', String(port), '-a', path, '+root=acme', 'www.acme', 'A']
    const { stdout } = await promisify(execFile)('delv', given)
    assert.match(stdout, /^; fully validated/)
  }
})
