import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chainIdOf, type Genesis, genesisFromJson } from '@cresset/core-chain'
import { checkSignature } from '@cresset/core-crypto'
import { newNodeBytes, provenKeys, readNodes } from '@cresset/core-ledger'
import { openKeyFile } from '@cresset/keys'
import { LedgerApplication } from '@cresset/network-application'
import { type JoiningFile, joiningFileFromJson, joiningFileToJson } from '@cresset/network-membership'
import { openMemoryStore } from '@cresset/network-storage'
import type { StartError } from '../start-error.ts'
import { examineNode } from './examine-node.ts'
import { type InitializedConsortium, initConsortium } from './init-consortium.ts'
import { initNode, type NewNode } from './init-node.ts'
import { inviteNode, readInvited } from './invite-node.ts'
import { type JoinedNetwork, joinNetwork } from './join-network.ts'
import { changeOf, requestFromJson, requestToJson } from './node-request.ts'
import { nodePaths } from './paths.ts'
import { readNodeFolder } from './read-node-folder.ts'
import { writeRequest } from './write-request.ts'

let folder = ''
let consortium: InitializedConsortium
let genesisJson = ''
let server: Server
/** What the node of the network answers for its genesis. */
let answer: () => { readonly status: number; readonly body: string }
let node: NewNode
let joining: JoiningFile

const endpoints = { agreement: '192.0.2.4:7400', api: 'https://west.ns.test:8400', dns: '192.0.2.4:5300' }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-node-'))
  server = createServer((_request, response) => {
    const { status, body } = answer()
    response.writeHead(status).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  consortium = await initConsortium({
    dir: join(folder, 'consortium'),
    name: 'test',
    zones: ['test'],
    validators: 1,
    nowMs: Date.now(),
    firstPorts: { api: port },
  })
  genesisJson = await readFile(consortium.paths.genesis, 'utf8')
  answer = () => ({ status: 200, body: genesisJson })
  // Nobody listens there: it is not running.
  const listen = { api: { host: '127.0.0.1', port: 1 } }
  node = await initNode({
    dir: join(folder, 'west'),
    name: 'west',
    organization: 'West',
    kind: 'follower',
    endpoints,
    listen,
  })
  joining = joiningFileFromJson(await invitation(node))
})

