import assert from 'node:assert/strict'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { genesisFromJson, genesisToJson } from '@cresset/core-chain'
import { queryServer } from '@cresset/dns-server'
import { EdnsOptionCode, parseAbsoluteName, Rcode, RecordType } from '@cresset/dns-wire'
import { makeFolder } from '@cresset/keys'
import { restoringKey } from '@cresset/network-application'
import { openLmdbStore } from '@cresset/network-storage'
import { readNodeFolder } from './folder/read-node-folder.ts'
import type { RunningNode } from './start-node.ts'
import { TestNetwork } from './testing/test-network.ts'
import { askControl } from './zone-server/control/ask-control.ts'
import type { ZoneReport } from './zone-server/control/protocol.ts'

test('four nodes agree; one is away and catches up; all are stopped and go on', {
  timeout: 120_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  // As node.json says it, with paths from the node's folder.
  const { configuration, folder } = network.consortium.paths.node('node1')
  const key = 'key "secondary" { algorithm hmac-sha256; secret "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz"; };'
  await writeFile(join(folder, 'secondary.key'), key, { mode: 0o600 })
  const transfers = { tsigKey: ['secondary.key'], allowTransfer: ['127.0.0.1'], catalog: 'catalog.example' }
  const dns = { nsid: 'west', queryLog: 'queries', control: 'run/dns.sock', rateLimit: 5, ...transfers }
  const plain = JSON.parse(await readFile(configuration, 'utf8'))
  await writeFile(configuration, JSON.stringify({ ...plain, dns }))
  const nodes = await network.startAll()
  for (let index = 0; index < 8; index++) assert.equal((await network.send(index % 4)).code, 'ok')

  await network.stop(3)
  let newest = 0
  for (let index = 0; index < 9; index++) newest = (await network.send(index % 3)).height
  assert.ok(newest > 8)

  const back = await network.start(3)
  await network.until('the node that was away has caught up', () => back.application.head.height >= newest)
  const height = Math.min(...network.nodes.map((node) => node!.application.head.height))
  const blocks = network.nodes.map((node) => node!.application.queries.block(height)!.blockHash)
  for (const hash of blocks) assert.deepEqual(hash, blocks[0])
  assert.equal((await network.send(3)).code, 'ok')

  // Over DNS, each node answers for the zone.
  const [address, port] = nodes[0]!.endpoints.dns!.split(':')
  const answer = await queryServer(
    { address: address!, port: Number(port) },
    { name: parseAbsoluteName('test'), type: RecordType.SOA },
  )
  assert.equal(answer.rcode, 0)
  assert.equal(answer.answers.length, 1)
  const metrics = await nodes[0]!.metrics()
  assert.match(metrics, /^cresset_dns_queries_total\{transport="udp",type="SOA"\} 1$/m)
  assert.match(metrics, /^cresset_dns_responses_total\{transport="udp",rcode="NOERROR"\} 1$/m)
  assert.match(metrics, /^cresset_dns_request_duration_seconds_count\{transport="udp"\} 1$/m)
  assert.match(metrics, /^cresset_dns_zone_serial\{zone="test\."\} \d+$/m)
  await givesItsZonesAway(nodes[0]!)
  await isOperatedLikeAServerOfFiles(nodes[0]!, folder)

  const before = Math.max(...network.nodes.map((node) => node!.application.head.height))
  await Promise.all([0, 1, 2, 3].map((index) => network.stop(index)))
  await network.startAll()
  const after = await network.send(2)
  assert.ok(after.height > before)
})

/** Whole zones, of its newest serial, and a catalog of them. */
async function givesItsZonesAway(node: RunningNode): Promise<void> {
  const server = { address: '127.0.0.1', port: Number(node.endpoints.dns?.split(':')[1]) }
  const take = async (name: string) => {
    const question = { name: parseAbsoluteName(name), type: RecordType.AXFR, transport: 'tcp' } as const
    const { rcode, answers } = await queryServer(server, question)
    assert.equal(rcode, Rcode.NOERROR)
    return answers
  }
  const soa = async () =>
    (await queryServer(server, { name: parseAbsoluteName('test'), type: RecordType.SOA })).answers[0]?.rdata
  const zone = await take('test')
  assert.deepEqual([zone[0]?.rdata, zone.at(-1)?.rdata], [await soa(), await soa()])
  assert.equal(zone.filter(({ type }) => type === RecordType.NS).length, 4)
  const members = (await take('catalog.example')).filter(({ type }) => type === RecordType.PTR)
  assert.deepEqual(
    members.map(({ rdata }) => rdata),
    [parseAbsoluteName('test')],
  )
}

/** The settings of the first test, seen at work. */
async function isOperatedLikeAServerOfFiles(node: RunningNode, folder: string): Promise<void> {
  const { dns = '', dnsControl = '' } = node.endpoints
  const server = { address: '127.0.0.1', port: Number(dns.split(':')[1]) }
  const name = parseAbsoluteName('test')
  const ednsOptions = [{ code: EdnsOptionCode.NSID, data: new Uint8Array() }]
  const { edns } = await queryServer(server, { name, type: RecordType.SOA, ednsOptions })
  const nsid = edns?.options.find(({ code }) => code === EdnsOptionCode.NSID)
  assert.equal(nsid && Buffer.from(nsid.data).toString(), 'west')

  assert.equal(dnsControl, join(folder, 'run', 'dns.sock'))
  const [{ zone, file, rrsets, records, problem }] = (await askControl(dnsControl, 'zone-list', undefined, 5_000))
    .zones as [ZoneReport]
  assert.deepEqual([zone, file, records, problem], ['test', null, null, null])
  assert.ok((rrsets ?? 0) > 2)
  await assert.rejects(askControl(dnsControl, 'zone-reload', undefined, 5_000), /follow its blocks/)

  // More than the limit, from one network.
  const asked = await Promise.all(
    Array.from({ length: 12 }, () =>
      queryServer(server, { name, type: RecordType.NS, transport: 'udp' }).catch(() => undefined),
    ),
  )
  assert.ok(asked.some((answer) => answer?.flags.truncated))
  const { rateLimited, queries } = await askControl(dnsControl, 'stats', undefined, 5_000)
  assert.ok((rateLimited?.truncated ?? 0) >= 1)
  assert.ok((queries.udp?.NS ?? 0) >= 12)
  while ((await stat(join(folder, 'queries'))).size === 0) await sleep(20)
}

test('a port in use, foreign keys, open key files and another genesis are one line with a status', {
  timeout: 60_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  const configuration = await network.configuration(0)
  const { paths } = network.consortium

  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(configuration.listen.dns!.port, '127.0.0.1', resolve))
  await assert.rejects(network.start(0), (error: Error & { exitStatus: number }) => {
    assert.match(error.message, new RegExp(`port ${configuration.listen.dns!.port} is in use.*--dns-port`))
    assert.equal(error.exitStatus, 3)
    return true
  })
  await new Promise((resolve) => blocker.close(resolve))

  const other = await network.configuration(1)
  await assert.rejects(network.start(0, { consensusKey: other.consensusKey }), { reason: 'configuration' })
  await assert.rejects(network.start(0, { name: 'nobody' }), /genesis lists no node nobody; name one of node1, node2/)

  // What failed left nothing open: the same node starts now, and a second one on its data does not.
  await network.start(0)
  await assert.rejects(
    network.start(1, { dataFolder: configuration.dataFolder, listen: (await network.configuration(1)).listen }),
    (error: Error & { exitStatus: number }) => {
      assert.equal(error.exitStatus, 4, error.message)
      return true
    },
  )
  await network.stop(0)

  const genesis = genesisFromJson(await readFile(paths.genesis, 'utf8'))
  await assert.rejects(network.start(0, { genesis: { ...genesis, timeMs: genesis.timeMs + 1 } }), {
    reason: 'genesis-differs',
    exitStatus: 5,
  })

  const { folder, consensusKey } = paths.node('node1')
  await chmod(consensusKey, 0o640)
  await assert.rejects(readNodeFolder(folder), /chmod 600/)
  await chmod(consensusKey, 0o600)
  await writeFile(consensusKey, (await readFile(consensusKey, 'utf8')).slice(0, 40))
  await assert.rejects(readNodeFolder(folder), { reason: 'configuration', exitStatus: 2 })
  await writeFile(paths.genesis, genesisToJson(genesis).replace('"timeMs"', '"time"'))
  await assert.rejects(readNodeFolder(paths.node('node2').folder), /genesis.json: genesis/)
})

test('a node with another genesis is told apart at the link, on both sides, and the others go on', {
  timeout: 60_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  for (const index of [0, 1, 2]) await network.start(index)
  const { genesis } = await network.configuration(3)
  const stranger = await network.start(3, { genesis: { ...genesis, timeMs: genesis.timeMs + 1 } })
  const tells = (index: number): boolean =>
    network.nodes[index]!.status().problems.some((line) => /is on another ledger/.test(line))
  await network.until('both sides say that the genesis differs', () => tells(0) && tells(3))
  assert.equal(stranger.application.head.height, 0)
  assert.equal((await network.send(1)).code, 'ok')
})

test('a node that was stopped while it fetched a state denies no name before it has one', {
  timeout: 60_000,
}, async (context) => {
  const network = await TestNetwork.create()
  context.after(() => network.close())
  const { dataFolder } = await network.configuration(0)
  await makeFolder(dataFolder!)
  const store = await openLmdbStore({ path: join(dataFolder!, 'ledger') })
  await store.write([{ key: restoringKey, value: Uint8Array.of(1) }])
  await store.close()
  const node = await network.start(0)
  const [address, port] = node.endpoints.dns!.split(':')
  const rcodeOf = async (): Promise<number> => {
    const question = { name: parseAbsoluteName('gone.test'), type: RecordType.A }
    return (await queryServer({ address: address!, port: Number(port) }, question)).rcode
  }
  assert.equal(await rcodeOf(), Rcode.SERVFAIL)

  await network.start(1)
  await network.start(2)
  await network.until('all is well', () => node.status().ready)
  while ((await rcodeOf()) === Rcode.SERVFAIL) await network.send(0)
  assert.equal(await rcodeOf(), Rcode.NXDOMAIN)
})