after(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

async function invitation({ announcement }: NewNode): Promise<string> {
  const { genesis, paths } = consortium
  const application = await LedgerApplication.open({ store: openMemoryStore(), genesis })
  const nodes = readNodes(application.queries.view())
  const rootSigner = await openKeyFile(paths.rootKey)
  const invited = { announcement, rootSigner }
  return (await inviteNode({ genesis, nodes, height: 0, invited, nowMs: Date.now() })).json
}

const joinWith = (over: Partial<JoiningFile>, dir = join(folder, 'west')): Promise<JoinedNetwork> =>
  joinNetwork(dir, joiningFileToJson({ ...joining, ...over }), 'joining.json')

const refused = (reason: string, text: RegExp) => (error: StartError) => {
  assert.equal(error.reason, reason, error.message)
  assert.match(error.message, text)
  assert.doesNotMatch(error.message, /\n/)
  return true
}

test('a folder holds keys of mode 0600 that were made there, and an announcement without them', async () => {
  const { paths, announcement } = node
  for (const key of [paths.identityKey, paths.consensusKey, paths.tlsKey, paths.dnsKey]) {
    assert.equal((await stat(key)).mode & 0o777, 0o600)
  }
  assert.deepEqual(announcement.roles, ['domain'])
  assert.equal(announcement.securityLevel, 0)
  const json = await readFile(paths.announcement, 'utf8')
  assert.deepEqual(readInvited(json, 'announcement.json'), announcement)
  const secret = /secret +(\S+)/.exec(await readFile(paths.identityKey, 'utf8'))?.[1]
  assert.ok(secret === undefined || !json.includes(secret))
  await assert.rejects(
    initNode({ dir: join(folder, 'west'), name: 'west', organization: 'West', kind: 'follower', endpoints }),
    refused('configuration', /is not empty/),
  )
})

test('what cannot be a node is told before keys are made', async () => {
  const dir = join(folder, 'wrong')
  const wrong = (over: Partial<Parameters<typeof initNode>[0]>): Promise<NewNode> =>
    initNode({ dir, name: 'west', organization: 'West', kind: 'follower', endpoints, ...over })
  await assert.rejects(wrong({ name: 'We st' }), refused('configuration', /node name "We st": use a label/))
  await assert.rejects(
    wrong({ endpoints: { ...endpoints, agreement: '192.0.2.4' } }),
    refused('configuration', /write host:port/),
  )
  await assert.rejects(
    wrong({ endpoints: { ...endpoints, api: 'http://192.0.2.4:8400' } }),
    refused('configuration', /served over HTTPS/),
  )
  await assert.rejects(wrong({ kind: 'local' }), refused('configuration', /a local node serves this machine alone/))
  await assert.rejects(stat(dir), { code: 'ENOENT' })
})

test('a joining file brings genesis, certificate and root, and the request that each key signed', async () => {
  const { paths } = node
  const before = await examineNode(paths.folder, Date.now())
  assert.equal(before.status, undefined)
  assert.match(before.next ?? '', /cresset node join FILE/)
  await assert.rejects(readNodeFolder(paths.folder), refused('configuration', /run "cresset node join FILE" first/))

  const joined = await joinWith({})
  assert.equal(joined.isFirst, true)
  assert.equal(await readFile(paths.genesis, 'utf8'), genesisJson)
  const request = await writeRequest(joined, {})
  const read = requestFromJson(await readFile(paths.request, 'utf8'), 'request.json')
  assert.deepEqual(read, request)
  const change = changeOf(read)
  const { proofs, ...entry } = change
  const message = newNodeBytes(chainIdOf(consortium.genesis), entry)
  const keys = provenKeys(change)
  assert.equal(proofs.length, 3)
  for (const [index, key] of keys.entries()) assert.equal(checkSignature(key, message, proofs[index]!), true)

  const configuration = await readNodeFolder(paths.folder)
  assert.equal(configuration.id, node.id)
  assert.equal(configuration.kind, 'follower')
  assert.deepEqual(configuration.introduction?.nodes, joining.nodes)
  assert.deepEqual(configuration.listen.agreement, { host: '192.0.2.4', port: 7400 })
  assert.deepEqual(configuration.listen.api, { host: '127.0.0.1', port: 1 })
  assert.match((await examineNode(paths.folder, Date.now())).next ?? '', /cresset node up/)
})

test('taken up again, it renews what is known of the others, asks nobody, and makes no vote record', async () => {
  const { paths } = node
  await rm(paths.data, { recursive: true, force: true })
  answer = () => assert.fail('nobody is asked')
  const moved = joining.nodes.map((one) => ({ ...one, agreement: '198.51.100.1:7400' }))
  const joined = await joinWith({ height: 7, nodes: moved, certificate: undefined })
  answer = () => ({ status: 200, body: genesisJson })
  assert.equal(joined.isFirst, false)
  assert.equal((await readNodeFolder(paths.folder)).introduction?.height, 7)
  // A record that was lost must stay lost: the node would vote twice.
  await assert.rejects(stat(paths.votes), { code: 'ENOENT' })
  assert.deepEqual(
    (await readdir(paths.folder)).filter((name) => name.endsWith('.new')),
    [],
  )
})

test('a file of another network, node or authority is refused, and nothing of it stays', async () => {
  const east = await initNode({
    dir: join(folder, 'east'),
    name: 'east',
    organization: 'East',
    kind: 'follower',
    endpoints,
  })
  const dir = east.paths.folder
  const own = joiningFileFromJson(await invitation(east))
  const other = await initConsortium({
    dir: join(folder, 'other'),
    name: 'other',
    zones: ['test'],
    validators: 1,
    nowMs: Date.now(),
  })
  await assert.rejects(joinWith({}, dir), refused('configuration', /for another key than that of east/))
  await assert.rejects(
    joinWith({ ...own, rootCertificate: other.genesis.rootCertificate }, dir),
    refused('configuration', /not of the consortium's root/),
  )
  await assert.rejects(
    joinWith({ ...own, certificate: undefined, rootCertificate: other.genesis.rootCertificate }, dir),
    refused('configuration', /rootCertificate is not the one in genesis/),
  )
  await assert.rejects(
    joinWith({ ...own, genesisDigest: '00'.repeat(32) }, dir),
    refused('network-unreachable', /is on another ledger, with genesis/),
  )
  await assert.rejects(
    joinWith({ ...own, chainId: 'other-0102030405060708' }, dir),
    refused('configuration', /chainId is not that of its genesis/),
  )
  await assert.rejects(joinNetwork(dir, '{', 'x.json'), refused('configuration', /x.json: not JSON/))
  await assert.rejects(
    joinWith({}, join(folder, 'consortium')),
    refused('configuration', /holds no node that can join/),
  )
  const foreign = joiningFileToJson({ ...own, genesisDigest: '00'.repeat(32) })
  await assert.rejects(
    joinNetwork(node.paths.folder, foreign.replace(/"certificate": ".*"/, '"certificate": null'), 'foreign.json'),
    refused('genesis-differs', /they are of two ledgers/),
  )
  await assert.rejects(stat(nodePaths(dir).genesis), { code: 'ENOENT' })
})

test('a node that lies about genesis, says nothing or too much is passed over', async () => {
  const east = await initNode({
    dir: join(folder, 'south'),
    name: 'south',
    organization: 'South',
    kind: 'follower',
    endpoints,
  })
  const own = joiningFileFromJson(await invitation(east))
  const genesis: Genesis = genesisFromJson(genesisJson)
  const bodies = ['{}', '', genesisJson.replace(String(genesis.timeMs), String(genesis.timeMs + 1)), 'x'.repeat(100)]
  for (const body of bodies) {
    answer = () => ({ status: 200, body })
    await assert.rejects(
      joinWith(own, east.paths.folder),
      refused('network-unreachable', /no node gives the genesis file: node1 at/),
    )
  }
  answer = () => ({ status: 503, body: '' })
  await assert.rejects(joinWith(own, east.paths.folder), refused('network-unreachable', /answers with status 503/))
  answer = () => ({ status: 200, body: genesisJson })
  const nobody = { ...joining.nodes[0]!, name: 'gone', api: 'http://127.0.0.1:1' }
  const joined = await joinWith({ ...own, nodes: [nobody, ...own.nodes] }, east.paths.folder)
  assert.equal(joined.isFirst, true)
})

test('a request that is not of its form names what is wrong', async () => {
  const request = JSON.parse(await readFile(node.paths.request, 'utf8'))
  const changes: [RegExp, Record<string, unknown>][] = [
    [/version 1/, { version: 2 }],
    [/version 1/, { more: 1 }],
    [/chainId/, { chainId: 7 }],
    [/exactly the fields/, { node: {} }],
    [/exactly the fields/, { node: undefined }],
    [/tlsFingerprint: 32 bytes/, { tlsFingerprint: 'ab' }],
    [/proofs\[0\]: 64 bytes/, { proofs: ['00'] }],
    [/proofs: a list/, { proofs: 'no' }],
  ]
  for (const [text, change] of changes) {
    assert.throws(() => requestFromJson(JSON.stringify({ ...request, ...change }), 'request.json'), text)
  }
  for (const json of ['', '[]', 'null', ' '.repeat(65_537)]) assert.throws(() => requestFromJson(json, 'request.json'))
  assert.deepEqual(
    requestFromJson(requestToJson(requestFromJson(JSON.stringify(request), 'a')), 'b'),
    requestFromJson(JSON.stringify(request), 'c'),
  )
})

test('a folder is looked at for what an operator must mend', async () => {
  const { paths } = node
  await chmod(paths.tlsKey, 0o644)
  const far = Date.now() + 5_000 * 86_400_000
  const { problems } = await examineNode(paths.folder, far)
  await chmod(paths.tlsKey, 0o600)
  assert.equal(problems.length, 2, problems.join('; '))
  assert.match(problems[0]!, /tls.key can be read or written by others; run: chmod 600/)
  assert.match(problems[1]!, /its certificate has ended/)
  await writeFile(paths.tlsCertificate, 'none')
  assert.match((await examineNode(paths.folder, Date.now())).problems.join(), /tls\/certificate.pem is no certificate/)
  await assert.rejects(examineNode(folder, 0), refused('configuration', /holds no node/))
})
